import { DaybookError } from '@daybook/protocol';
import type { Ledger, LogId, LogState } from '../ledger/index.ts';

export const LOG_PARAMETER = { type: 'string', description: 'The log: `routine`, `important` …' } as const;
export const IDX_PARAMETER = {
  type: 'string',
  pattern: '^(0|[1-9][0-9]{0,15})$',
  description: 'Index of the entry in its log, from 0.',
} as const;

/** The log that a path names. */
export function logOf(ledger: Ledger, log: string): LogState {
  if (!ledger.logs.includes(log)) throw new DaybookError('not_found', 'There is no such log; see /logs.', { field: 'log' });
  return ledger.state(log);
}

/** The index of an entry that exists. */
export function idxOf(ledger: Ledger, log: LogId, text: string): number {
  const { firstIdx, size } = logOf(ledger, log);
  const idx = Number(text);
  if (idx >= size)
    throw new DaybookError('not_found', `The log ${log} has ${size} entries, the last index is ${size - 1}.`, { field: 'idx' });
  if (idx < firstIdx) throw new DaybookError('not_found', `Entries of ${log} below ${firstIdx} were pruned.`, { field: 'idx' });
  return idx;
}
