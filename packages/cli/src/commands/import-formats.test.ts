import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';
import { answerJson, testServer } from '../test-server.ts';

/** `TOY user action [id]` is an event, `TICK` noise, `BEGIN … END` an event of two records, the rest is not understood. */
const TOY = `
const event = (user, action, id) => ({ result: 'event', event: { timestamp: '2024-01-02T03:04:05+01:00', user_id: user, action, outcome: 'success',
  ip_address: '2001:DB8:0::1', ...(id === undefined ? {} : { source_event_id: id }) } });
export const formats = [{
  name: 'toy', title: 'Toys', source: 'toys', framing: 'lines', keepsOriginal: true, mapping: [],
  recognise: ({ lines }) => (lines[0]?.startsWith('TOY ') ? 1 : 0),
  open: () => {
    let begun;
    return {
      parse(record, emit) {
        const [word, ...rest] = record.text.split(' ');
        if (word === 'TOY') emit(record, event(...rest));
        else if (word === 'TICK') emit(record, { result: 'noise', code: 'tick' });
        else if (word === 'BEGIN') begun = record;
        else if (word === 'END' && begun) {
          emit({ ...begun, lastLine: record.lastLine, end: record.end, text: begun.text + '\\n' + record.text }, event(rest[0], 'login'));
          begun = undefined;
        } else emit(record, { result: 'quarantine', code: 'no_toy', reason: 'a toy was expected' });
      },
      end(emit) {
        if (begun) emit(begun, { result: 'quarantine', code: 'no_end', reason: 'it has no end' });
        begun = undefined;
      },
    };
  },
}];
`;

let dir: string;
let server: Awaited<ReturnType<typeof testServer>>;
/** Events by counter, and by id. */
let kept: Map<string, string>;
let aside: Record<string, unknown>[];
let counts: Record<string, unknown>[];
/** Requests with events that are answered; the others find nobody. */
let answers: number;

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'daybook-import-'));
  await writeFile(path.join(dir, 'toy.mjs'), TOY);
  kept = new Map();
  aside = [];
  counts = [];
  answers = Infinity;
  server = await testServer((request, response, body) => {
    const lines = body.toString().split('\n').filter(Boolean);
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname === '/v1/whoami') return answerJson(response, 200, { name: 'shop', role: 'producer', sources: ['toys'] });
    if (url.pathname === '/v1/producer-counters')
      return answerJson(response, 200, { instances: instances(url.searchParams.get('instance') ?? '') });
    if (url.pathname === '/v1/events' && answers-- <= 0)
      return answerJson(response, 403, { detail: 'gone', code: 'forbidden', advice: '' });
    if (url.pathname === '/v1/events')
      return answerJson(response, 200, keep(lines, String(request.headers['x-daybook-src']), Number(request.headers['x-daybook-sseq'])));
    const into = url.pathname === '/v1/quarantine' ? aside : counts;
    for (const line of lines) into.push(JSON.parse(line) as Record<string, unknown>);
    answerJson(response, 200, { kept: lines.length, dropped: 0, rejected: [] });
  });
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

function keep(lines: readonly string[], src: string, first: number) {
  const reply = { accepted: 0, duplicates: [] as unknown[], rejected: [], receipts: [] };
  for (const [item, line] of lines.entries()) {
    const id = (JSON.parse(line) as { event_id?: string }).event_id;
    if (kept.has(`${src}:${first + item}`) || (id !== undefined && kept.has(id)))
      reply.duplicates.push({ item, log: 'routine', idx: null });
    else {
      kept.set(`${src}:${first + item}`, line);
      if (id !== undefined) kept.set(id, line);
      reply.accepted++;
    }
  }
  return reply;
}

function instances(prefix: string) {
  const count = new Map<string, number>();
  for (const key of kept.keys()) {
    const src = key.slice(0, key.lastIndexOf(':'));
    if (src.startsWith(`shop/${prefix}`)) count.set(src, (count.get(src) ?? 0) + 1);
  }
  return [...count].map(([src, n]) => ({ src, count: n }));
}

async function run(...args: readonly string[]) {
  const { io, written } = testIo({ env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' }, cwd: dir });
  const status = await main(['import', '--module', './toy.mjs', '--json', ...args], io);
  const summary = (written.out === '' || args.includes('--dry-run') ? {} : JSON.parse(written.out)) as Record<string, unknown>;
  return { status, summary, out: written.out, err: written.err };
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const at = path.join(dir, name);
  await writeFile(at, content);
  return at;
}

const toys = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `TOY u${from + i} read\n`).join('');

it('tells of each record what it is, canonical, without a server', async () => {
  const at = await file('a.log', 'TOY ana read 7\nTICK\nBEGIN\nEND bob\n?\nTOY  read\nBEGIN\n');
  const { status, out } = await run('--dry-run', at);
  expect(status).toBe(0);
  const event = {
    action: 'read',
    actor_type: 'user',
    category: 'data',
    channel: 'importer',
    event_type: 'read',
    ip_address: '2001:db8::1',
    outcome: 'success',
    severity: 1,
    source: 'toys',
    source_event_id: '7',
    timestamp: '2024-01-02T02:04:05.000000Z',
    user_id: 'ana',
  };
  const { source_event_id: _, ...login } = { ...event, action: 'login', category: 'authentication', event_type: 'login', user_id: 'bob' };
  expect(
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { line: 1, format: 'toy', result: 'event', event },
    { line: 2, format: 'toy', result: 'noise', code: 'tick' },
    { line: 3, last_line: 4, format: 'toy', result: 'event', event: login },
    { line: 5, format: 'toy', result: 'quarantine', code: 'no_toy', reason: 'a toy was expected' },
    expect.objectContaining({ line: 6, result: 'event', event: expect.objectContaining({ actor_type: 'unknown' }) as unknown }),
    { line: 7, format: 'toy', result: 'quarantine', code: 'no_end', reason: 'it has no end' },
  ]);
  expect(kept.size).toBe(0);
});

it('sends events, puts the rest aside, counts it; and adds nothing the second time, under any name and packing', async () => {
  const text = 'TOY ana read 7\nTICK\n?\nTOY bob read\n';
  const first = await run(await file('a.log', text));
  expect(first).toMatchObject({
    status: 0,
    summary: {
      accepted: 2,
      quarantined: 1,
      sources: [{ source: 'toys', format: 'toy', events: 2, noise: { tick: 1 }, quarantine: [{ code: 'no_toy', count: 1 }] }],
    },
  });
  expect([...kept.values()].map((line) => JSON.parse(line) as unknown)).toContainEqual(
    expect.objectContaining({ source: 'toys', event_id: 'toy:7', user_id: 'ana', original: 'TOY ana read 7' }),
  );
  expect(aside).toEqual([
    { source: 'toys', format: 'toy', code: 'no_toy', reason: 'a toy was expected', line: 3, file: path.join(dir, 'a.log'), text: '?' },
  ]);
  expect(counts).toEqual([expect.objectContaining({ source: 'toys', format: 'toy', events: 2, noise: { tick: 1 } })]);
  const size = kept.size;
  expect(await run(await file('b.gz', gzipSync(text)))).toMatchObject({ status: 0, summary: { accepted: 0, duplicates: 2 } });
  expect([kept.size, aside.length, counts.length]).toEqual([size, 1, 1]);
});

it('adds of a file that has grown what is new, byte by byte and beyond whole pieces', async () => {
  const at = await file('a.log', '');
  let to = 0;
  for (const next of [1, 2, 3, 500, 20_500, 20_501, 41_000]) {
    await appendFile(at, toys(to, next));
    expect(await run(at)).toMatchObject({ status: 0, summary: { accepted: next - to, duplicates: to } });
    to = next;
  }
  expect(await run(await file('copy.gz', gzipSync(toys(0, to))))).toMatchObject({ summary: { accepted: 0, duplicates: to } });
});

it('keeps files that begin alike and go on differently', async () => {
  await run(await file('a', toys(0, 10)));
  expect(await run(await file('b', `${toys(0, 5)}TOY zoe read\n${toys(5, 10)}`))).toMatchObject({ summary: { accepted: 11 } });
  expect(await run(await file('c', `${toys(0, 10)}TICK\n`))).toMatchObject({ summary: { accepted: 0, duplicates: 10 } });
});

it('loses and doubles nothing when it is stopped anywhere', async () => {
  const at = await file('a', toys(0, 9000));
  for (const stop of [0, 1, 2]) {
    answers = stop;
    expect(await run(at)).toMatchObject({ status: 1 });
  }
  await appendFile(at, toys(9000, 9100));
  answers = Infinity;
  expect(await run(at)).toMatchObject({ status: 0 });
  expect(new Set([...kept.values()].map((line) => (JSON.parse(line) as { user_id: string }).user_id)).size).toBe(9100);
  expect(kept.size).toBe(9100);
});

it('keeps what came before the place where a packed file breaks off', async () => {
  const packed = gzipSync(toys(0, 5000));
  const broken = packed.subarray(0, packed.length - 40);
  const rest = gunzipSync(broken, { finishFlush: constants.Z_SYNC_FLUSH }).toString().split('\n');
  const at = await file('a.gz', Buffer.concat([gzipSync(toys(0, 10)), broken]));
  const { status, summary } = await run(at);
  expect(status).toBe(1);
  expect(rest.length).toBeGreaterThan(4000);
  expect(summary).toMatchObject({ accepted: 10 + rest.length - 1, stops: [{ file: at, code: 'broken_gzip' }] });
  expect(aside.map(({ code, text }) => ({ code, text }))).toEqual(
    rest
      .slice(-1)
      .filter(Boolean)
      .map((text) => ({ code: 'cut_off', text })),
  );
});

it('reads folders and patterns; tells what is of no format, and goes on', async () => {
  await mkdir(path.join(dir, 'logs/deep'), { recursive: true });
  await file('logs/a.log', toys(0, 1));
  await file('logs/deep/b.log', toys(1, 2));
  await file('logs/c.txt', 'what\nis this\n');
  await file('logs/d.bin', Buffer.alloc(1000));
  await file('logs/e.empty', '');
  const { status, summary } = await run('--source', 'toys', path.join(dir, 'logs'));
  expect(summary).toMatchObject({
    files: 5,
    accepted: 2,
    quarantined: 3,
    stops: [{ code: 'unknown_format' }, { file: path.join(dir, 'logs/d.bin'), code: 'binary' }],
  });
  expect(status).toBe(1);
  expect(aside.map(({ code }) => code)).toEqual(['unknown_format', 'unknown_format', 'binary']);
  expect(await run('--dry-run', path.join(dir, 'logs/**/*.log'))).toMatchObject({
    status: 0,
    out: expect.stringContaining('deep/b.log') as unknown,
  });
});

it('says before anything is sent that a token may not speak for a source', async () => {
  const { status, err } = await run('--source', 'others', await file('a', toys(0, 1)));
  expect(status).toBe(1);
  expect(err).toContain('source_not_owned');
  expect(await run('--format', 'nothing', '-')).toMatchObject({ status: 2, err: expect.stringContaining('toy') as unknown });
});

it('takes a module that the command and daybook.yaml name; of two modules only one may bring a format', async () => {
  const at = await file('a.log', 'TOY ana read\n');
  await file('daybook.yaml', 'formats:\n  - ./toy.mjs\n');
  expect(await run(at)).toMatchObject({ status: 0, summary: { accepted: 1 } });
  await file('other.mjs', TOY);
  await file('daybook.yaml', 'formats:\n  - ./other.mjs\n');
  const { status, err } = await run(at);
  expect(status).toBe(1);
  expect(err).toContain('the format toy is there twice');
});
