import type { Server } from 'node:http';
import { fastifyAudit } from '@daybook/sdk/fastify';
import fastify, { type FastifyRequest } from 'fastify';
import { deedsOf } from './deeds.ts';
import type { Desk } from './desk.ts';
import { countryOf, inputOf } from './http.ts';

/** The admin tool: a Fastify application. */
export async function openBackoffice(desk: Desk): Promise<Server> {
  const app = fastify({ forceCloseConnections: true });
  await app.register(
    fastifyAudit<FastifyRequest>(desk.client, {
      params: ['id'],
      trustProxy: 'loopback',
      who: (request) => desk.whoIs(request.headers.authorization),
      event: (request) => countryOf(request.headers),
    }),
  );
  for (const [name, { method, route }] of deedsOf('backoffice')) {
    app.route<{ Params: { readonly id?: string } }>({
      method,
      url: route,
      handler: async (request, reply) => {
        const actor = desk.whoIs(request.headers.authorization);
        const answer = await desk.serve(name, { actor, id: request.params.id ?? '', input: inputOf(request.body) });
        return reply.code(answer.status).send(answer.status === 204 ? undefined : answer.body);
      },
    });
  }
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app.server;
}
