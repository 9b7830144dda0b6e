import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { generateHistory, type HistoryEvent } from '../../demo/index.ts';
import type { Daybook } from '../../test/harness/daybook.ts';

/** What goes wrong in the pictures: a source that was cut, lines that nobody understands; and a canary that proves the rest. */
const CUT_MS = 4 * 86_400_000;

/** The company's past, in which the doors have said nothing for four days. */
export function* withoutDoors(end: Date): Generator<HistoryEvent> {
  const isBefore = ({ event }: HistoryEvent) => new Date(event.timestamp ?? end).getTime() < end.getTime() - CUT_MS;
  for (const told of generateHistory({ end })) if (told.application !== 'doors' || isBefore(told)) yield told;
}

/** The door of the back office, at which the canary of the settings file knocks; and that file, beside the server. */
export async function startDoor(home: string) {
  let tell: (agent: string) => Promise<void> = async () => undefined;
  const door = createServer((request, response) => {
    void tell(request.headers['user-agent'] ?? '').finally(() => response.writeHead(401).end());
  });
  await new Promise<void>((resolve) => {
    door.listen(0, '127.0.0.1', resolve);
  });
  const address = door.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const register = readFileSync(path.resolve(import.meta.dirname, '..', '..', 'demo', 'daybook.yaml'), 'utf8');
  const canary = `  - { name: backoffice-login, kind: http, source: backoffice, proves: failed_login, every: 7d, within: 2s, url: 'http://127.0.0.1:${port}/login' }\n`;
  writeFileSync(path.join(home, 'daybook.yaml'), `${register}canaries:\n${canary}`);
  return {
    async prove(server: Daybook, token: string) {
      tell = async (agent) => {
        const event = { action: 'login', outcome: 'denied', user_id: 'nobody', resource: '/login', user_agent: agent };
        await server.send([event], { token });
      };
      // The first one joins the run of the start, when the door told nobody yet.
      for (let run = 0; run < 2; run++) await server.fetch('/v1/canaries/backoffice-login/run', { method: 'POST' });
    },
    close: () => door.close(),
  };
}

const ASIDE = [
  { source: 'gateway', format: 'nginx-access', code: 'bad_time', reason: 'The time [31/Feb/2026:10:00:00 +0100] is none.', line: 48_113, file: '/var/log/nginx/access.log', text: '203.0.113.9 - ana [31/Feb/2026:10:00:00 +0100] "GET /orders/4711 HTTP/1.1" 200 512 "-" "curl/8.5.0"' },
  { source: 'gateway', format: 'nginx-access', code: 'bad_request_line', reason: 'The request line has no method.', line: 48_120, file: '/var/log/nginx/access.log', base64: Buffer.from('\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003hello, this is TLS', 'latin1').toString('base64') },
]; // biome-ignore format: a table, one row a line

/** Lines of a gateway that its agent could not read, what became of the others, and an item that the server refused. */
export async function putAside(server: Daybook, token: string): Promise<void> {
  const post = (at: string, lines: readonly object[], as: { readonly token?: string } = {}) =>
    server.fetch(at, {
      ...as,
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    });
  await post('/v1/events', [{ user_id: 'u-ana', action: 'update', resource: 'price/9', severity: 77 }], { token });
  await post(
    '/v1/events',
    Array.from({ length: 40 }, (_, i) => ({
      source: 'gateway',
      user_id: 'ana',
      action: 'read',
      outcome: 'success',
      resource: `/orders/${i}`,
    })),
  );
  await post('/v1/quarantine', ASIDE);
  await post('/v1/capture-counts', [
    { source: 'gateway', format: 'nginx-access', events: 31_204, noise: { static_file: 8422 }, folded: { health_check: 17_280 } },
  ]);
}
