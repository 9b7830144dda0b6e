import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type SealJob, sealFile } from './seal-file.ts';

/** Sealing saves disk and can wait: it takes what nobody else wants of the processor. */
const NICENESS = 19;

// Started by `sealSegment`, which made workerData. Answers with a SealResult; a failure is the worker's `error` event.
const job: SealJob = workerData;
if (job.hurry !== true) beNice();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(sealFile(job));

/** Linux has a priority per thread. Elsewhere a thread has no name to be asked by, and seals at the priority of the process. */
function beNice(): void {
  try {
    // <pid>/task/<tid>
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS);
  } catch {
    // Not Linux, or not allowed: then sealing costs the others a little.
  }
}
