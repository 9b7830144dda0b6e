import path from 'node:path';
import { SEGMENT_ENTRIES, type SealJob, type SealResult, SealedError, TEMP_ENDING, segmentName } from '@daybook/logfiles';
import type { Logger } from 'pino';
import { type Files, isNoSpace } from '../base/files.ts';
import type { Log } from './log.ts';
import type { LedgerMetrics } from './metrics.ts';
import { pause } from './sinks.ts';

/** Below this rate the processor has room for sealing; above it, segments wait until there are too many of them. */
const BUSY_ENTRIES_PER_S = 20_000;

export interface SealingOptions {
  readonly files: Files;
  readonly seal: (job: SealJob) => Promise<SealResult>;
  readonly logger: Logger;
  readonly metrics: LedgerMetrics;
  readonly intervalMs: number;
  /** Full segments of one log that may wait while entries arrive fast. */
  readonly waitingSegmentsMax: number;
}

/**
 * Compresses full segments in the background, one at a time for all logs, when it does not take the processor from those who append. Only
 * segments below the signed size: what a head covers was checked, and what none covers is read again by every start.
 */
export class Sealing {
  readonly #options: SealingOptions;
  /** Segments that could not be sealed: damaged. They stay as they are; `daybook verify` says what is wrong with them. */
  readonly #damaged = new Set<string>();

  constructor(options: SealingOptions) {
    this.#options = options;
  }

  async run(logs: readonly Log[], signal: AbortSignal): Promise<void> {
    let before = durableEntries(logs);
    while (!signal.aborted) {
      await pause(this.#options.intervalMs, signal);
      const now = durableEntries(logs);
      const isBusy = ((now - before) * 1000) / this.#options.intervalMs > BUSY_ENTRIES_PER_S;
      before = now;
      for (const log of logs) {
        // While it is idle all that wait; while it is busy, as many as are too many.
        let sealed = true;
        while (sealed && !signal.aborted) sealed = await this.#sealNext(log, isBusy, signal);
      }
    }
  }

  /** Seals the oldest segment of a log that can be; false when there is none. */
  async #sealNext(log: Log, isBusy: boolean, signal: AbortSignal): Promise<boolean> {
    const { signedSize, log: name } = log.state();
    const ready = log.parts.segments.waiting.filter(
      (number) => (number + 1) * SEGMENT_ENTRIES <= signedSize && !this.#damaged.has(`${name}/${number}`),
    );
    const [number] = ready;
    const hurry = ready.length > this.#options.waitingSegmentsMax;
    if (number === undefined || (isBusy && !hurry)) return false;
    try {
      await this.sealOne(log, { number, hurry }, signal);
      return true;
    } catch (error) {
      if (isNoSpace(error)) return false;
      if (!(error instanceof SealedError)) throw error;
      this.#damaged.add(`${name}/${number}`);
      this.#options.metrics.sealFailed.labels(name).inc();
      this.#options.logger.error(
        { err: error, log: name, segment: number },
        'a segment is damaged and stays unsealed: run `daybook verify`',
      );
      return true;
    }
  }

  /** Seals one segment; the order is what a crash at any point survives. */
  async sealOne(log: Log, { number, hurry }: { readonly number: number; readonly hurry: boolean }, signal: AbortSignal): Promise<void> {
    const { segments, tiles } = log.parts;
    const { files, seal, metrics } = this.#options;
    const openFile = segments.openPath(number);
    const dir = path.dirname(openFile);
    const sealedFile = path.join(dir, segmentName(number, 'seg'));
    const temp = `${sealedFile}${TEMP_ENDING}`;
    try {
      // 1. The worker writes the compressed form under a temporary name, syncs it, reads it back, and hashes every entry.
      //    Crash here: a temporary file, which recovery removes.
      const { root } = await seal({ openFile, sealedFile: temp, segment: number, hurry });
      if (!root.equals(await tiles.read(2, number, 1))) throw new SealedError(`segment ${number} does not hash to its level-2 tile hash`);
    } catch (error) {
      await files.remove(temp);
      throw error;
    }
    if (signal.aborted) return files.remove(temp);
    // 2. It gets its name, durably. Crash here: both files are there, and recovery takes the sealed one.
    await files.rename(temp, sealedFile);
    await files.syncDir(dir);
    // 3. Readers go to the sealed file; only then the open one goes. Crash here: as in 2, or done.
    await segments.sealedNow(number);
    await files.remove(openFile);
    await files.syncDir(dir);
    metrics.sealed.labels(log.state().log).inc();
  }
}

function durableEntries(logs: readonly Log[]): number {
  return logs.reduce((sum, log) => sum + log.durable.value, 0);
}
