import { parentPort, workerData } from 'node:worker_threads';
import { sealFile } from './seal-file.ts';

// Started by `sealSegment`, which made workerData: a SealJob. Answers with a SealResult; a failure is the worker's `error` event.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(sealFile(workerData));
