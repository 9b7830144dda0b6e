import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client } from './client.ts';
import type { Traces } from './http/actor.ts';
import { HttpAudit } from './http/http-audit.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { Upgrade } from './http/upgrade.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

export interface PlainRequest extends IncomingMessage {
  readonly user?: unknown;
  readonly auth?: unknown;
  readonly session?: unknown;
  readonly sessionID?: unknown;
}

export interface PlainAuditOptions extends HttpAuditOptions<PlainRequest> {
  /** The pattern of the route that took the request, as `/orders/:id`: node:http knows none, and the path stands in its place. */
  readonly route?: (request: PlainRequest) => string | undefined;
}

/** `http.createServer(httpAudit(client, handler))`: for node:http, and for whatever is a listener of it. */
export function httpAudit(client: Client, handler: RequestListener, options: PlainAuditOptions = {}): RequestListener {
  const audit = new HttpAudit<PlainRequest>(client, options);
  return (req, res) => {
    const exchange = audit.begin(req, res, viewOf(req, options));
    return audit.within(exchange, () => handler(req, res));
  };
}

/**
 * Upgraded connections (WebSocket) of a server, of whichever framework: `upgradeAudit(client, server)`. An event when the server answers, with its status
 * (101, or a refusal), and one when an accepted connection ends, with its duration and bytes.
 */
export function upgradeAudit(client: Client, server: Server, options: PlainAuditOptions = {}): void {
  const audit = new HttpAudit<PlainRequest>(client, options);
  const watch = (req: IncomingMessage, socket: Duplex) => {
    if (audit.isIgnored(req, req)) return;
    const upgrade = new Upgrade(audit, { req, socket, view: viewOf(req, options) });
    upgrade.watch();
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
      hasCredentials: req.headers.authorization !== undefined || req.headers.cookie !== undefined,
    }),
  };
}
