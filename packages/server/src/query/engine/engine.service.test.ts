import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, statfs, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { openFiles } from '../../base/files-real.ts';
import { systemRandom } from '../../base/random.ts';
import type { EngineConnection } from './connection.ts';
import { type Engine, openEngine } from './engine.ts';
import { spreadParts } from './spread-parts.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SHAPE_OF_T = { columns: ['a', 's'], values: ['a', 's'], structure: ['a UInt64', 's String'] };

let dir: string;
let engine: Engine;
let connection: EngineConnection;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'daybook-engine-'));
  engine = await openEngine({
    dir: path.join(dir, 'engine'),
    clickhouseUrl: undefined,
    log: pino({ level: 'silent' }),
    random: systemRandom(),
    clock: systemClock(),
    files: openFiles(),
  });
  ({ connection } = await engine.up(AbortSignal.timeout(30_000)));
  await connection.command('CREATE TABLE default.t (a UInt64, s String) ENGINE = MergeTree ORDER BY a');
});

afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

const textOf = async (sql: string, options: Parameters<EngineConnection['read']>[1] = {}): Promise<string> =>
  Buffer.concat(await (await connection.read(sql, options)).toArray()).toString();
const lines = (...rows: readonly string[]) => Readable.from([Buffer.from(rows.map((row) => `${row}\n`).join(''))], { objectMode: false });

/** Of ext2, ext3 and ext4, as statfs(2) has it. */
const EXT_MAGIC = 0xef53;

describe('the directories of tables', () => {
  it('are marked as tops of hierarchies where the file system knows that', async () => {
    await (await engine.up(AbortSignal.timeout(10_000))).tablesMade();
    const [{ path: table } = { path: '' }] = await connection.rows<{ path: string }>(
      "SELECT data_paths[1] AS path FROM system.tables WHERE database = 'default' AND name = 't'",
    );
    const flags =
      (await statfs(table)).type === EXT_MAGIC ? execFileSync('lsattr', ['-d', table], { encoding: 'utf8' }).split(' ')[0] : 'T';
    expect(flags).toContain('T');
  });

  it('are left alone, with the reason, where that is not possible', async () => {
    await mkdir(path.join(dir, 'other/store/abc'), { recursive: true });
    await symlink('nowhere', path.join(dir, 'other/store/abc/abc1'));
    expect(await spreadParts(path.join(dir, 'other'), openFiles())).toBeInstanceOf(Error);
  });
});

describe('answers', () => {
  it('binds parameters in the engine, whatever stands in them', async () => {
    const texts = ["it's", 'a\\b', 'tab\there', 'line\nfeed', '{x:String}', '', "'); DROP TABLE t", '\u0001é😀'];
    for (const text of texts) {
      expect(
        await connection.rows('SELECT {u:String} AS u, {list:Array(String)} AS list', { parameters: { u: text, list: [text, 'b'] } }),
      ).toEqual([{ u: text, list: [text, 'b'] }]);
    }
  });

  // Formats that are one document, and formats with a head, must not come out once per block.
  it.each(['JSON', 'TSVWithNames', 'CSVWithNames', 'JSONCompact', 'XML', 'Native', 'Parquet', 'RowBinaryWithNamesAndTypes', 'Pretty'])(
    'streams %s as the engine writes it from memory',
    async (format) => {
      const sql = `SELECT number, toString(number) AS s FROM numbers(70000) FORMAT ${format} SETTINGS max_block_size = 8192, output_format_write_statistics = 0, max_threads = 1`;
      const streamed = Buffer.concat(await (await connection.read(sql)).toArray());
      const whole = Buffer.concat(await (await connection.read(sql, { lane: 'quick' })).toArray());
      expect(streamed.length).toBeGreaterThan(1000);
      expect(streamed.equals(whole)).toBe(true);
    },
  );

  it('sets settings for one statement only', async () => {
    const ask = (settings: Record<string, number>) =>
      connection.rows<{ n: number }>("SELECT toUInt64(getSetting('max_block_size')) AS n", { settings });
    const before = await ask({});
    expect(await ask({ max_block_size: 777 })).toEqual([{ n: 777 }]);
    for (let i = 0; i < 6; i++) expect(await ask({})).toEqual(before);
  });

  it('reads inserts from bytes and tells how they failed', async () => {
    await connection.insert('default.t', SHAPE_OF_T, lines('{"a":1,"s":"x"}', '{"a":2,"s":"\\u00e9","unknown":[1]}'));
    expect(await connection.rows('SELECT a, s FROM default.t ORDER BY a')).toEqual([
      { a: 1, s: 'x' },
      { a: 2, s: 'é' },
    ]);
    await expect(connection.insert('default.t', SHAPE_OF_T, lines('{"a":3,"s":"x"}', '{"a":"no"}'))).rejects.toMatchObject({
      code: '27',
    });
    expect(await connection.rows('SELECT count() AS n FROM default.t')).toEqual([{ n: 2 }]);
  });
});

describe('failures', () => {
  it('says what the engine says before the first byte', async () => {
    await expect(connection.read('SELECT nope FORMAT TSV')).rejects.toThrow(/^Code: 47\. DB::Exception: .*nope.*\(UNKNOWN_IDENTIFIER\)/s);
    await expect(
      connection.read(
        'SELECT sleepEachRow(1) FROM numbers(3) FORMAT TSV SETTINGS max_execution_time = 1, max_block_size = 1, function_sleep_max_microseconds_per_block = 10000000',
      ),
    ).rejects.toThrow('Code: 159');
  });

  it('fails the stream when the statement fails after its first byte, and leaves nothing of it in the next answer', async () => {
    const failing = 'SELECT number, throwIf(number = 2000000) FROM numbers(3000000) FORMAT TSVWithNames';
    for (let i = 0; i < 6; i++) {
      await expect(textOf(failing)).rejects.toThrow(/Code: 395\. DB::Exception/);
      expect(await textOf('SELECT 42 AS n FORMAT TSVWithNames')).toBe('n\n42\n');
    }
    for (let i = 0; i < 6; i++) {
      await expect(connection.rows('SELECT number, throwIf(number = 200000) FROM numbers(300000)')).rejects.toThrow('throwIf');
      expect(await connection.rows('SELECT 42 AS n')).toEqual([{ n: 42 }]);
    }
  });

  it('ends a statement whose reader went away', async () => {
    const gone = new AbortController();
    const reading = connection.read(
      'SELECT sum(sipHash64(number)) FROM numbers(1000000000000) FORMAT TSV SETTINGS max_execution_time = 100',
      { signal: gone.signal },
    );
    const running =
      "SELECT count() AS n FROM system.processes WHERE position(query, 'sipHash64') > 0 AND position(query, 'system.processes') = 0";
    await vi.waitUntil(async () => (await connection.rows<{ n: number }>(running))[0]?.n === 1, { timeout: 20_000 });
    gone.abort();
    await expect(reading).rejects.toThrow(/abort/);
    await vi.waitUntil(async () => (await connection.rows<{ n: number }>(running))[0]?.n === 0, { timeout: 20_000 });
  });

  it('holds the engine up for a slow reader instead of gathering the answer', async () => {
    // 100 GB, were it gathered. By blocks of a megabyte: of the usual 65,409 rows each thread would hold some 200 MB, and what statements before it held is not always free yet.
    const stream = await connection.read(
      "SELECT repeat('x', 1000) AS slow_reader FROM numbers(100000000) FORMAT TSV SETTINGS max_execution_time = 60, max_block_size = 1000",
    );
    const iterator = stream[Symbol.asyncIterator]();
    let bytes = 0;
    while (bytes < 1_000_000) {
      const { done, value } = await iterator.next();
      expect(done).not.toBe(true);
      if (Buffer.isBuffer(value)) bytes += value.length;
    }
    const running =
      "SELECT count() AS n FROM system.processes WHERE position(query, 'slow_reader') > 0 AND position(query, 'system.processes') = 0";
    await vi.waitUntil(async () => (await connection.rows<{ n: number }>(running))[0]?.n === 1, { timeout: 20_000 });
    stream.destroy();
    await vi.waitUntil(async () => (await connection.rows<{ n: number }>(running))[0]?.n === 0, { timeout: 20_000 });
  });
});

describe('the process', () => {
  it('has nothing of our environment', async () => {
    const environment = (await readFile(`/proc/${engine.pid()}/environ`, 'utf8').catch(() => '')).split('\0').filter((one) => one !== '');
    expect(
      environment
        .map((one) => one.split('=')[0])
        .filter((name) => name !== 'UV_THREADPOOL_SIZE' && name !== 'NODE_CHANNEL_FD' && name !== 'NODE_CHANNEL_SERIALIZATION_MODE'),
    ).toEqual([]);
  });

  it('is started anew when it dies, with its data', async () => {
    const before = engine.pid();
    const live = await engine.up(AbortSignal.timeout(10_000));
    if (before !== undefined) process.kill(before, 'SIGKILL');
    await vi.waitUntil(() => live.gone.aborted, { timeout: 20_000 });
    ({ connection } = await engine.up(AbortSignal.timeout(30_000)));
    expect(engine.pid()).not.toBe(before);
    expect(engine.state()).toMatchObject({ up: true, wasUp: true });
    expect(await connection.rows('SELECT count() AS n FROM default.t')).toEqual([{ n: 2 }]);
  });

  it('does not end by the signals of its process group', async () => {
    const pid = engine.pid();
    if (pid !== undefined) for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid, signal);
    expect(await connection.rows('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(engine.pid()).toBe(pid);
  });

  it('stops without a crash while its threads are at work', async () => {
    const said: string[] = [];
    const other = await openEngine({
      dir: path.join(dir, 'stopped'),
      clickhouseUrl: undefined,
      log: pino({}, { write: (line) => void said.push(line) }),
      random: systemRandom(),
      clock: systemClock(),
      files: openFiles(),
    });
    const { connection: own } = await other.up(AbortSignal.timeout(30_000));
    await own.command('CREATE TABLE default.t (a UInt64, s String) ENGINE = MergeTree ORDER BY a');
    for (let part = 0; part < 30; part++)
      await own.command('INSERT INTO default.t SELECT rand64() AS a, toString(a) AS s FROM numbers(20000)');
    await other.close();
    expect(said.filter((line) => line.includes('did not end as it should'))).toEqual([]);
  });
});
