import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { batchOf, eventOf, openTestQuery, type TestQuery } from '../test-query.ts';
import { EVENTS_TABLE } from './indexer.ts';

// Each test starts an engine, some of them several times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

let query: TestQuery | undefined;

afterEach(async () => {
  await query?.close();
  query = undefined;
});

const eachOnce = (log: string) =>
  `SELECT concat(toString(count()), ' ', toString(uniqExact(idx)), ' ', toString(max(idx))) FROM ${EVENTS_TABLE} WHERE log = '${log}'`;
const events = (from: number, count: number) => batchOf(Array.from({ length: count }, (_, i) => eventOf(from + i)));

/** Directories of the active parts of the table of events, by the order of their inserts. */
async function partsOf(engineDir: string): Promise<string[]> {
  const parts: { readonly dir: string; readonly first: number }[] = [];
  for (const file of await readdir(path.join(engineDir, 'store'), { recursive: true })) {
    if (path.basename(file) !== 'columns.txt' || file.includes('.proj')) continue;
    const dir = path.join(engineDir, 'store', path.dirname(file));
    const [, first = '0', , level = '0'] = /_(\d+)_(\d+)_(\d+)$/.exec(dir) ?? [];
    if (level === '0' && (await readFile(path.join(dir, 'columns.txt'), 'utf8')).includes('observed_at'))
      parts.push({ dir, first: Number(first) });
  }
  return parts.sort((a, b) => a.first - b.first).map(({ dir }) => dir);
}

describe('indexer', () => {
  it('makes rows of entries as they are', async () => {
    query = await openTestQuery();
    await query.ledger.append(
      'routine',
      batchOf([
        eventOf(1, {
          attributes: { a: [1, { b: 'x\u0001\n"\\' }], z: 1.5 },
          changes: { before: null },
          duration_ms: 1.25,
          ip_address: '192.168.1.10',
          ip_chain: ['10.0.0.1', 'unknown'],
          labels: { team: 'a' },
          mfa: false,
          row_count: 0,
          user_name: 'Zoë 😀',
        }),
        eventOf(2, { event_id: 'given', ip_address: '2001:db8::1' }),
        eventOf(3),
      ]),
    );
    await query.ledger.record('daybook.read', { event_type: 'sql.query', user_id: 'auditor' });
    await query.settled();
    const { connection } = await query.engine.up(AbortSignal.timeout(10_000));
    const rows = await connection.rows<Record<string, unknown>>(
      `SELECT idx, event_id, ip, attributes, changes, duration_ms, ip_chain, labels, mfa, row_count, user_name, toString(timestamp) AS time, kind, src, recorded_at > '2020-01-01' AS recorded
       FROM ${EVENTS_TABLE} WHERE log = 'routine' ORDER BY idx`,
    );
    expect(rows).toMatchObject([
      {
        idx: 0,
        event_id: 'routine:0',
        ip: '192.168.1.10',
        attributes: '{"a":[1,{"b":"x\\u0001\\n\\"\\\\"}],"z":1.5}',
        changes: '{"before":null}',
        duration_ms: 1.25,
        ip_chain: ['10.0.0.1', 'unknown'],
        labels: { team: 'a' },
        mfa: false,
        row_count: 0,
        user_name: 'Zoë 😀',
        time: '2026-01-01 00:00:01.000000',
        kind: 'event',
        src: 'shop',
        recorded: 1,
      },
      { idx: 1, event_id: 'given', ip: '2001:db8::1', mfa: null, row_count: null, attributes: '' },
      { idx: 2, event_id: 'routine:2', ip: '', duration_ms: null },
    ]);
    expect(await query.value(`SELECT concat(kind, ' ', user_id) FROM ${EVENTS_TABLE} WHERE event_type = 'sql.query'`)).toBe(
      'daybook.read auditor',
    );
  });

  it('answers the query of the design literally', async () => {
    query = await openTestQuery();
    await query.ledger.append(
      'routine',
      batchOf([eventOf(1), eventOf(2, { user_id: 'U12345', timestamp: '2023-10-21T15:32:00.000000Z' })]),
    );
    await query.settled();
    const { connection } = await query.engine.up(AbortSignal.timeout(10_000));
    const stream = await connection.read(
      "SELECT * FROM access_logs WHERE user_id = 'U12345' AND timestamp > '2023-10-01' FORMAT JSONEachRow SETTINGS asterisk_include_alias_columns = 1, readonly = 1",
    );
    const text = Buffer.concat(await stream.toArray()).toString();
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ user_id: 'U12345', event_id: 'routine:1', ip: '' }]);
  });

  it('follows over the borders of blocks and of chunks', async () => {
    query = await openTestQuery();
    for (let i = 0; i < 7; i++) await query.ledger.append('routine', events(i * 10_000, 10_000));
    await query.settled();
    expect(await query.value(eachOnce('routine'))).toBe('70000 70000 69999');
    expect(query.indexer.state().logs.find(({ log }) => log === 'routine')).toEqual({
      log: 'routine',
      indexed: 70_000,
      ledgerSize: 70_000,
    });
  });

  it('puts what ClickHouse refuses as a minimal row, and the neighbours whole', async () => {
    query = await openTestQuery();
    // No intake lets such values through: the index has to stand them all the same.
    await query.ledger.append(
      'routine',
      batchOf([eventOf(0), eventOf(1, { ip_address: 'no address' }), eventOf(2), eventOf(3, { outcome: 'maybe' }), eventOf(4)]),
    );
    await query.settled();
    expect(await query.value(eachOnce('routine'))).toBe('5 5 4');
    expect(
      await query.value(
        `SELECT groupArray(idx) FROM (SELECT idx FROM ${EVENTS_TABLE} WHERE event_type = 'daybook.unindexable' ORDER BY idx)`,
      ),
    ).toEqual([1, 3]);
    expect(
      await query.value(`SELECT JSONExtractString(attributes, 'ip_address') FROM ${EVENTS_TABLE} WHERE log = 'routine' AND idx = 1`),
    ).toBe('no address');
    expect(await query.value(`SELECT resource FROM ${EVENTS_TABLE} WHERE log = 'routine' AND idx = 2`)).toBe('/customers/2');
    expect(await query.metrics.getSingleMetricAsString('daybook_index_unindexable_entries_total')).toMatch(/ 2$/m);
  });

  it('goes on in order after the engine was killed in the middle of inserts', async () => {
    query = await openTestQuery();
    for (let round = 0; round < 6; round++) {
      const { engine, ledger } = query;
      const pid = engine.pid();
      const appends = Array.from({ length: 5 }, (_, i) => ledger.append('routine', events(round * 10_000 + i * 2000, 2000)));
      await Promise.all(appends);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await query.ledger.append('important', events(round, 1));
      await query.settled();
    }
    expect(await query.value(eachOnce('routine'))).toBe('60000 60000 59999');
    expect(await query.value(eachOnce('important'))).toBe(
      `${query.ledger.state('important').size} ${query.ledger.state('important').size} ${query.ledger.state('important').size - 1}`,
    );
  });
});

describe('repair', () => {
  it('inserts what is missing in the middle and removes doubles and what the ledger does not have', async () => {
    query = await openTestQuery();
    await query.ledger.append('routine', events(0, 5000));
    await query.settled();
    const { connection } = await query.engine.up(AbortSignal.timeout(10_000));
    await connection.command(
      `ALTER TABLE ${EVENTS_TABLE} DELETE WHERE log = 'routine' AND (idx BETWEEN 100 AND 199 OR idx = 4999) SETTINGS mutations_sync = 2`,
    );
    await connection.command(`INSERT INTO ${EVENTS_TABLE} SELECT * FROM ${EVENTS_TABLE} WHERE log = 'routine' AND idx IN (7, 8, 3000)`);
    await connection.command(`INSERT INTO ${EVENTS_TABLE} (log, idx, recorded_at) VALUES ('routine', 900000, now())`);
    expect(await query.value(eachOnce('routine'))).toBe('4903 4900 900000');
    await query.restart();
    await query.settled();
    expect(await query.value(eachOnce('routine'))).toBe('5000 5000 4999');
    expect(await query.value(`SELECT count() FROM ${EVENTS_TABLE} WHERE log = 'routine' AND resource = ''`)).toBe(0);
  });

  it('heals what a power cut leaves: a part in pieces, a part in the middle gone', async () => {
    query = await openTestQuery();
    for (let i = 0; i < 5; i++) {
      await query.ledger.append('routine', events(i * 1000, 1000));
      await query.settled();
    }
    await query.restart(async (engineDir) => {
      const parts = await partsOf(engineDir);
      expect(parts.length).toBeGreaterThan(2);
      const [torn = '', gone = ''] = parts.slice(1);
      await truncate(path.join(torn, 'data.bin'), Math.floor((await stat(path.join(torn, 'data.bin'))).size / 2));
      await rm(gone, { recursive: true });
    });
    await query.settled();
    expect(await query.value(eachOnce('routine'))).toBe('5000 5000 4999');
    expect(await query.value(`SELECT uniqExact(resource) FROM ${EVENTS_TABLE} WHERE log = 'routine'`)).toBe(5000);
  });

  it('begins anew when the data of the engine is gone, or does not open', async () => {
    query = await openTestQuery();
    await query.ledger.append('routine', events(0, 1000));
    await query.settled();
    await query.restart((engineDir) => rm(engineDir, { recursive: true }));
    await query.settled();
    expect(await query.value(eachOnce('routine'))).toBe('1000 1000 999');
    await query.restart(async (engineDir) => {
      await rm(path.join(engineDir, 'metadata'), { recursive: true });
      await writeFile(path.join(engineDir, 'metadata'), 'no directory');
    });
    await query.settled();
    expect(await query.value(eachOnce('routine'))).toBe('1000 1000 999');
  });

  it('rebuilds the table from the ledger', async () => {
    query = await openTestQuery();
    await query.ledger.append('routine', events(0, 3000));
    await query.settled();
    const { connection } = await query.engine.up(AbortSignal.timeout(10_000));
    await connection.command(`ALTER TABLE ${EVENTS_TABLE} UPDATE user_name = 'forged' WHERE idx = 5 SETTINGS mutations_sync = 2`);
    await query.indexer.dropAndRebuild();
    await query.settled();
    expect(await query.value(eachOnce('routine'))).toBe('3000 3000 2999');
    expect(await query.value(`SELECT user_name FROM ${EVENTS_TABLE} WHERE idx = 5 AND log = 'routine'`)).toBe('');
  });
});
