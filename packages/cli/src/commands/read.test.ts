import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';
import { answerJson, testServer } from '../test-server.ts';
import { tail } from './tail.ts';

let server: Awaited<ReturnType<typeof testServer>>;
let requests: { url: string; lastId: string | undefined; body: string }[];

const ROWS = '["user_id","ip_address"]\n["String","IPv6"]\n["U12345","::ffff:192.168.1.10"]\n';
const event = (idx: number, more: object = {}) =>
  `id: routine:${idx + 1}\ndata: ${JSON.stringify({ log: 'routine', idx, user_id: `u${idx}`, event_type: 'read', resource: '/x', outcome: 'success', ...more })}\n\n`;

beforeEach(async () => {
  requests = [];
  server = await testServer((request, response, body) => {
    requests.push({ url: request.url ?? '', lastId: request.headers['last-event-id'] as string | undefined, body: body.toString() });
    if (request.url?.startsWith('/v1/tail') === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const call = requests.filter(({ url }) => url.startsWith('/v1/tail')).length;
      // The first connection breaks in the middle of an event, the second ends, the third goes on.
      if (call === 1) return void response.write(`${event(0)}id: routine:9\ndata: {"half`, () => request.socket.destroy());
      if (call === 2) return void response.end(event(1, { user_id: '\u001B[2Jx' }));
      return void response.write(event(2));
    }
    const format = new URL(request.url ?? '', 'http://x').searchParams.get('default_format') ?? '';
    if (body.toString().includes('wrong'))
      return void response
        .writeHead(400, { 'x-clickhouse-exception-code': '62' })
        .end('Code: 62. DB::Exception: Syntax error: failed at position 1');
    if (format === 'JSONCompactEachRowWithNamesAndTypes') return void response.writeHead(200, { 'x-clickhouse-format': format }).end(ROWS);
    if (format === 'TabSeparatedWithNames')
      return void response.writeHead(200, { 'x-clickhouse-format': format }).end('user_id\nU1\u001B[31m\n');
    return answerJson(response, 200, { format });
  });
});
afterEach(async () => server.close());

function open(options: Parameters<typeof testIo>[0] = {}) {
  return testIo({ env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' }, ...options });
}

it('draws a table in a terminal', async () => {
  const { io, written } = open({ tty: true });
  expect(await main(['query', 'SELECT 1'], io)).toBe(0);
  expect(written.out).toBe('user_id  ip_address\n───────  ────────────\nU12345   192.168.1.10\n1 row\n');
});

it('gives a pipe TSV, byte for byte, and a terminal nothing that moves its cursor', async () => {
  const pipe = open();
  await main(['query', 'SELECT 1'], pipe.io);
  expect(pipe.written.out).toBe('user_id\nU1\u001B[31m\n');
  const terminal = open({ tty: true });
  await main(['query', '--format', 'tsv', 'SELECT 1'], terminal.io);
  expect(terminal.written.out).toBe('user_id\nU1\\x1b[31m\n');
});

it('reads SQL from standard input, and takes any format', async () => {
  const { io, written } = open({ stdin: 'SELECT 2' });
  expect(await main(['query', '--format', 'Parquet'], io)).toBe(0);
  expect(requests[0]?.body).toBe('SELECT 2');
  expect(written.out).toBe('{"format":"Parquet"}');
});

it("tells the engine's own message", async () => {
  const { io, written } = open();
  expect(await main(['query', 'wrong'], io)).toBe(1);
  expect(written.err).toContain('Syntax error: failed at position 1');
});

it('tails on behind the last event that it showed, over a broken connection and an ended one', async () => {
  const { io, written } = open();
  const stop = new AbortController();
  const seen = new Promise<void>((resolve) => {
    io.stdout.on('drain', () => undefined);
    const write = io.stdout.write.bind(io.stdout);
    io.stdout.write = ((chunk: string) => {
      if (chunk.includes('u2')) resolve();
      return write(chunk);
    }) as typeof io.stdout.write;
  });
  const running = tail(io, { filters: [['outcome', 'success'], ['user_id', 'a&b']] }, stop.signal); // biome-ignore format: two pairs
  await seen;
  stop.abort();
  expect(await running).toBe(0);
  expect(requests.map(({ lastId }) => lastId)).toEqual([undefined, 'routine:1', 'routine:2']);
  expect(requests[0]?.url).toBe('/v1/tail?outcome=success&user_id=a%26b');
  expect(written.out.split('\n').slice(0, 3)).toEqual([' u0 read /x: success', ' \\x1b[2Jx read /x: success', ' u2 read /x: success']);
});

it('says what is wrong with a command line, with status 2', async () => {
  const { io, written } = open();
  expect(await main(['tail', '--where', 'nonsense'], io)).toBe(2);
  expect(written.err).toContain('--where country_code=DE');
  expect(await main(['qeury'], io)).toBe(2);
  expect(written.err).toContain('Did you mean query?');
  expect(await main(['--help'], io)).toBe(0);
});
