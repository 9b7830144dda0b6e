import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { honoAudit } from '@daybook/sdk/hono';
import { type Context, Hono } from 'hono';
import { deedsOf } from './deeds.ts';
import type { Desk } from './desk.ts';
import { inputOf, listening } from './http.ts';

/** The interface for partners' machines, by key: a Hono application. */
export async function openApi(desk: Desk): Promise<Server> {
  const app = new Hono();
  app.use(
    honoAudit<Context>(desk.client, {
      params: ['id'],
      trustProxy: 'loopback',
      who: (c) => desk.whoIs(c.req.header('authorization')),
      event: (c) => ({ country_code: c.req.header('x-country') }),
    }),
  );
  for (const [name, { method, route }] of deedsOf('api')) {
    app.on(method, route, async (c) => {
      const input = method === 'GET' ? {} : inputOf(await c.req.json());
      const answer = await desk.serve(name, { actor: desk.whoIs(c.req.header('authorization')), id: c.req.param('id') ?? '', input });
      return Response.json(answer.body, { status: answer.status });
    });
  }
  // The middleware needs node's own request and response.
  const listener = getRequestListener(app.fetch);
  return listening(createServer((req, res) => void listener(req, res)).listen(0, '127.0.0.1'));
}
