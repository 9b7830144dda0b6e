/* oxlint-disable typescript/no-unsafe-type-assertion -- what a test wrote or asked for is known to it */
import * as fc from 'fast-check';
import { parseJson } from '@daybook/protocol';
import { describe, expect, it } from 'vitest';
import { FOLD_BY, type FoldRule } from '../base/fold-settings.ts';
import { Admission } from './admission.ts';
import { Dedupe } from './dedupe.ts';
import { foldedItems } from './folded-mark.ts';
import { testReader } from './test-reader.ts';

const RULE: FoldRule = { name: 'health', when: { resource: ['/health*'] }, windowS: 60, by: FOLD_BY };
const at = (second: number) => new Date(Date.UTC(2026, 1, 1, 12, 0, second)).toISOString();
const check = (second: number, more: object = {}) => ({
  user_id: 'probe',
  event_type: 'GET',
  resource: '/healthz',
  outcome: 'success',
  ip_address: '10.0.0.1',
  timestamp: at(second),
  ...more,
});

interface Kept {
  readonly event: Record<string, unknown> & { attributes?: { daybook?: { folded?: { count: number; first: string; last: string } } } };
  readonly items: number[];
  readonly sseq: number | undefined;
}

/** What becomes of items: the entries, each with the items that it stands for. */
async function kept(
  items: readonly object[],
  { rules = [RULE], dedupe = newDedupe() }: { rules?: readonly FoldRule[]; dedupe?: Dedupe } = {},
) {
  const { read } = testReader({ fold: rules });
  const reading = await read(items.map((item) => JSON.stringify(item)).join('\n'));
  expect(reading.rejected).toEqual([]);
  const entries: Kept[] = [];
  const doubles: number[] = [];
  for (const [log, whole] of reading.batches.entries()) {
    const found: { item: number; log: number; first: unknown }[] = [];
    const open = dedupe.open(log, 0);
    const admission = new Admission({
      dedupe,
      metrics: { idConflicts: { inc: () => undefined } as never },
      producer: 'shop',
      open,
      doubles: found as never,
    });
    admission.take({ log, whole, from: 0, to: 0, offset: 0, bytes: 0 });
    dedupe.settle(open, 0);
    doubles.push(...found.map(({ item }) => item));
    const batch = whole.kept(0, whole.size);
    const of = Array.from(
      { length: batch.size },
      (_, i): Kept => ({
        event: parseJson(batch.event(i).toString()) as Kept['event'],
        items: [batch.items[i] ?? -1],
        sseq: batch.sseq[i],
      }),
    );
    for (const { item, offset } of admission.folded) of[offset]?.items.push(item);
    entries.push(...of);
  }
  return { entries, doubles };
}

function newDedupe(): Dedupe {
  return new Dedupe(new Uint8Array(16).fill(7));
}

/** Of each entry, the items that it stands for. */
async function groups(items: readonly object[], rules?: readonly FoldRule[]): Promise<number[][]> {
  return (await kept(items, rules === undefined ? {} : { rules })).entries.map((one) => one.items);
}

describe('repetitions within a request', () => {
  it('are counted in the first, which says how many and from when to when', async () => {
    const { entries } = await kept([check(2), check(1), check(30, { duration_ms: 7 }), check(3, { user_id: 'ann' })]);
    expect(entries.map(({ items }) => items)).toEqual([[0, 1, 2], [3]]);
    expect(entries[0]?.event).toMatchObject({
      timestamp: '2026-02-01T12:00:02.000000Z',
      attributes: {
        daybook: { folded: { count: 3, first: '2026-02-01T12:00:01.000000Z', last: '2026-02-01T12:00:30.000000Z', rule: 'health' } },
      },
    });
    expect(entries[1]?.event).not.toHaveProperty('attributes');
  });

  it('stand in one window, counted from the earliest to the latest of them', async () => {
    expect(await groups([check(10), check(0), check(60), check(61), check(121)])).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it('keep the attributes of the first, and what intake had to say', async () => {
    const { entries } = await kept([check(1, { probe: 'a' }), check(2, { probe: 'b' })]);
    expect(entries[0]?.event.attributes).toMatchObject({ probe: 'a', daybook: { folded: { count: 2 } } });
    const [untimed] = (
      await kept([
        { ...check(1), timestamp: undefined },
        { ...check(1), timestamp: undefined },
      ])
    ).entries;
    expect(untimed?.event.attributes).toMatchObject({ daybook: { folded: { count: 2 }, time: 'receive_time' } });
  });

  const apart: [string, object][] = [
    ['another person', { user_id: 'ann' }],
    ['another person behind it', { on_behalf_of: 'ann' }],
    ['another account in force', { effective_user_id: 'root' }],
    ['another verb', { action: 'list' }],
    ['another word for it', { event_type: 'HEAD' }],
    ['another resource', { resource: '/healthy' }],
    ['another account acted upon', { target_user_id: 'ann' }],
    ['another statement', { query_text: 'SELECT 1' }],
    ['another result', { outcome: 'unknown' }],
    ['another status', { status_code: '204' }],
    ['another reason', { reason: 'warm' }],
    ['another address', { ip_address: '10.0.0.2' }],
    ['another source', { source: 'till' }],
    ['another purpose', { purpose: 'drill' }],
    ['another producer instance', { src: 'shop/web-2' }],
    ['a change', { changes: { a: [1, 2] } }],
    ['a removed secret', { resource: '/healthz', user_name: 'Bearer abcdefghijklmnopqrstuvwxyz0123' }],
  ];
  it.each(apart)('are not: %s', async (_, more) => {
    expect(await groups([check(1), check(2, more)])).toEqual([[0], [1]]);
  });

  const never: [string, object][] = [
    ['a failure', { outcome: 'failure' }],
    ['a denial', { outcome: 'denied' }],
    ['a login', { action: 'login' }],
    ['a grant', { action: 'grant', category: 'api' }],
    ['configuration', { category: 'config' }],
    ['accounts', { category: 'iam' }],
    ['changes', { changes: { a: [1, 2] } }],
    ['what matches no rule', { resource: '/orders' }],
    ['what a canary did', { user_agent: 'daybook-canary (daybook-canary-0123456789abcdef)' }],
  ];
  it.each(never)('are never counted: %s', async (_, more) => {
    expect(await groups([check(1, more), check(2, more)])).toEqual([[0], [1]]);
  });

  it('of failures, and of other retention classes, are counted where a rule names them', async () => {
    const failed = [check(1, { outcome: 'failure' }), check(2, { outcome: 'failure' })];
    expect(await groups(failed, [{ ...RULE, when: { ...RULE.when, outcome: ['success', 'failure'] } }])).toEqual([[0, 1]]);
    const denied = [check(1, { outcome: 'denied' }), check(2, { outcome: 'denied' })];
    expect(await groups(denied, [{ ...RULE, when: { ...RULE.when, outcome: ['denied'] } }])).toEqual([[0], [1]]);
    const named = { ...RULE, when: { ...RULE.when, outcome: ['denied'], importance: ['important'] } };
    expect(await groups(denied, [named])).toEqual([[0, 1]]);
  });

  it('may be told apart by more, and the first rule decides', async () => {
    const items = [check(1, { session_id: 'a' }), check(2, { session_id: 'b' }), check(3, { session_id: 'a' })];
    expect(await groups(items)).toEqual([[0, 1, 2]]);
    expect(await groups(items, [{ ...RULE, by: [...FOLD_BY, 'session_id'] }, RULE])).toEqual([[0, 2], [1]]);
    const timed = [check(1, { duration_ms: 5 }), check(2, { duration_ms: 6 })];
    expect(await groups(timed, [{ ...RULE, by: [...FOLD_BY, 'duration_ms'] }])).toEqual([[0], [1]]);
  });

  it('go on in another entry when ids would take too much room', async () => {
    const items = Array.from({ length: 400 }, (_, i) => check(i % 60, { event_id: `${i}-${'x'.repeat(90)}` }));
    const { entries } = await kept(items);
    expect(entries.length).toBeGreaterThan(1);
    expect(entries.length).toBeLessThan(5);
    expect(entries.reduce((sum, { event }) => sum + (event.attributes?.daybook?.folded?.count ?? 1), 0)).toBe(400);
  });

  it('are doubles the next time, as what contradicts them is not', async () => {
    const dedupe = newDedupe();
    const items = [
      check(1, { event_id: 'a' }),
      check(2, { event_id: 'b' }),
      check(3, { src: 'shop', sseq: 9 }),
      check(4, { src: 'shop', sseq: 10 }),
    ];
    expect((await kept(items, { dedupe })).entries.map((one) => one.items)).toEqual([[0, 1, 2, 3]]);
    expect(await kept(items, { dedupe })).toEqual({ entries: [], doubles: [0, 1, 2, 3] });
    const { entries } = await kept([check(5), check(6, { event_id: 'b' })], { dedupe });
    expect(entries.map((one) => one.items)).toEqual([[0], [1]]);
    expect(entries[1]?.event.attributes).toEqual({ daybook: { duplicate_event_id: true } });
  });

  it('lose nothing: counts sum up to the items, and each item is in an entry that says who, what, the result and from where', async () => {
    const item = fc.record({
      user_id: fc.constantFrom('probe', 'kubelet'),
      event_type: fc.constantFrom('GET', 'watch', 'login', 'grant'),
      resource: fc.constantFrom('/healthz', '/health/live', '/orders'),
      outcome: fc.constantFrom('success', 'failure', 'denied'),
      ip_address: fc.constantFrom('10.0.0.1', '10.0.0.2'),
      second: fc.nat({ max: 200 }),
      number: fc.constantFrom('none', 'sseq', 'id'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 40 }), async (made) => {
        const items = made.map(({ second, number, ...rest }, i) => ({
          ...rest,
          timestamp: at(second),
          ...(number === 'sseq' ? { src: 'shop', sseq: i } : {}),
          ...(number === 'id' ? { event_id: `e${i}` } : {}),
        }));
        const { entries } = await kept(items);
        expect(entries.flatMap((one) => one.items).sort((a, b) => a - b)).toEqual(items.map((_, i) => i));
        for (const { event, items: members, sseq } of entries) {
          const folded = event.attributes?.daybook?.folded;
          expect(folded?.count ?? 1).toBe(members.length);
          const own = members.map((i) => items[i] ?? {}) as Record<string, unknown>[];
          for (const field of ['user_id', 'event_type', 'resource', 'outcome', 'ip_address'])
            expect(new Set(own.map((one) => one[field]))).toEqual(new Set([event[field]]));
          const times = own.map((one) => `${String(one['timestamp']).slice(0, 19)}.000000Z`).sort();
          expect([folded?.first ?? times[0], folded?.last ?? times[0]]).toEqual([times[0], times.at(-1)]);
          const { sseq: bounds = [], ids = [] } = foldedItems(event) ?? {};
          const numbers = Array.from({ length: bounds.length / 2 }, (_, i) => bounds.slice(2 * i, 2 * i + 2)).flatMap(
            ([first = 0, last = 0]) => Array.from({ length: last - first + 1 }, (__, n) => first + n),
          );
          expect(sorted([...numbers, sseq])).toEqual(sorted(own.map((one) => one['sseq'])));
          expect(sorted([...ids.map(([id]) => id), event['event_id']])).toEqual(sorted(own.map((one) => one['event_id'])));
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Of what is there. */
function sorted(values: readonly unknown[]): string[] {
  return values.flatMap((value) => (value === undefined ? [] : [JSON.stringify(value)])).sort((a, b) => (a < b ? -1 : 1));
}
