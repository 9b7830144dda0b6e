/** The two ways in which the process ends from within, in one place, so that tests can stand in for them. */
export interface ProcessEnd {
  /** Writes a sentence to standard error, whatever the log's level is. */
  say(sentence: string): void;
  exit(code: number): never;
  /** Calls back at the first and at each further SIGTERM or SIGINT; returns the function that stops listening. */
  onStopSignal(handler: (count: number) => void): () => void;
}

export const processEnd: ProcessEnd = {
  say: (sentence) => void process.stderr.write(`${sentence}\n`),
  exit: (code) => process.exit(code),
  onStopSignal(handler) {
    let count = 0;
    const listener = () => {
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
