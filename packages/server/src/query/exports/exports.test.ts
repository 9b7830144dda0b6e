import { DaybookError } from '@daybook/protocol';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { systemRandom } from '../../base/random.ts';
import { FaultyFiles } from '../../base/test-faulty-files.ts';
import type { Ending } from '../lookup/journal.ts';
import { FREE_BYTES_MIN, KEPT_MS, LISTED_EACH_MAX } from './bounds.ts';
import { Exports, type NewExport } from './exports.ts';
import type { Job, Owner } from './job.ts';

const ANN: Owner = { kind: 'user', id: 'u_ann' };
const BEN: Owner = { kind: 'user', id: 'u_ben' };
const TILL: Owner = { kind: 'token', id: 'u_ann' };
const CSV = '"a","b"\n1,"two\nlines, and ""quotes"""\n2,"x"\n';
const QUESTION = { q: '', from: '2026-01-01', to: '2026-01-02', format: 'csv', columns: undefined } as const;

function f({ bytesMax, disk = new FaultyFiles() }: { readonly bytesMax?: number; readonly disk?: FaultyFiles } = {}) {
  let nowMicros = 1_000_000;
  const rights = new Map<string, string | undefined>();
  const told: (Ending | 'asked')[] = [];
  const exports = new Exports({
    dir: '/disk/exports',
    files: disk,
    clock: { nowMicros: () => nowMicros, monotonicMs: () => nowMicros / 1000 },
    random: systemRandom(),
    log: pino({ level: 'silent' }),
    rightsNow: ({ id }) => (rights.has(id) ? rights.get(id) : 'all'),
    ...(bytesMax === undefined ? {} : { bytesMax }),
  });
  const start = (changes: Partial<NewExport> & { readonly pieces?: AsyncIterable<string> | Iterable<string> } = {}): Promise<Job> =>
    exports.start({
      owner: ANN,
      rights: 'all',
      question: QUESTION,
      rows: { count: async () => 2, read: async () => Readable.from(changes.pieces ?? [CSV.slice(0, 20), CSV.slice(20)]) },
      journal: () => ({ asked: async () => void told.push('asked'), ended: (ending) => void told.push(ending) }),
      ...changes,
    });
  const made = async (changes: Parameters<typeof start>[0] = {}) => {
    const job = await start(changes);
    await job.work;
    return job;
  };
  const names = () => [...disk.contents()].map(([name]) => name);
  return { disk, exports, start, made, names, told, rights, later: (ms: number) => (nowMicros += ms * 1000) };
}

function refusal(work: () => unknown): Promise<string> {
  return Promise.resolve()
    .then(work)
    .then(
      () => 'ok',
      (error: unknown) => (error instanceof DaybookError ? error.code : String(error)),
    );
}

/** Rows of which the second never comes. */
async function* endless(signal: Promise<void>): AsyncGenerator<string> {
  yield CSV;
  await signal;
  throw new Error('the engine was told to stop');
}

function held() {
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  return {
    rows: {
      count: async () => 9,
      read: async (signal: AbortSignal) => (signal.addEventListener('abort', stop), Readable.from(endless(stopped))),
    },
  };
}

test('a file is whole when it has its name; who asked is on record before anything is written', async () => {
  const { disk, exports, start, told } = f();
  const job = await start();
  expect([told, job.state, disk.trace]).toEqual([['asked'], 'running', []]);
  await job.work;
  expect(job).toMatchObject({ state: 'done', rows: 2, total: 2, bytes: CSV.length });
  expect(told[1]).toMatchObject({ failed: false, rows: 2, bytes: CSV.length });
  const name = `/disk/exports/${job.id}.csv`;
  expect(disk.trace).toEqual([`create ${name}.part`, `write ${name}.part`, `write ${name}.part`, `rename ${name}`]);
  const file = await exports.openFile(job, 'all');
  expect((await file.read(0, 1000)).toString()).toBe(CSV);
});

test('what is not on record is not made', async () => {
  const { disk, exports, start } = f();
  const journal = () => ({ asked: async () => Promise.reject(new DaybookError('ledger_unavailable')), ended: () => undefined });
  expect(await refusal(() => start({ journal }))).toBe('ledger_unavailable');
  expect([exports.list(ANN), disk.trace]).toEqual([[], []]);
  expect(await refusal(() => start())).toBe('ok');
});

test('nobody sees the exports of others, a token those of its maker neither', async () => {
  const { exports, made } = f();
  const job = await made();
  for (const owner of [BEN, TILL]) {
    expect(exports.list(owner)).toEqual([]);
    expect(await refusal(() => exports.get(owner, job.id))).toBe('not_found');
  }
  expect(exports.get(ANN, job.id)).toBe(job);
});

test('one that runs is cancelled and leaves no file; one that has ended is removed', async () => {
  const { exports, start, names, told } = f();
  const job = await start(held());
  await vi.waitUntil(() => job.bytes > 0);
  expect(await refusal(() => exports.openFile(job, 'all'))).toBe('conflict');
  await exports.cancel(job);
  expect([job.state, job.error, names()]).toEqual(['cancelled', undefined, []]);
  expect(told[1]).toMatchObject({ failed: true, reason: 'cancelled' });
  expect(await refusal(() => exports.openFile(job, 'all'))).toBe('conflict');
  await exports.remove(job);
  expect(exports.list(ANN)).toEqual([]);
});

test('one that ended before it could be cancelled stays, with its file', async () => {
  const { exports, made, names } = f();
  const job = await made();
  await exports.cancel(job);
  expect([job.state, exports.list(ANN), names().length]).toEqual(['done', [job], 1]);
});

test('one at a time for each, two for all; a place is free when one has ended', async () => {
  const { exports, start } = f();
  const jobs = [await start(held()), await start({ owner: BEN, ...held() })];
  expect(await refusal(() => start())).toBe('too_busy');
  expect(await refusal(() => start({ owner: TILL }))).toBe('too_busy');
  for (const job of jobs) await exports.cancel(job);
  expect(await refusal(() => start({ owner: TILL }))).toBe('ok');
});

test('so many bytes are kept and no more; so many exports are listed', async () => {
  const few = f({ bytesMax: 2 * CSV.length - 1 });
  await few.made();
  const second = await few.made();
  expect(second).toMatchObject({ state: 'failed', error: { code: 'exports_full' }, bytes: 0 });
  expect(few.names()).toHaveLength(1);
  const { exports, made, start } = f();
  const failing = { count: async () => 0, read: async () => Promise.reject(new DaybookError('engine_unavailable')) };
  expect(await made({ rows: failing })).toMatchObject({ state: 'failed', error: { code: 'engine_unavailable' } });
  // The failed one makes room.
  for (let i = 0; i < LISTED_EACH_MAX; i++) expect((await made()).state).toBe('done');
  expect(exports.list(ANN)).toHaveLength(LISTED_EACH_MAX);
  expect(await refusal(() => start())).toBe('exports_full');
  expect(await refusal(() => start({ owner: BEN }))).toBe('ok');
});

test.each(['first write', 'second write'])('a disk that gets full at the %s ends it, and its file is gone', async (where) => {
  const { disk, made, names } = f();
  disk.inject(where === 'first write' ? 1 : 2, 'no_space');
  expect(await made()).toMatchObject({ state: 'failed', error: { code: 'disk_full' }, bytes: 0 });
  expect([disk.hit, names()]).toEqual([true, []]);
});

test('what is free for the ledger is not for exports', async () => {
  const { disk, made } = f({ disk: new FaultyFiles({ capacityBytes: FREE_BYTES_MIN - 1 }) });
  expect(await made()).toMatchObject({ state: 'failed', error: { code: 'disk_full' } });
  expect(disk.trace).toEqual([]);
});

test('a day later it is gone, the file with the next sweep', async () => {
  const { exports, made, names, later } = f();
  const job = await made();
  later(KEPT_MS - 1);
  await exports.sweep();
  expect(exports.get(ANN, job.id)).toBe(job);
  later(1);
  expect(await refusal(() => exports.get(ANN, job.id))).toBe('not_found');
  expect(names()).toHaveLength(1);
  await exports.sweep();
  expect(names()).toEqual([]);
});

test('who has other rights than then gets no file, and it is removed', async () => {
  const { exports, start, made, names, rights } = f();
  const job = await made();
  expect(await refusal(() => exports.openFile(job, 'less'))).toBe('export_outdated');
  expect(await refusal(() => exports.openFile(job, 'all'))).toBe('ok');
  const running = await start({ owner: BEN, ...held() });
  rights.set(ANN.id, 'less').set(BEN.id, undefined);
  await exports.sweep();
  for (const one of [job, running]) expect(one).toMatchObject({ state: 'failed', error: { code: 'export_outdated' }, bytes: 0 });
  expect(names()).toEqual([]);
  expect(await refusal(() => exports.openFile(job, 'all'))).toBe('export_outdated');
});

test('a start removes what was left, an end what is there', async () => {
  const first = f();
  await first.made();
  const second = f({ disk: first.disk.after('killed') });
  expect(second.names()).toHaveLength(1);
  await second.exports.open();
  expect([second.names(), second.exports.list(ANN)]).toEqual([[], []]);
  const running = await second.start(held());
  await second.made({ owner: BEN });
  await second.exports.close();
  expect([running.state, running.error?.code, second.names()]).toEqual(['failed', 'shutting_down', []]);
});
