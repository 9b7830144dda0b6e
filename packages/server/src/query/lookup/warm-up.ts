import { parseJson } from '@daybook/protocol';
import type { Logger } from 'pino';
import { isRecord } from '../../base/json.ts';
import type { Ledger, LogId } from '../../ledger/types.ts';
import { PROJECTED } from '../schema/literals.ts';
import { rowsOf } from './entries.ts';
import { parseLookup } from './filter.ts';
import type { Search } from './route.ts';

/** Among fewer entries the first look-up takes no longer than a person notices. */
const ENTRIES_MIN = 1_000_000;
/** Look-ups by each of the three fields: a second of one core, after which the rest is as fast as it gets. */
const ROUNDS = 10;

export interface WarmUpOptions {
  readonly ledger: Ledger;
  readonly log: Logger;
  /** Resolves when what is durable now can be found. */
  readonly indexed: (sizes: Readonly<Record<LogId, number>>, signal: AbortSignal) => Promise<void>;
  readonly search: Search;
  /** Entries of the largest log from which on it is worth while. */
  readonly entriesMin?: number;
}

/**
 * The first look-ups after a start take half as long again as later ones: files of the ledger are not open, marks of the index not in memory, code not compiled. So some are
 * asked that nobody waits for, by what the newest entries hold. Nobody reads what they find, so no reading is recorded.
 */
export async function warmUp(
  { ledger, log, indexed, search, entriesMin = ENTRIES_MIN }: WarmUpOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    const sizes = Object.fromEntries(ledger.logs.map((name) => [name, ledger.state(name).size]));
    const [largest, size] = Object.entries(sizes).toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0];
    if (size < entriesMin) return;
    await indexed(sizes, signal);
    const hits = Array.from({ length: ROUNDS }, (_, i) => ({ micros: 0, log: largest, idx: Math.floor(((i + 1) * size) / ROUNDS) - 1 }));
    for (const row of await rowsOf(ledger, hits, signal)) {
      const event: unknown = parseJson(row);
      for (const field of PROJECTED) {
        const value = isRecord(event) ? event[field] : undefined;
        if (typeof value === 'string' && value !== '') await search('warm-up', parseLookup({ [field]: value }), signal);
      }
    }
  } catch (error) {
    // The next look-up meets the same trouble, and tells it to somebody.
    log.debug({ err: error }, 'look-ups were not warmed up');
  }
}
