import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { Ledger } from '../../ledger/types.ts';
import type { OwnEntry, Query } from '../../query/index.ts';
import { SilenceWatch } from './silence.ts';

const START = 1_772_366_400_000_000;
const MINUTE = 60_000_000;

/** A watch over one source, with a clock, an index and a ledger that the test moves. */
function open({ own = [], last = {} }: { own?: Pick<OwnEntry, 'resourceId' | 'eventType'>[]; last?: Record<string, number> } = {}) {
  const told: string[] = [];
  const state = { now: START, lagMs: 0, last: new Map(Object.entries(last)), late: new Map<string, number>() };
  const ledger = {
    record: async (_kind: string, event: Record<string, unknown>) =>
      void told.push(`${String(event['event_type'])}: ${String(event['reason'])}`),
  };
  const query = {
    index: () => ({ lagMs: state.lagMs, logs: [] }),
    lastOf: async () => new Map([...state.last, ...state.late]),
    lastSince: async (since: number) => new Map([...state.last].filter(([, at]) => at >= since)),
    newestOwn: async () => own,
  };
  const source = { name: 'doors', owner: 'facilities', note: '', expect: [], silenceS: 3600 };
  const base = {
    clock: { nowMicros: () => state.now, monotonicMs: () => 0 },
    log: pino({ level: 'silent' }),
    metrics: new Registry(),
    config: { sources: [source] },
  };
  const watch = new SilenceWatch(
    base as unknown as ConstructorParameters<typeof SilenceWatch>[0],
    ledger as unknown as Ledger,
    query as unknown as Query,
  );
  return { state, told, now: () => [...watch.now(new Map()).keys()], look: () => watch.look(new AbortController().signal) };
}

it('is told once, and once more when it is over', async () => {
  const { state, told, look, now } = open({ last: { doors: START - 30 * MINUTE } });
  await look();
  expect([told, now()]).toEqual([[], []]);
  state.now += 31 * MINUTE;
  await look();
  await look();
  expect(told).toEqual(['daybook.source_silent: doors was heard last 61 minutes ago; normal is at most 1 hour.']);
  expect(now()).toEqual(['doors']);
  state.last.set('doors', state.now);
  await look();
  await look();
  expect(told.slice(1)).toEqual(['daybook.source_back: doors is heard again.']);
});

it('goes on from what the ledger says', async () => {
  const silent = [{ resourceId: 'doors', eventType: 'daybook.source_silent' }];
  const still = open({ own: silent, last: { doors: START - 90 * MINUTE } });
  await still.look();
  expect(still.told).toEqual([]);
  const back = open({ own: silent, last: { doors: START - MINUTE } });
  await back.look();
  expect(back.told).toEqual(['daybook.source_back: doors is heard again.']);
});

it('asks again before it calls a source silent whose events came late', async () => {
  const { state, told, look } = open({ last: { doors: START - 30 * MINUTE } });
  await look();
  state.now += 80 * MINUTE;
  state.late.set('doors', START + 25 * MINUTE);
  await look();
  expect(told).toEqual([]);
});

it('says nothing as long as the index is behind; one that was never heard is late from the start of the server on', async () => {
  const { state, told, look, now } = open();
  state.now += 61 * MINUTE;
  state.lagMs = 60_000;
  await look();
  expect(told).toEqual([]);
  state.lagMs = 0;
  await look();
  expect(told).toEqual(['daybook.source_silent: doors was never heard; normal is at most 1 hour.']);
  expect(now()).toEqual(['doors']);
});
