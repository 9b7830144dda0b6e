export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** At most two lines a second to each watcher. */
const TELL_MS = 500;

/**
 * Work of which one runs at a time. A call starts it, or attaches to the one that runs; the iterable tells its progress and ends, or throws, with
 * it. Watchers may leave: the work goes on.
 */
export function oneJob(work: (progress: (done: number, total: number) => void) => Promise<void>): () => AsyncIterable<Progress> {
  let running: { readonly done: Promise<void>; at: Progress } | undefined;

  const start = () => {
    const job = { at: { done: 0, total: 0 }, done: Promise.resolve() };
    job.done = work((done, total) => {
      job.at = { done, total };
    }).finally(() => {
      running = undefined;
    });
    // Each watcher sees the failure; without a watcher it must not end the process.
    job.done.catch(() => undefined);
    running = job;
    return job;
  };

  return async function* watch() {
    const job = running ?? start();
    let told: Progress | undefined;
    let ended = false;
    while (!ended) {
      ended = await Promise.race([job.done.then(() => true), pause()]);
      if (job.at !== told) yield job.at;
      told = job.at;
    }
  };
}

function pause(): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), TELL_MS).unref();
  });
}
