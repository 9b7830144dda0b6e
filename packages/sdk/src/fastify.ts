import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client } from './client.ts';
import type { Traces } from './http/actor.ts';
import type { View } from './http/exchange.ts';
import { HttpAudit } from './http/http-audit.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { ifText, membersOf } from './objects.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

// What Fastify's requests are, as far as it is read here.
export interface FastifyLikeRequest {
  readonly raw: IncomingMessage;
  readonly id: unknown;
}

type Hook<Request> = (request: Request, reply: { readonly raw: ServerResponse }, done: () => void) => void;

// What Fastify is, as far as it is needed here.
export interface FastifyLike<Request> {
  addHook(name: 'onRequest', hook: Hook<Request>): unknown;
}

/** `app.register(fastifyAudit(client))`: all routes of the instance, whatever their plugins. Fastify 4 and 5. */
export function fastifyAudit<Request extends FastifyLikeRequest = FastifyLikeRequest>(
  client: Client,
  options: HttpAuditOptions<Request> = {},
): (instance: FastifyLike<Request>, _options: unknown, done: () => void) => void {
  const audit = new HttpAudit<Request>(client, options);
  const plugin = (instance: FastifyLike<Request>, _options: unknown, done: () => void) => {
    instance.addHook('onRequest', (request, reply, next) => {
      const exchange = audit.begin(request.raw, reply.raw, viewOf(request));
      audit.within(exchange, next);
    });
    done();
  };
  // As fastify-plugin does: the hook is for the instance itself, not for a scope of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: '@daybook/sdk' });
}

function viewOf<Request extends FastifyLikeRequest>(request: Request): View<Request> {
  const known = membersOf(request);
  return {
    request,
    route: () => ifText(membersOf(known['routeOptions'])['url']),
    traces: (): Traces => {
      const { session } = known;
      return {
        users: [known['user'], known['auth']],
        session,
        sessionId: membersOf(session)['sessionId'],
      };
    },
    requestId: () => request.raw.headers['x-request-id'] ?? request.id,
  };
}
