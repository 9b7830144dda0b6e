import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client } from './client.ts';
import type { Traces } from './http/actor.ts';
import type { View } from './http/exchange.ts';
import { HttpAudit } from './http/http-audit.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { membersOf } from './objects.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

// What Hono's contexts are, as far as it is read here.
export interface HonoLikeContext {
  readonly req: {
    readonly raw: Request;
    readonly matchedRoutes?: readonly { readonly path: string; readonly handler: unknown }[];
    readonly routeIndex?: number;
  };
  readonly res: Response;
  readonly env: unknown;
  get(key: string): unknown;
}

/** `app.use(honoAudit(client))`, before everything that answers; on Node with @hono/node-server. */
export function honoAudit<Context extends HonoLikeContext = HonoLikeContext>(
  client: Client,
  options: HttpAuditOptions<Context> = {},
): (context: Context, next: () => Promise<void>) => Promise<void> {
  const audit = new HttpAudit<Context>(client, options);
  return (context, next) => {
    const { incoming, outgoing } = nodeOf(context.env);
    // Without node's own request there is no address, nor an end to wait for: an application that is called by a test.
    if (incoming === undefined || outgoing === undefined) return next();
    return audit.within(audit.begin(incoming, outgoing, viewOf(context)), next);
  };
}

function nodeOf(env: unknown): { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse } {
  return membersOf(env);
}

function viewOf<Context extends HonoLikeContext>(context: Context): View<Context> {
  return {
    request: context,
    route: () => routeOf(context),
    traces: (): Traces => ({
      users: [context.get('user'), context.get('jwtPayload')],
      session: context.get('session'),
    }),
    requestId: () => context.get('requestId'),
  };
}

/** The last handler that was reached. A middleware for everything is no route: nobody took the request then. */
function routeOf({ req }: HonoLikeContext): string | undefined {
  const reached = req.matchedRoutes?.[req.routeIndex ?? 0]?.path;
  return reached === undefined || reached.endsWith('*') ? undefined : reached;
}
