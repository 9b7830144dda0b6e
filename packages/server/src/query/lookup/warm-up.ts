import { parseJson } from '@daybook/protocol';
import type { Logger } from 'pino';
import { deadline } from '../../base/deadline.ts';
import { isRecord } from '../../base/json.ts';
import type { Ledger, LogId } from '../../ledger/types.ts';
import { PROJECTED } from '../schema/literals.ts';
import { rowsOf } from './entries.ts';
import { parseLookup } from './filter.ts';
import type { Search } from './route.ts';

/** Among fewer entries the first look-up takes no longer than a person notices. */
const ENTRIES_MIN = 1_000_000;
/** Look-ups by each of the three fields: after so many the next is as fast as it gets. */
const ROUNDS = 16;
/** Who waits for the server to be ready waits no longer for this, once the engine is up: an index that is behind may take minutes. */
const WARM_UP_MS_MAX = 4000;

export interface WarmUpOptions {
  readonly ledger: Ledger;
  readonly log: Logger;
  /** Resolves when the engine is up. */
  readonly up: (signal: AbortSignal) => Promise<unknown>;
  /** Resolves when what is durable now can be found. */
  readonly indexed: (sizes: Readonly<Record<LogId, number>>, signal: AbortSignal) => Promise<void>;
  readonly search: Search;
  /** Entries of the largest log from which on it is worth while. */
  readonly entriesMin?: number;
}

/**
 * The first look-ups after a start take half as long again as later ones: files of the ledger are not open, marks of the index not in memory, code not compiled. So some are
 * asked before the server says that it is ready, by what entries from all over the ledger hold. Nobody reads what they find, so no reading is recorded.
 */
export async function warmUp(options: WarmUpOptions, signal: AbortSignal): Promise<void> {
  const { ledger, log, entriesMin = ENTRIES_MIN } = options;
  const largest = Math.max(...ledger.logs.map((name) => ledger.state(name).size));
  if (largest < entriesMin) return;
  try {
    await options.up(signal);
    const time = deadline(WARM_UP_MS_MAX, signal);
    await askAll(options, time.signal).finally(() => time.clear());
  } catch (error) {
    // The next look-up meets the same trouble, and tells it to somebody.
    log.debug({ err: error }, 'look-ups were not warmed up');
  }
}

async function askAll({ ledger, indexed, search }: WarmUpOptions, signal: AbortSignal): Promise<void> {
  const sizes = Object.fromEntries(ledger.logs.map((name) => [name, ledger.state(name).size]));
  await indexed(sizes, signal);
  const [log, size] = Object.entries(sizes).toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0];
  const hits = Array.from({ length: ROUNDS }, (_, i) => ({ micros: 0, log, idx: Math.floor(((i + 1) * size) / ROUNDS) - 1 }));
  for (const row of await rowsOf(ledger, hits, signal)) {
    const event: unknown = parseJson(row);
    for (const field of PROJECTED) {
      const value = isRecord(event) ? event[field] : undefined;
      if (typeof value === 'string' && value !== '') await search('warm-up', parseLookup({ [field]: value }), signal);
    }
  }
}
