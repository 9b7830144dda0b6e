import { Worker } from 'node:worker_threads';
import type { SealJob, SealResult } from './seal-file.ts';
import { workerEntry } from './worker-entry.ts';

export type { SealJob, SealResult } from './seal-file.ts';

/**
 * Seals a full open segment in a worker thread of its own. Durable under its temporary name on return; the caller compares `root` with level 2 of
 * its tiles, renames, syncs the directory, and removes the open file. After a rejection the temporary file may be there: the caller removes it.
 */
export function sealSegment(job: SealJob): Promise<SealResult> {
  const { url, execArgv } = workerEntry(new URL('./seal-worker.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { workerData: job, execArgv });
    worker.once('message', (result: SealResult) => resolve({ ...result, root: Buffer.from(result.root) }));
    worker.once('error', reject);
    // After a message this changes nothing.
    worker.once('exit', (code) => reject(new Error(`the sealing thread ended with ${code}`)));
  });
}
