/** The two ways in which the process ends from within, in one place, so that tests can stand in for them. */
export interface ProcessEnd {
  /** Writes a sentence to standard error, whatever the log's level is. */
  say(sentence: string): void;
  exit(code: number): never;
  /** Calls back at the first and at each further SIGTERM or SIGINT, those in quick succession once; returns the function that stops listening. */
  onStopSignal(handler: (count: number) => void): () => void;
}

/**
 * `npm start` on a terminal hands Ctrl-C on to its child, which has had it from the terminal already: two signals within moments are one wish. A
 * person who means it again takes longer.
 */
const SAME_WISH_MS = 1000;

export const processEnd: ProcessEnd = {
  say: (sentence) => void process.stderr.write(`${sentence}\n`),
  exit: (code) => process.exit(code),
  onStopSignal(handler) {
    let count = 0;
    let lastMs = Number.NEGATIVE_INFINITY;
    const listener = () => {
      const again = performance.now() - lastMs < SAME_WISH_MS;
      lastMs = performance.now();
      if (again) return;
      count += 1;
      handler(count);
    };
    process.on('SIGTERM', listener);
    process.on('SIGINT', listener);
    return () => {
      process.off('SIGTERM', listener);
      process.off('SIGINT', listener);
    };
  },
};
