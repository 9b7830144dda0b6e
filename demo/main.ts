import { runDemo } from './demo.ts';
import { HELP, parseOptions, UsageError } from './options.ts';

// `npm run demo`. Ctrl-C ends it in order: the traffic, the applications, what they have recorded, Daybook; a second one at once.
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (ending.signal.aborted) process.exit(130);
    ending.abort();
  });

// A terminal that was closed must not keep the rest from ending in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === undefined) console.log(HELP);
  else await runDemo(options, { signal: ending.signal, say: (line) => console.log(line), terminal: process.stderr });
} catch (error) {
  if (!ending.signal.aborted) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
