import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client } from './client.ts';
import type { Traces } from './http/actor.ts';
import type { View } from './http/exchange.ts';
import { HttpAudit } from './http/http-audit.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { membersOf } from './objects.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

// What Koa's contexts are, as far as it is read here.
export interface KoaLikeContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly state: object;
}

/** `app.use(koaAudit(client))`, first of all. Koa 2 and 3; patterns are those of @koa/router. */
export function koaAudit<Context extends KoaLikeContext = KoaLikeContext>(
  client: Client,
  options: HttpAuditOptions<Context> = {},
): (context: Context, next: () => Promise<unknown>) => Promise<unknown> {
  const audit = new HttpAudit<Context>(client, options);
  return (context, next) => audit.within(audit.begin(context.req, context.res, viewOf(context)), next);
}

function viewOf<Context extends KoaLikeContext>(context: Context): View<Context> {
  const known = membersOf(context);
  const state = membersOf(context.state);
  return {
    request: context,
    route: () => {
      const matched = known['_matchedRoute'] ?? known['routerPath'];
      return typeof matched === 'string' || matched instanceof RegExp ? String(matched) : undefined;
    },
    traces: (): Traces => {
      const { session } = known;
      return {
        users: [state['user'], state['auth']],
        session,
        sessionId: membersOf(session)['externalKey'],
      };
    },
    requestId: () => context.req.headers['x-request-id'] ?? state['requestId'],
  };
}
