import type { Logger } from 'pino';
import type { ProcessEnd } from './base/process-end.ts';

export interface Closer {
  readonly name: string;
  readonly close: () => Promise<void> | void;
}

/** The contract is 10 s from the signal to the end; what has not closed by then is left to recovery. */
const STOP_MS = 9500;

interface RunningOptions {
  readonly end: ProcessEnd;
  /** Front to back. */
  readonly closers: readonly Closer[];
  readonly log: Logger;
}

/** From the first request to the end: SIGTERM and SIGINT stop in order, a second signal at once. */
export function running({ end, closers, log }: RunningOptions): { readonly ended: Promise<number>; readonly stop: () => Promise<void> } {
  let stopping: Promise<number> | undefined;
  let resolveEnded: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    resolveEnded = resolve;
  });

  const stopOnce = async () => {
    const deadline = setTimeout(() => {
      end.say('daybook: could not close everything in time and ends now; nothing acknowledged is lost, the next start recovers.');
      end.exit(1);
    }, STOP_MS);
    const failed = await closeAll(closers, log);
    clearTimeout(deadline);
    stopListening();
    for (const { name, error } of failed) {
      log.error({ err: error, stage: name }, 'a stage did not close');
      end.say(`daybook: ${name} did not close well: ${error instanceof Error ? error.message : String(error)}`);
    }
    const code = failed.length === 0 ? 0 : 1;
    resolveEnded(code);
    return code;
  };
  const stop = async () => {
    stopping ??= stopOnce();
    await stopping;
  };
  const stopListening = end.onStopSignal((count) => {
    if (count > 1) end.exit(1);
    log.info('daybook drains and stops');
    void stop();
  });
  return { ended, stop };
}

/** Closes all, whatever one of them does; tells which failed. */
export async function closeAll(closers: readonly Closer[], log?: Logger): Promise<{ readonly name: string; readonly error: unknown }[]> {
  const failed: { readonly name: string; readonly error: unknown }[] = [];
  for (const { name, close } of closers) {
    try {
      await close();
      log?.debug({ stage: name }, 'closed');
    } catch (error) {
      failed.push({ name, error });
    }
  }
  return failed;
}
