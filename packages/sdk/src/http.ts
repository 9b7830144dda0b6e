import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client } from './client.ts';
import type { Traces } from './http/actor.ts';
import { HttpAudit } from './http/http-audit.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { watchUpgrade } from './http/upgrade.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

export interface PlainRequest extends IncomingMessage {
  readonly user?: unknown;
  readonly auth?: unknown;
  readonly session?: unknown;
  readonly sessionID?: unknown;
}

export interface PlainAuditOptions extends HttpAuditOptions<PlainRequest> {
  /** The route's pattern, as `/orders/:id`. Default: the path. */
  readonly route?: (request: PlainRequest) => string | undefined;
}

/** `http.createServer(httpAudit(client, handler))` */
export function httpAudit(client: Client, handler: RequestListener, options: PlainAuditOptions = {}): RequestListener {
  const audit = new HttpAudit<PlainRequest>(client, options);
  return (req, res) => {
    const exchange = audit.begin(req, res, viewOf(req, options));
    return audit.within(exchange, () => handler(req, res));
  };
}

/** Records upgraded connections (WebSocket) of a server: its answer, and the end, with duration and bytes. */
// Of whichever framework. The answer is 101, or a refusal; only an accepted connection has an end.
export function upgradeAudit(client: Client, server: Server, options: PlainAuditOptions = {}): void {
  const audit = new HttpAudit<PlainRequest>(client, options);
  const watch = (req: IncomingMessage, socket: Duplex) => {
    if (audit.isIgnored(req, req)) return;
    watchUpgrade(audit, { req, socket, view: viewOf(req, options) });
  };
  const before = () => {
    if (!server.listeners('upgrade').includes(watch)) server.prependListener('upgrade', watch);
  };
  // Node hands upgrades to listeners only if there are any: a listener of ours alone would leave the client without an answer.
  if (server.listenerCount('upgrade') > 0) before();
  else
    server.on('newListener', function first(event: string) {
      if (event !== 'upgrade') return;
      server.removeListener('newListener', first);
      before();
    });
}

function viewOf(req: PlainRequest, options: PlainAuditOptions) {
  return {
    request: req,
    route: () => options.route?.(req),
    traces: (): Traces => ({
      users: [req.user, typeof req.auth === 'function' ? undefined : req.auth],
      session: req.session,
      sessionId: req.sessionID,
    }),
  };
}
