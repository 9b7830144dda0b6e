import type { Server } from 'node:http';
import { expressAudit } from '@daybook/sdk/express';
import express from 'express';
import { deedsOf } from './deeds.ts';
import type { Desk } from './desk.ts';
import { countryOf, inputOf, listening } from './http.ts';

/** The shop: an Express application. */
export async function openShop(desk: Desk): Promise<Server> {
  const app = express();
  app.use(
    expressAudit(desk.client, {
      params: ['id'],
      trustProxy: 'loopback',
      who: (req) => desk.whoIs(req.headers.authorization),
      event: (req) => countryOf(req.headers),
    }),
  );
  app.use(express.json());
  for (const [name, { method, route, status }] of deedsOf('shop')) {
    if (status === 404) continue;
    app[VERBS[method] ?? 'get'](route, async (req: express.Request, res: express.Response) => {
      const { id = '' } = req.params;
      const answer = await desk.serve(name, { actor: desk.whoIs(req.headers.authorization), id: String(id), input: inputOf(req.body) });
      res.status(answer.status).json(answer.body);
    });
  }
  app.use(
    (_error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) =>
      void res.status(500).json({ error: 'internal error' }),
  );
  return listening(app.listen(0, '127.0.0.1'));
}

const VERBS: Readonly<Record<string, 'get' | 'post' | 'put'>> = { GET: 'get', POST: 'post', PUT: 'put' };
