import Database from 'libsql';
import { DaybookError } from '@daybook/protocol';

/**
 * One writer per ledger. SQLite's exclusive lock is an advisory lock of the operating system: it goes when the process dies, however it dies,
 * and no process id has to be guessed about. The file's content means nothing. No one else in this process may open it: closing any
 * descriptor of it would release the lock (POSIX).
 */
export function lockLedger(file: string): { release(): void } {
  const database = new Database(file, { timeout: 0 });
  try {
    // No journal file beside it: nothing is ever written, and a file that nobody expects is a finding of `daybook verify`.
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new DaybookError(
      'ledger_unavailable',
      `another Daybook is writing this ledger (it holds ${file}): stop that one first, or give this one a data directory of its own`,
      { cause: error },
    );
  }
  return {
    release: () => {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}
