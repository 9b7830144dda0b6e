import { DaybookError } from '@daybook/protocol';
import type { LogId } from './types.ts';

/** Why a log is not opened, with what to do about it. The head is ahead of the files. */
export function behind(log: LogId, size: number, what: string): DaybookError {
  return new DaybookError(
    'ledger_unavailable',
    `log ${log}: a head of size ${size} was signed, but ${what}. If this data comes from a backup, run \`daybook restore --new-origin\`: it goes on ` +
      'as a new log whose first entry names the old head. If not, run `daybook verify` and put the missing files back',
  );
}

/** The files are those of another history. */
export function fork(log: LogId, size: number): DaybookError {
  return new DaybookError(
    'ledger_unavailable',
    `log ${log}: the files do not hash to the head that was signed at size ${size}: entries or tiles were changed, or another log was restored here. ` +
      'Run `daybook verify` to see which; put the right files back, or run `daybook restore --new-origin` to go on as a new log',
  );
}

/** Bytes are damaged or gone. */
export function corrupt(log: LogId, what: string): DaybookError {
  return new DaybookError(
    'ledger_unavailable',
    `log ${log}: ${what}. Run \`daybook verify\`, and put the damaged files back from a backup`,
  );
}
