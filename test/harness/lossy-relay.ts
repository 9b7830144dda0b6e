import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: it passes; it arrives, but its answer is lost, or never comes; it is refused for the moment. */
export type Fate = 'pass' | 'lost' | 'hangs' | 'refused';

/** A way to the server on which what can go wrong does. */
export interface LossyRelay {
  readonly url: string;
  /** Requests that came. */
  count(): number;
  close(): Promise<void>;
}

const FORWARDED = ['authorization', 'content-type'];

/** By default the first answer is lost, the second request refused. */
const FIRST_TWO = (number: number): Fate => (number === 1 ? 'lost' : number === 2 ? 'refused' : 'pass');

export async function openLossyRelay(target: string, fateOf: (number: number) => Fate = FIRST_TWO): Promise<LossyRelay> {
  let requests = 0;
  const server = http.createServer((request, response) => {
    const fate = fateOf(++requests);
    if (fate === 'refused') {
      request.resume();
      response.writeHead(503, { 'retry-after': '1', 'content-type': 'text/plain' }).end('not now');
      return;
    }
    void pass(request, response, { target, fate });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    count: () => requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { target, fate }: { readonly target: string; readonly fate: Fate },
): Promise<void> {
  try {
    const { status, text } = await forward(request, target);
    if (fate === 'pass') response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    else if (fate === 'lost') request.socket.destroy();
  } catch (error) {
    response.writeHead(502).end(String(error));
  }
}

async function forward(request: http.IncomingMessage, target: string): Promise<{ readonly status: number; readonly text: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(FORWARDED.map((name) => [name, String(request.headers[name])]));
  const answer = await fetch(target + (request.url ?? ''), { method: 'POST', headers, body: new Uint8Array(Buffer.concat(chunks)) });
  return { status: answer.status, text: await answer.text() };
}
