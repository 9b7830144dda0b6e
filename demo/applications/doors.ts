import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseJson } from '@daybook/protocol';
import { httpAudit } from '@daybook/sdk/http';
import type { Desk } from './desk.ts';
import { countryOf, inputOf, listening } from './http.ts';

/** The doors' controller: plain node:http, one route. */
export async function openDoors(desk: Desk): Promise<Server> {
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const input = inputOf(parseJson(await text(req)));
    const { status, body } =
      req.url === '/badges' ? await desk.serve('door.open', { actor: undefined, id: '', input }) : { status: 404, body: {} };
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const handler = (req: IncomingMessage, res: ServerResponse) => void answer(req, res).catch(() => res.writeHead(400).end());
  const server = createServer(
    httpAudit(desk.client, handler, {
      trustProxy: 'loopback',
      route: ({ url }) => (url === '/badges' ? '/badges' : undefined),
      event: (req) => countryOf(req.headers),
    }),
  );
  return listening(server.listen(0, '127.0.0.1'));
}
