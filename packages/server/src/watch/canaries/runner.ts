import { hash } from 'node:crypto';
import { microsToText, textToMicros } from '@daybook/protocol';
import { Counter, Gauge } from 'prom-client';
import { paused } from '../../base/base.ts';
import { deadline } from '../../base/deadline.ts';
import { runErrand } from '../../base/errands.ts';
import { type Canary, CANARY_WORD } from '../../base/source-settings.ts';
import type { Base } from '../../base/types.ts';
import type { Ledger } from '../../ledger/types.ts';
import type { Marked, Query } from '../../query/index.ts';
import type { CanaryResult, CanaryRun } from '../types.ts';

/** How often its event is looked for: at first as exactly as its delay is to be told, then as a person would. */
const LOOK_MS = 50;
const LOOK_MS_MAX = 1000;
const LOOK_SLOWER = 1.1;
/** 16 letters of hex: nobody meets one by chance, and a user name may have 32 characters. */
const MARKER_BYTES = 16;
const MARKER_CHARS = 16;
const HIGH = 4;

export interface CanaryMetrics {
  readonly runs: Counter<'canary' | 'result'>;
  readonly visibleS: Gauge<'canary'>;
}

export function canaryMetrics(metrics: Base['metrics']): CanaryMetrics {
  return {
    runs: new Counter({
      name: 'daybook_canary_runs',
      help: 'Runs of canaries, by what came of them.',
      labelNames: ['canary', 'result'],
      registers: [metrics],
    }),
    visibleS: new Gauge({
      name: 'daybook_canary_visible_seconds',
      help: 'From the beginning of the newest action of a canary until its event could be found.',
      labelNames: ['canary'],
      registers: [metrics],
    }),
  };
}

interface RunnerParts {
  readonly base: Pick<Base, 'clock' | 'random'>;
  readonly ledger: Ledger;
  readonly query: Query;
  readonly metrics: CanaryMetrics;
}

/** One run: acts, then looks for the event of what it did until the limit; what came of it is an entry of the ledger. */
export async function runCanary({ base, ledger, query, metrics }: RunnerParts, canary: Canary, signal: AbortSignal): Promise<CanaryRun> {
  const marker = `${CANARY_WORD}-${hash('sha256', base.random.text(MARKER_BYTES), 'hex').slice(0, MARKER_CHARS)}`;
  const from = Object.fromEntries(ledger.logs.map((log) => [log, ledger.state(log).size]));
  const at = base.clock.nowMicros();
  const beganMs = base.clock.monotonicMs();
  const limit = deadline(canary.withinS * 1000, signal);
  let found: Found;
  let words = '';
  try {
    // The event may be visible before the action has ended: both at once.
    const acting = runErrand(canary, marker, signal).then((said) => (words = said));
    found = await find(query, canary, { marker, from, signal: limit.signal });
    if (found.result !== 'seen') await acting;
  } finally {
    limit.clear();
  }
  const visible = found.result === 'seen' ? Math.round((base.clock.monotonicMs() - beganMs) * 10) / 10 : null;
  const run: CanaryRun = { at: microsToText(at), result: found.result, visible_ms: visible, reason: reasonOf(canary, found, words) };
  metrics.runs.inc({ canary: canary.name, result: run.result });
  if (visible !== null) metrics.visibleS.set({ canary: canary.name }, visible / 1000);
  // A stop in the middle says nothing of the source.
  if (!signal.aborted) await ledger.record('daybook.canary', entryOf(canary, run, { marker, found, at }));
  return run;
}

interface Found {
  readonly result: CanaryResult;
  readonly event: Marked | undefined;
}

async function find(
  query: Query,
  canary: Canary,
  asked: { readonly marker: string; readonly from: Readonly<Record<string, number>>; readonly signal: AbortSignal },
): Promise<Found> {
  let nearest: Found = { result: 'not_seen', event: undefined };
  let ms = LOOK_MS;
  do {
    // An engine that does not answer for a moment is a delay like any other.
    const events = await query.marked(asked).catch((): Marked[] => []);
    const ofSource = events.filter(({ source }) => source === canary.source);
    const event = ofSource.find(({ kind }) => kind === canary.proves);
    if (event !== undefined) return { result: 'seen', event };
    if (ofSource[0] !== undefined) nearest = { result: 'wrong_kind', event: ofSource[0] };
    else if (events[0] !== undefined) nearest = { result: 'wrong_source', event: events[0] };
    ms = Math.min(LOOK_MS_MAX, ms * LOOK_SLOWER);
  } while (await paused(ms, asked.signal));
  return nearest;
}

function reasonOf({ source, proves, withinS }: Canary, { result, event }: Found, words: string): string {
  switch (result) {
    case 'seen':
      return '';
    case 'not_seen':
      return `its event did not come within ${withinS} seconds${words === '' ? '' : `; the action itself: ${words}`}.`;
    case 'wrong_source':
      return `its event came as source ${event?.source ?? ''} instead of ${source}.`;
    case 'wrong_kind':
      return `its event came as ${event?.kind ?? ''} instead of ${proves}.`;
    default:
      return result satisfies never;
  }
}

function entryOf(
  canary: Canary,
  run: CanaryRun,
  { marker, found, at }: { readonly marker: string; readonly found: Found; readonly at: number },
) {
  const { event } = found;
  const place =
    event === undefined
      ? {}
      : { idx: event.idx, log: event.log, recorded_ms: Math.round((textToMicros(event.recordedAt) - at) / 100) / 10 };
  return {
    attributes: { kind: canary.kind, marker, proves: canary.proves, result: run.result, source: canary.source, ...place },
    ...(run.visible_ms === null ? {} : { duration_ms: run.visible_ms }),
    outcome: run.result === 'seen' ? 'success' : 'failure',
    ...(run.reason === '' ? {} : { reason: run.reason }),
    resource: `canary/${canary.name}`,
    resource_id: canary.name,
    resource_type: 'canary',
    severity: run.result === 'seen' ? 1 : HIGH,
    status_code: run.result,
    timestamp: run.at,
  };
}
