import { parentPort } from 'node:worker_threads';
import { answer, type CheckJob } from './check-job.ts';

// Started by `CheckPool`: one job at a time, one answer for each.
parentPort?.on('message', (job: CheckJob) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer(job));
});
