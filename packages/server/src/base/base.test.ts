import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { DaybookError } from '@daybook/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assert, mustHave } from './assert.ts';
import { openBase, paused } from './base.ts';
import { systemClock } from './clock.ts';
import { entryPoint } from './entry-point.ts';
import { parseConfig } from './parse-config.ts';
import { processEnd } from './process-end.ts';
import { equalDigests, systemRandom } from './random.ts';
import { Redacted } from './redacted.ts';
import { suggest } from './suggest.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-base-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const TOKEN = 't'.repeat(40);

function open(env: Record<string, string> = {}, said: string[] = []) {
  const given = {
    DAYBOOK_DATA: path.join(dir, 'data'),
    DAYBOOK_LISTEN: '127.0.0.1:0',
    DAYBOOK_ADMIN_TOKEN: TOKEN,
    DAYBOOK_LOG_LEVEL: 'silent',
    ...env,
  };
  return openBase(parseConfig({ flags: {}, env: given, cwd: dir, eventFields: [] }), {
    say: (sentence) => void said.push(sentence),
    exit() {
      throw new Error('the process ends');
    },
    onStopSignal: () => () => undefined,
  });
}

describe('the stop', () => {
  test('answers requests in hand and refuses new ones with Retry-After', async () => {
    const base = await open();
    let answer: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      base.http.get('/slow', { config: { permission: 'public' } }, async () => {
        resolve();
        await new Promise<void>((done) => {
          answer = done;
        });
        return { done: true };
      });
    });
    const url = await base.listen();
    const inHand = fetch(`${url}/slow`);
    await arrived;
    const refused = base.http.inject({ url: '/slow' });
    const drained = base.drain();
    expect(base.stopping.aborted).toBe(true);
    answer();
    expect(await (await inHand).json()).toEqual({ done: true });
    await refused.catch(() => undefined);
    await drained;
    await base.close();
  });

  test('awaits background work, which the signal ends', async () => {
    const base = await open();
    const done: string[] = [];
    base.background('work', async (signal) => {
      expect(await paused(60_000, signal)).toBe(false);
      done.push('ended');
    });
    await base.listen();
    await base.drain();
    await base.close();
    expect(done).toEqual(['ended']);
  });
});

test('while it stops, a request is refused with a problem', async () => {
  const base = await open();
  base.http.get('/x', { config: { permission: 'public' } }, () => 'x');
  await base.http.ready();
  Object.defineProperty(base.stopping, 'aborted', { value: true });
  const answer = await base.http.inject({ url: '/x' });
  expect([answer.statusCode, answer.headers['retry-after'], answer.json()]).toEqual([
    503,
    '5',
    expect.objectContaining({ code: 'shutting_down' }),
  ]);
  await base.http.close();
});

test('errors: a coded one is told, an unknown one is hidden', async () => {
  const base = await open();
  base.http.get('/busy', { config: { permission: 'public' } }, () => {
    throw new DaybookError('too_busy', 'Too much.', { retryAfterS: 2.1 });
  });
  base.http.get('/broken', { config: { permission: 'public' } }, () => {
    throw new Error('the password is swordfish');
  });
  const busy = await base.http.inject({ url: '/busy' });
  expect([busy.statusCode, busy.headers['retry-after'], busy.json()]).toEqual([
    429,
    '3',
    expect.objectContaining({ code: 'too_busy', detail: 'Too much.' }),
  ]);
  const broken = await base.http.inject({ url: '/broken' });
  expect([broken.statusCode, broken.json()]).toEqual([500, expect.objectContaining({ code: 'internal' })]);
  expect(broken.body).not.toContain('swordfish');
  await base.http.close();
  await base.close();
});

test('a port in use stops the start with advice', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = mustHave(taken.address(), 'address');
  assert(typeof address === 'object', 'a TCP address');
  const base = await open({ DAYBOOK_LISTEN: `127.0.0.1:${address.port}` });
  await expect(base.listen()).rejects.toMatchObject({
    code: 'bad_setting',
    message: expect.stringMatching(/another program listens there.*DAYBOOK_LISTEN/),
  });
  await base.drain();
  await base.close();
  taken.close();
});

test('a data directory that cannot be made stops the start with advice', async () => {
  writeFileSync(path.join(dir, 'file'), '');
  await expect(open({ DAYBOOK_DATA: path.join(dir, 'file', 'data') })).rejects.toMatchObject({ code: 'bad_setting' });
});

test('background work that fails is fatal, with a sentence that has the cause', async () => {
  const said: string[] = [];
  const base = await open({}, said);
  const failed = new Promise((resolve) => process.once('unhandledRejection', resolve));
  base.background('sealing', () => Promise.reject(new Error('EIO: the disk failed')));
  // The fake process throws where the real one ends.
  expect(await failed).toMatchObject({ message: 'the process ends' });
  expect(said).toEqual(['daybook: sealing failed: EIO: the disk failed']);
  await base.drain();
  await base.close().catch(() => undefined);
});

describe('small parts', () => {
  test('the clock follows the wall clock, in microseconds', () => {
    const clock = systemClock();
    const before = Date.now();
    const micros = clock.nowMicros();
    expect(Number.isSafeInteger(micros)).toBe(true);
    expect(Math.abs(micros / 1000 - before)).toBeLessThan(1000);
  });

  test('random text never repeats, also over the end of the pool', () => {
    const random = systemRandom();
    const seen = new Set(Array.from({ length: 5000 }, () => random.text(16)));
    expect(seen.size).toBe(5000);
    for (const text of seen) expect(text).toMatch(/^[\w-]{22}$/);
  });

  test('digests are compared whole', () => {
    expect(equalDigests('ab', 'ab')).toBe(true);
    expect(equalDigests('ab', 'ac')).toBe(false);
    expect(equalDigests('ab', 'abc')).toBe(false);
  });

  test('a secret does not show itself', () => {
    const secret = new Redacted('swordfish');
    expect(`${String(secret)} ${JSON.stringify({ secret })} ${inspect({ secret })}`).not.toContain('swordfish');
    expect(secret.reveal()).toBe('swordfish');
  });

  test('misspelt words', () => {
    const words = ['DAYBOOK_LISTEN', 'DAYBOOK_DATA'];
    expect(suggest('DAYBOOK_LISTNE', words)).toBe('DAYBOOK_LISTEN');
    expect(suggest('DAYBOOK_DATTA', words)).toBe('DAYBOOK_DATA');
    expect(suggest('SOMETHING_ELSE_ENTIRELY', words)).toBeUndefined();
  });

  test('a worker starts from its TypeScript source', async () => {
    const file = path.join(dir, 'worker.mts');
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';\nconst text: string = 'from ' + 'TypeScript';\nparentPort?.postMessage(text);\n`,
    );
    const entry = entryPoint(new URL(`file://${file}`));
    const worker = new Worker(entry.url, { execArgv: entry.execArgv });
    expect(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))).toBe('from TypeScript');
    await worker.terminate();
  });
});

test('a signal that comes twice at once is one', async () => {
  const counts: number[] = [];
  let delivered = 0;
  const note = () => {
    delivered += 1;
  };
  process.on('SIGTERM', note).on('SIGINT', note);
  const stop = processEnd.onStopSignal((count) => void counts.push(count));
  process.kill(process.pid, 'SIGTERM');
  process.kill(process.pid, 'SIGINT');
  // A signal without a listener would end this process: both must have come before the listeners go.
  await expect.poll(() => delivered).toBe(2);
  stop();
  process.off('SIGTERM', note).off('SIGINT', note);
  expect(counts).toEqual([1]);
});

test('the log never shows a token or what a library hung on its error', async () => {
  const { spawnSync } = await import('node:child_process');
  const script = path.join(dir, 'log.mts');
  const log = new URL('./log.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { openLog } from ${JSON.stringify(log)};
     const error = Object.assign(new Error('refused', { cause: new Error('deeper') }), { code: '28P01', parameters: ['swordfish'], token: 'swordfish' });
     openLog('info').error({ err: error, token: 'swordfish', headers: { authorization: 'Bearer swordfish' } }, 'it failed');`,
  );
  const run = spawnSync(process.execPath, [...entryPoint(new URL('./log.ts', import.meta.url)).execArgv, script], { encoding: 'utf8' });
  expect(run.stdout).toBe('');
  const line: unknown = JSON.parse(run.stderr);
  expect(line).toMatchObject({
    level: 'error',
    msg: 'it failed',
    err: { message: 'refused', code: '28P01', cause: { message: 'deeper' } },
  });
  expect(run.stderr).not.toContain('swordfish');
  expect(readFileSync(script, 'utf8')).toContain('swordfish');
});
