import { ACTIONS, ACTOR_TYPES, canonicalise, CATEGORIES, CHANNELS, type Field, FIELDS, microsToText, OUTCOMES } from '@daybook/protocol';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { COLUMNS, type Column } from '../schema/columns.ts';
import { batchOf, eventOf, openTestQuery, type TestQuery } from '../test-query.ts';
import { packed } from '../../ledger/test-ledger.ts';
import type { IndexFinding } from '../types.ts';
import { verifyIndex } from './index.ts';

// Each test starts an engine; mutations take a while.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

let query: TestQuery | undefined;

afterEach(async () => {
  await query?.close();
  query = undefined;
});

async function findings(
  { engine, indexer, ledger }: TestQuery,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<IndexFinding[]> {
  const found: IndexFinding[] = [];
  const indexed = (...wait: Parameters<typeof indexer.indexed>) => indexer.indexed(...wait);
  for await (const finding of verifyIndex({ engine, ledger, indexed, progress })) found.push(finding);
  return found;
}

async function opened(count = 10): Promise<TestQuery> {
  query = await openTestQuery();
  await query.ledger.append('routine', batchOf(Array.from({ length: count }, (_, i) => eventOf(i, { event_id: `e${i}` }))));
  await query.ledger.record('daybook.read', { event_type: 'sql.query', user_id: 'auditor' });
  await query.settled();
  return query;
}

async function tamper({ engine }: TestQuery, sql: string): Promise<void> {
  await engine.connection().command(sql);
}

const rowsAs = (changes: string) =>
  `INSERT INTO ${EVENTS_TABLE} SELECT * REPLACE (${changes}) FROM (SELECT * FROM ${EVENTS_TABLE} WHERE log = 'routine' AND idx = 3)`;

/** Another value than any that the tests' events have, as ClickHouse writes it. */
function forged({ kind, words = [] }: Column): string {
  switch (kind) {
    case 'string':
    case 'json':
    case 'event-id':
      return "'forged'";
    case 'enum':
      return `'${words.at(-1)}'`;
    case 'time':
      return "toDateTime64('2020-01-01 00:00:00.000001', 6, 'UTC')";
    case 'uint8':
    case 'uint64':
    case 'nullable-uint64':
      return '77';
    case 'nullable-float64':
      return '0.5';
    case 'nullable-bool':
      return 'true';
    case 'ip':
      return "toIPv6('10.6.6.6')";
    case 'strings':
      return "['']";
    case 'map':
      return "map('', '')";
    default:
      return kind satisfies never;
  }
}

describe('verifyIndex', () => {
  it('finds nothing wrong with what the indexer wrote, over borders of blocks, and reports its progress', async () => {
    query = await openTestQuery();
    for (let i = 0; i < 7; i++)
      await query.ledger.append('routine', batchOf(Array.from({ length: 10_000 }, (_, n) => eventOf(i * 10_000 + n))));
    await query.ledger.record('daybook.start', {});
    const { ledger } = query;
    const steps: (readonly [number, number])[] = [];
    expect(await findings(query, (...step) => steps.push(step))).toEqual([]);
    const total = ledger.state('routine').size + ledger.state('important').size;
    expect(steps[0]).toEqual([0, total]);
    expect(steps.at(-1)).toEqual([total, total]);
    // The last block is not the first: an edit there has its idx.
    await tamper(
      query,
      `ALTER TABLE ${EVENTS_TABLE} UPDATE user_name = 'x' WHERE log = 'routine' AND idx >= 65530 AND idx < 65540 SETTINGS mutations_sync = 2`,
    );
    const message = 'routine:65530 to 65539: the index holds other values than the ledger (column user_name)';
    expect(await findings(query)).toMatchObject([
      { code: 'index_row_differs', log: 'routine', firstIdx: 65_530, lastIdx: 65_539, message },
    ]);
  });

  it('names the column of every edit', async () => {
    const query = await opened(COLUMNS.length);
    // Columns of the table's order cannot be updated: there a row takes the place of another.
    const ordering = new Set(['timestamp', 'log', 'idx', 'recorded_at']);
    const edited = COLUMNS.map((column, idx) => ({ column, idx })).filter(({ column }) => !ordering.has(column.name));
    const updates = edited.map(
      ({ column: { name }, column, idx }) => `UPDATE ${name} = if(idx = ${idx}, ${forged(column)}, ${name}) WHERE log = 'routine'`,
    );
    await tamper(query, `ALTER TABLE ${EVENTS_TABLE} ${updates.join(', ')} SETTINGS mutations_sync = 2`);
    const found = await findings(query);
    expect(found.map(({ code, firstIdx }) => [code, firstIdx])).toEqual(edited.map(({ idx }) => ['index_row_differs', idx]));
    const messages = edited.map(
      ({ column, idx }) => `routine:${idx}: the index holds other values than the ledger (column ${column.name})`,
    );
    expect(found.map(({ message }) => message)).toEqual(messages);
  });

  it.each(['timestamp', 'recorded_at'])('names an edit of %s', async (name) => {
    const query = await opened();
    await tamper(query, rowsAs(`addMicroseconds(${name}, 1) AS ${name}, 'changed' AS src`));
    await tamper(
      query,
      `ALTER TABLE ${EVENTS_TABLE} DELETE WHERE log = 'routine' AND idx = 3 AND src != 'changed' SETTINGS mutations_sync = 2`,
    );
    await tamper(query, `ALTER TABLE ${EVENTS_TABLE} UPDATE src = 'shop' WHERE idx = 3 AND log = 'routine' SETTINGS mutations_sync = 2`);
    expect(await findings(query)).toEqual([
      {
        code: 'index_row_differs',
        log: 'routine',
        firstIdx: 3,
        lastIdx: 3,
        message: `routine:3: the index holds other values than the ledger (column ${name})`,
      },
    ]);
  });

  it('finds rows that are missing, doubled, of another log and beyond the end', async () => {
    const query = await opened();
    await tamper(query, rowsAs("'elsewhere' AS log"));
    await tamper(query, rowsAs('10 AS idx'));
    await tamper(query, rowsAs('11 AS idx'));
    await tamper(query, rowsAs("'important' AS log, 0 AS idx"));
    await tamper(query, rowsAs('3 AS idx'));
    await tamper(query, `ALTER TABLE ${EVENTS_TABLE} DELETE WHERE log = 'routine' AND idx IN (5, 6, 8) SETTINGS mutations_sync = 2`);
    const found = await findings(query);
    expect(found.map(({ code, log, firstIdx, lastIdx }) => `${code} ${log} ${firstIdx} ${lastIdx}`).sort()).toEqual([
      'index_row_double important 0 0',
      'index_row_double routine 3 3',
      'index_row_extra elsewhere 3 3',
      'index_row_extra routine 10 11',
      'index_row_missing routine 5 6',
      'index_row_missing routine 8 8',
    ]);
  });

  it('sums up what is too much to name', async () => {
    const query = await opened(400);
    await tamper(
      query,
      `ALTER TABLE ${EVENTS_TABLE} UPDATE resource = concat(resource, '!') WHERE log = 'routine' AND idx % 2 = 0 SETTINGS mutations_sync = 2`,
    );
    const found = await findings(query);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({
      code: 'index_row_differs',
      firstIdx: 200,
      lastIdx: 398,
      message: expect.stringContaining('100 entries within this range') as string,
    });
  });

  it('sees a line feed at the end of a row, and two rows that have changed places', async () => {
    const query = await opened();
    await tamper(
      query,
      `ALTER TABLE ${EVENTS_TABLE} UPDATE user_name = '\\n' WHERE log = 'routine' AND idx = 9 SETTINGS mutations_sync = 2`,
    );
    await tamper(
      query,
      `INSERT INTO ${EVENTS_TABLE} SELECT * REPLACE (bitXor(idx, 1) AS idx, 'swapped' AS src) FROM (SELECT * FROM ${EVENTS_TABLE} WHERE log = 'routine' AND idx IN (2, 3))`,
    );
    await tamper(
      query,
      `ALTER TABLE ${EVENTS_TABLE} DELETE WHERE log = 'routine' AND idx IN (2, 3) AND src = 'shop' SETTINGS mutations_sync = 2`,
    );
    await tamper(query, `ALTER TABLE ${EVENTS_TABLE} UPDATE src = 'shop' WHERE src = 'swapped' SETTINGS mutations_sync = 2`);
    expect(await findings(query)).toMatchObject([
      { code: 'index_row_differs', firstIdx: 2, lastIdx: 3, message: expect.stringContaining('columns event_id, ') as string },
      { code: 'index_row_differs', firstIdx: 9, lastIdx: 9, message: expect.stringContaining('column user_name') as string },
    ]);
  });

  it('says that an empty table lacks everything', async () => {
    const query = await opened();
    await tamper(query, `TRUNCATE TABLE ${EVENTS_TABLE}`);
    expect(await findings(query)).toMatchObject([
      { code: 'index_row_missing', log: 'routine', firstIdx: 0, lastIdx: 9 },
      { code: 'index_row_missing', log: 'important', firstIdx: 0 },
    ]);
  });

  it('expects a minimal row where a value fits no column, and takes none where it fits', async () => {
    query = await openTestQuery();
    const unfit = [
      { ip_address: '300.1.1.1' },
      { outcome: 'maybe' },
      { mfa: 'perhaps' },
      { timestamp: 'yesterday' },
      { roles: 'all' },
      { row_count: 'many' },
    ];
    await query.ledger.append(
      'routine',
      batchOf([eventOf(0), ...unfit.map((changes, i) => eventOf(i + 1, { ...changes, attributes: { a: 'ü"\u0001' } }))]),
    );
    await query.settled();
    expect(await query.value(`SELECT count() FROM ${EVENTS_TABLE} WHERE event_type = 'daybook.unindexable'`)).toBe(unfit.length);
    expect(await findings(query)).toEqual([]);
    await tamper(
      query,
      `ALTER TABLE ${EVENTS_TABLE} UPDATE event_type = 'daybook.unindexable' WHERE log = 'routine' AND idx = 0 SETTINGS mutations_sync = 2`,
    );
    expect(await findings(query)).toMatchObject([{ code: 'index_row_differs', firstIdx: 0, lastIdx: 0 }]);
  });

  it('recomputes exactly what ClickHouse stores, for any content of any field', async () => {
    const query = await opened(1);
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent(), { minLength: 100, maxLength: 300 }), async (events) => {
        const sources = events.map((event, i) => ({
          src: i % 3 === 0 ? 'shop' : `shop/${String(event['host'])}`,
          sseq: i % 2 === 0 ? undefined : i * 2 ** 40,
        }));
        await query.ledger.append('routine', {
          ...batchOf(events),
          ...packed(events.map((event) => canonicalise(event))),
          src: sources.map(({ src }) => src),
          sseq: sources.map(({ sseq }) => sseq),
          raw: events.map((_, i) => (i % 4 === 0 ? ',"rt":"raw\n' : undefined)),
        });
        await query.settled();
        expect(await findings(query)).toEqual([]);
        expect(await query.value(`SELECT count() FROM ${EVENTS_TABLE} WHERE event_type = 'daybook.unindexable'`)).toBe(0);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });
});

const WORDS: Readonly<Record<string, readonly string[]>> = {
  action: ACTIONS,
  actor_type: ACTOR_TYPES,
  category: CATEGORIES,
  channel: CHANNELS,
  outcome: OUTCOMES,
};
/** 1900 to 2254, in microseconds. */
const MICROS = { min: Date.UTC(1900, 0, 1) * 1000, max: Date.UTC(2254, 11, 31, 23, 59, 59) * 1000 } as const;

function anyEvent(): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(FIELDS.map((field) => [field.name, anyValue(field)])), { requiredKeys: [] });
}

function anyText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('\u0000', '"\\/\b\f\n\r\t', 'NULL', '\\N', '{"a":1}', '2026-01-01', '😀\u2028\ufeff', 'ends\n', 'x'.repeat(200)),
  );
}

function anyValue({ name, type }: Field): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return anyText();
    case 'enum':
      return fc.constantFrom(...(WORDS[name] ?? []));
    case 'time':
      return fc.oneof(fc.integer(MICROS), fc.constantFrom(0, -1, 1, -500_000, -1_000_000, MICROS.min, MICROS.max)).map(microsToText);
    case 'bool':
      return fc.boolean();
    case 'uint':
      return name === 'severity' ? fc.integer({ min: 0, max: 6 }) : fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32, 2 ** 53 - 1));
    case 'float':
      return fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(0.1, 1e21, 5e-324, 1.7976931348623157e308, 1e-7, 123456789.123456),
      );
    case 'ip':
      return fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('::', '::1', '2001:db8::1', '::ffff:0:1'));
    case 'strings':
      return fc.array(anyText(), { maxLength: 5 });
    case 'map':
      return fc.dictionary(fc.oneof(anyText(), fc.constantFrom('10', '9', '__proto__', '')), anyText(), { maxKeys: 5 });
    case 'json':
      return fc.oneof(
        fc.dictionary(anyText(), fc.jsonValue({ stringUnit: 'grapheme' }), { maxKeys: 5 }),
        fc.array(fc.jsonValue(), { maxLength: 4 }),
      );
    default:
      return type satisfies never;
  }
}
