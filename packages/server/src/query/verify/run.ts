import type { LogId } from '../../ledger/types.ts';
import type { IndexFinding } from '../types.ts';

export type RunCode = 'index_row_differs' | 'index_row_missing' | 'index_row_double' | 'index_row_extra';

/** Neighbouring entries of which the same is wrong. */
export interface Run {
  readonly code: RunCode;
  readonly log: LogId;
  readonly firstIdx: number;
  readonly lastIdx: number;
  /** What is wrong in words that go into the message; runs of different detail stay apart. */
  readonly detail: string;
}

const MEANING: Readonly<Record<RunCode, string>> = {
  index_row_differs: 'the index holds other values than the ledger',
  index_row_missing: 'the index lacks what the ledger has: queries do not find it',
  index_row_double: 'the index holds rows more than once: queries count too much',
  index_row_extra: 'the index holds rows that the ledger does not have: nothing vouches for them',
};

/** Joins runs that follow each other, so that a lost month is one finding. */
export async function* joinedRuns(runs: AsyncIterable<Run>): AsyncGenerator<Run> {
  let last: Run | undefined;
  for await (const run of runs) {
    if (
      last !== undefined &&
      last.code === run.code &&
      last.log === run.log &&
      last.detail === run.detail &&
      run.firstIdx === last.lastIdx + 1
    ) {
      last = { ...last, lastIdx: run.lastIdx };
      continue;
    }
    if (last !== undefined) yield last;
    last = run;
  }
  if (last !== undefined) yield last;
}

export function findingOf({ code, log, firstIdx, lastIdx, detail }: Run): IndexFinding {
  const where = firstIdx === lastIdx ? `${log}:${firstIdx}` : `${log}:${firstIdx} to ${lastIdx}`;
  return { code, log, firstIdx, lastIdx, message: `${where}: ${MEANING[code]}${detail === '' ? '' : ` (${detail})`}` };
}
