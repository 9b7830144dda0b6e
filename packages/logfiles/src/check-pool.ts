import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { answer, type CheckAnswer, type CheckJob } from './check-job.ts';
import { workerEntry } from './worker-entry.ts';

/** More threads wait for the disk only; each holds a segment's bundle at a time. */
const WORKERS_MAX = 16;

interface Waiting {
  readonly job: CheckJob;
  readonly resolve: (answer: CheckAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that check. Jobs are taken in the order in which they come. With no threads, the caller's own does the work: for few jobs. */
export class CheckPool {
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #workersMax: number;
  #closed = false;

  constructor(workers = availableParallelism()) {
    this.#workersMax = Math.min(workers, WORKERS_MAX);
  }

  async run(job: CheckJob): Promise<CheckAnswer> {
    if (this.#workersMax < 1) return answer(job);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the check was ended'));
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#closed) return;
    const worker = this.#idle.pop() ?? this.#start();
    const waiting = worker === undefined ? undefined : this.#waiting.shift();
    if (worker === undefined || waiting === undefined) return;
    this.#give(worker, waiting);
  }

  #start(): Worker | undefined {
    if (this.#all.length >= this.#workersMax) return undefined;
    const { url, execArgv } = workerEntry(new URL('./check-worker.ts', import.meta.url));
    const worker = new Worker(url, { execArgv });
    this.#all.push(worker);
    return worker;
  }

  #give(worker: Worker, { job, resolve, reject }: Waiting): void {
    const done = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    const onMessage = (answer: CheckAnswer): void => {
      done();
      this.#idle.push(worker);
      resolve(answer);
      this.#next();
    };
    const onError = (error: Error): void => {
      done();
      reject(error);
    };
    const onExit = (): void => {
      done();
      reject(new Error('a thread of the check ended'));
    };
    worker.once('message', onMessage);
    worker.once('error', onError);
    worker.once('exit', onExit);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(job);
  }
}
