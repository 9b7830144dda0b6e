import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';
import { answerJson, testServer } from '../test-server.ts';

let dir: string;
let server: Awaited<ReturnType<typeof testServer>>;
/** What is kept, by `src:sseq`, as the real server's dedupe does. */
let kept: Map<string, string>;
/** Answers to give before the request is looked at. */
let refusals: ('busy' | 'full' | 'broken' | 'after')[];

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'daybook-import-'));
  kept = new Map();
  refusals = [];
  server = await testServer((request, response, body) => {
    if (request.url === '/v1/whoami') return answerJson(response, 200, { name: 'shop', role: 'producer' });
    const refusal = refusals.shift();
    if (refusal === 'broken') return void request.socket.destroy();
    if (refusal === 'busy' || refusal === 'full')
      return answerJson(
        response,
        refusal === 'busy' ? 429 : 503,
        { detail: 'x', code: refusal === 'busy' ? 'too_busy' : 'disk_full', advice: '' },
        { 'retry-after': '0' },
      );
    const reply = keep(body.toString(), String(request.headers['x-daybook-src']), Number(request.headers['x-daybook-sseq']));
    // Kept, and then no answer: the client can't know, and sends again.
    if (refusal === 'after') return void request.socket.destroy();
    answerJson(response, reply.rejected.length === 0 ? 200 : reply.accepted > 0 ? 207 : 400, reply);
  });
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

function keep(body: string, src: string, first: number) {
  const reply = { accepted: 0, duplicates: [] as unknown[], rejected: [] as unknown[], receipts: [] };
  for (const [item, line] of body.split('\n').slice(0, -1).entries()) {
    const place = `${src}:${first + item}`;
    if (kept.has(place)) reply.duplicates.push({ item, log: 'routine', idx: null });
    else if (line.includes('bad')) reply.rejected.push({ item, code: 'json_syntax', field: '', message: 'bad' });
    else {
      kept.set(place, line);
      reply.accepted++;
    }
  }
  return reply;
}

async function run(files: readonly string[], stdin?: string | Buffer) {
  const { io, written } = testIo({ env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' }, ...(stdin === undefined ? {} : { stdin }) });
  const status = await main(['import', '--format', 'json', '--json', ...files], io);
  return { status, summary: written.out === '' ? undefined : (JSON.parse(written.out) as Record<string, unknown>), err: written.err };
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const at = path.join(dir, name);
  await writeFile(at, content);
  return at;
}

const LINES = Array.from({ length: 9000 }, (_, i) => JSON.stringify({ user_id: `u${i}` }));

it('sends a file once, however often it is imported, under any name and packing', async () => {
  const text = LINES.join('\n');
  expect(await run([await file('a.ndjson', text)])).toMatchObject({ status: 0, summary: { accepted: 9000, duplicates: 0, rejected: 0 } });
  expect(await run([await file('b.gz', gzipSync(text))])).toMatchObject({ status: 0, summary: { accepted: 0, duplicates: 9000 } });
  expect(await run(['-'], `[${LINES.join(',')}]`)).toMatchObject({ summary: { accepted: 0, duplicates: 9000 } });
  expect(kept.size).toBe(9000);
  expect([...kept.keys()].every((place) => /^shop\/import-[0-9a-f]{32}:\d+$/.test(place))).toBe(true);
});

it('sends again what was refused or left unanswered, and doubles nothing', async () => {
  refusals = ['busy', 'full', 'broken', 'after', 'busy'];
  expect(await run([await file('a', LINES.join('\n'))])).toMatchObject({ status: 0 });
  const lines = createHash('sha256')
    .update([...kept.values()].sort().join('\n'))
    .digest('hex');
  expect(lines).toBe(
    createHash('sha256')
      .update([...LINES].sort().join('\n'))
      .digest('hex'),
  );
});

it('tells the lines of what was rejected', async () => {
  const { status, summary } = await run([await file('a', '{"a":1}\n\nbad\n{"b":2}\n')]);
  expect(status).toBe(1);
  expect(summary).toMatchObject({
    read: 3,
    accepted: 2,
    rejected: 1,
    reasons: [{ code: 'json_syntax', count: 1, examples: [{ line: 3, message: 'bad' }] }],
  });
});

it('tells where a file breaks off', async () => {
  const { status, summary } = await run([await file('a', '[{"a":1},\n{"b"')]);
  expect(status).toBe(1);
  expect(summary).toMatchObject({ accepted: 1, reasons: [{ code: 'unreadable', examples: [{ line: 2 }] }] });
});

it('names a packed file that is cut off', async () => {
  const packed = gzipSync(LINES.join('\n'));
  const { status, summary } = await run([await file('a.gz', packed.subarray(0, packed.length - 20))]);
  expect(status).toBe(1);
  expect(summary).toMatchObject({
    rejected: 1,
    reasons: [{ code: 'unreadable', examples: [{ message: expect.stringContaining('no whole gzip file') }] }],
  });
});

it('sends nothing on a dry run', async () => {
  const { io, written } = testIo({});
  expect(await main(['import', '--format', 'json', '--dry-run', await file('a', '{"userId":"ana","x":1}\n{"a":1,"a":2}\n7\n')], io)).toBe(
    1,
  );
  expect(written.out).toContain('user_id = "ana"   (from userId)');
  expect(written.out).toContain('attributes.x = 1');
  expect(written.out).toMatch(/1 would be sent, 2 can't be[\s\S]*duplicate_key[\s\S]*not_an_object/);
  expect(kept.size).toBe(0);
});

it('stops with what to do when the server refuses for good', async () => {
  const { io, written } = testIo({ env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' } });
  expect(await main(['import', '--format', 'no-such-format', '-'], io)).toBe(2);
  expect(await main(['import', '--format', 'json', path.join(dir, 'gone')], io)).toBe(1);
  expect(written.err).toContain("Can't read");
});
