import { appendFile, copyFile, mkdir, mkdtemp, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';
import { answerJson, testServer } from '../test-server.ts';

let dir: string;
let server: Awaited<ReturnType<typeof testServer>>;
/** Events by id; a double of other content gets a second entry, as on the server. */
let kept: Map<string, string>;
let doubles: number;
let aside: string[];

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'daybook-agent-'));
  kept = new Map();
  doubles = 0;
  aside = [];
  server = await testServer((request, response, body) => {
    const lines = body.toString().split('\n').filter(Boolean);
    if (request.url === '/v1/whoami') return answerJson(response, 200, { name: 'web', role: 'producer', sources: ['web-1'] });
    if (request.url === '/v1/events') return answerJson(response, 200, keep(lines));
    if (request.url === '/v1/quarantine') aside.push(...lines);
    answerJson(response, 200, { kept: lines.length, dropped: 0, rejected: [] });
  });
  await mkdir(path.join(dir, 'log'));
  await writeFile(path.join(dir, 'token'), 'secret-token-0123456789\n');
  await writeFile(
    path.join(dir, 'agent.yaml'),
    `url: ${server.url}\ntoken_file: token\nstate: state\nhost: h\nsources:\n  - source: web-1\n    paths: log/app.log*\n    format: json\n`,
  );
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

function keep(lines: readonly string[]) {
  const reply = { accepted: 0, duplicates: [] as unknown[], rejected: [], receipts: [] };
  for (const [item, line] of lines.entries()) {
    const id = (JSON.parse(line) as { event_id: string }).event_id;
    if (kept.get(id) === line) {
      reply.duplicates.push({ item, log: 'routine', idx: 0 });
      doubles++;
    } else {
      kept.set(kept.has(id) ? `${id} conflict` : id, line);
      reply.accepted++;
    }
  }
  return reply;
}

const users = () => [...kept.values()].map((line) => (JSON.parse(line) as { user_id: string }).user_id);
const lines = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, i) => `{"timestamp":"2026-01-02T03:04:05Z","user_id":"u${from + i}","action":"read","pad":"${'x'.repeat(40)}"}\n`,
  ).join('');
const at = (name: string) => path.join(dir, 'log', name);
const all = (to: number) => Array.from({ length: to }, (_, i) => `u${i}`);

async function once() {
  const { io, written } = testIo({ cwd: dir });
  const status = await main(['agent', '--config', 'agent.yaml', '--once'], io);
  return { status, err: written.err };
}

/** As if it had been written long ago: a packed file is looked at only when nobody writes to it any more. */
async function old(file: string): Promise<void> {
  await utimes(file, 1, 1);
}

it('sends what is there, and then what comes', async () => {
  await writeFile(at('app.log'), lines(0, 10));
  expect(await once()).toMatchObject({ status: 0 });
  await appendFile(at('app.log'), `${lines(10, 15)}{"user_id":"half`);
  await once();
  expect(users()).toEqual(all(15));
  await appendFile(at('app.log'), `"}\n`);
  await once();
  expect(users()).toEqual([...all(15), 'half']);
  expect([doubles, aside]).toEqual([0, []]);
});

it('knows a file that is renamed, copied and truncated, or packed, wherever it was read to', async () => {
  await writeFile(at('app.log'), lines(0, 10));
  await once();
  // Renamed, with what was written before the agent looked again, and a new one in its place.
  await appendFile(at('app.log'), lines(10, 20));
  await rename(at('app.log'), at('app.log.1'));
  await writeFile(at('app.log'), lines(20, 30));
  await once();
  // Packed; the new one copied and truncated, with lines that were not read yet.
  await writeFile(at('app.log.2.gz'), gzipSync(await readFile(at('app.log.1'))));
  await old(at('app.log.2.gz'));
  await rm(at('app.log.1'));
  await appendFile(at('app.log'), lines(30, 40));
  await copyFile(at('app.log'), at('app.log.1'));
  await truncate(at('app.log'));
  await appendFile(at('app.log'), lines(40, 45));
  await once();
  expect(users().sort()).toEqual(all(45).sort());
  // And packed before all of it was read.
  await appendFile(at('app.log'), lines(45, 50));
  await writeFile(at('app.log.3.gz'), gzipSync(await readFile(at('app.log'))));
  await old(at('app.log.3.gz'));
  await rm(at('app.log'));
  await once();
  await once();
  expect(users().sort()).toEqual(all(50).sort());
  expect(doubles).toBe(0);
});

it('doubles nothing when it is killed between receipt and position', async () => {
  await writeFile(at('app.log'), lines(0, 10));
  await once();
  const before = await readFile(path.join(dir, 'state/positions.json'));
  await appendFile(at('app.log'), lines(10, 5000));
  await once();
  await writeFile(path.join(dir, 'state/positions.json'), before);
  await once();
  expect(users()).toEqual(all(5000));
  expect(doubles).toBe(4990);
});

it('reads lists of objects to their end, and anew when they have grown', async () => {
  const record = (i: number) => lines(i, i + 1).trim();
  await writeFile(at('app.log'), `{"Records":[${record(0)},${record(1)}`);
  await once();
  await appendFile(at('app.log'), `,${record(2)}]}`);
  await once();
  expect(users()).toEqual(all(3));
  expect(doubles).toBe(0);
});

it('follows while it runs, and ends when it is told to', async () => {
  await writeFile(at('app.log'), lines(0, 3));
  const { io } = testIo({ cwd: dir });
  const { agent } = await import('../commands/agent.ts');
  const stop = new AbortController();
  const running = agent(io, { config: 'agent.yaml' }, stop.signal);
  await expect.poll(() => kept.size, { timeout: 5000 }).toBe(3);
  await appendFile(at('app.log'), lines(3, 6));
  await rename(at('app.log'), path.join(dir, 'elsewhere'));
  await writeFile(at('app.log'), lines(6, 9));
  await expect.poll(() => kept.size, { timeout: 5000 }).toBe(9);
  const second = await main(['agent', '--config', 'agent.yaml', '--once'], testIo({ cwd: dir }).io);
  stop.abort();
  expect([await running, second]).toEqual([0, 1]);
  const { io: looks, written } = testIo({ cwd: dir });
  await main(['agent', '--config', 'agent.yaml', '--status', '--json'], looks);
  expect(written.out.trim().split('\n')).toHaveLength(2);
});

it('says what is wrong with its settings, and that a token may not speak for a source', async () => {
  const config = await readFile(path.join(dir, 'agent.yaml'), 'utf8');
  const f = async (text: string, status: number, message: string) => {
    await writeFile(path.join(dir, 'agent.yaml'), text);
    const answer = await once();
    expect(answer.err).toContain(message);
    expect(answer.status).toBe(status);
  };
  await f(config.replace('token_file', 'token'), 2, 'no setting token');
  await f(config.replace('json', 'jsonn'), 2, 'There is no format jsonn');
  await f(config.replace('web-1', 'web-2'), 1, 'may not speak for the source web-2');
  await f('a: [', 2, 'no YAML');
});
