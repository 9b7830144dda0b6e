import type { Ledger, LogId } from '../../ledger/types.ts';
import type { Indexer } from './indexer.ts';

const PROGRESS_EVERY_MS = 250;

interface RebuildOptions {
  readonly indexer: Indexer;
  readonly ledger: Ledger;
  readonly progress: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Drops the table and waits until everything that is in the ledger now is in it again. Its progress is the table itself: after a kill the next start compares it
 * with the ledger and goes on from there, whether or not anybody asks for it.
 */
export async function rebuildIndex({ indexer, ledger, progress, signal }: RebuildOptions): Promise<void> {
  const sizes: Record<LogId, number> = {};
  for (const log of ledger.logs) sizes[log] = ledger.state(log).size;
  const total = ledger.logs.reduce((sum, log) => sum + ledger.state(log).size - ledger.state(log).firstIdx, 0);
  const report = (): void => {
    const done = indexer
      .state()
      .logs.reduce((sum, { log, indexed }) => sum + Math.max(0, Math.min(indexed, sizes[log] ?? 0) - ledger.state(log).firstIdx), 0);
    progress(done, total);
  };
  progress(0, total);
  await indexer.dropAndRebuild(signal);
  const timer = setInterval(report, PROGRESS_EVERY_MS);
  try {
    await indexer.indexed(sizes, signal);
  } finally {
    clearInterval(timer);
  }
  progress(total, total);
}
