import path from 'node:path';
import type { Logger } from 'pino';
import type { Files } from '../base/files.ts';
import type { LedgerMetrics } from './metrics.ts';
import type { LogId } from './types.ts';

/** Tries per copy; the next minute brings a newer one, which covers all that this one did. */
const TRIES = 3;
/** Waits between tries: 1 s, 4 s. */
const RETRY_MS = 250;

export interface SinkOptions {
  /** Directories or http(s) URLs. */
  readonly targets: readonly string[];
  readonly files: Files;
  readonly postText: (url: string, body: string, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  readonly metrics: LedgerMetrics;
  /** A copy a minute bounds what a thief of this host can rewrite unseen to a minute, and costs the receiver next to nothing. */
  readonly intervalMs: number;
}

export interface SinkHead {
  readonly log: LogId;
  readonly origin: string;
  readonly size: number;
  readonly note: string;
}

/**
 * Sends published checkpoints to places that root of this host cannot change. Never blocks the ledger: one copy per target is under way at
 * a time, a failure is counted and logged, and the newest head is sent a minute later anyway.
 */
export class Sinks {
  readonly #options: SinkOptions;
  readonly #newest = new Map<LogId, SinkHead>();
  readonly #sent = new Map<string, number>();

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  /** Notes a published head; the loop sends it. */
  offer(head: SinkHead): void {
    if (this.#options.targets.length > 0) this.#newest.set(head.log, head);
  }

  /** Sends once a minute until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.sendNewest(signal);
      await pause(this.#options.intervalMs, signal);
    }
  }

  /** Sends what every target lacks, targets side by side. */
  async sendNewest(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#options.targets.map((target, i) => this.#sendTo(target, i, signal)));
  }

  async #sendTo(target: string, i: number, signal: AbortSignal): Promise<void> {
    for (const head of this.#newest.values()) {
      const key = `${i}/${head.log}`;
      if (this.#sent.get(key) === head.size) continue;
      const kind = isUrl(target) ? 'webhook' : 'directory';
      try {
        await this.#trySend(target, head, signal);
        this.#sent.set(key, head.size);
        this.#options.metrics.sinkSent.inc({ kind });
      } catch (error) {
        if (signal.aborted) return;
        this.#options.metrics.sinkFailed.inc({ kind });
        // The target's number, not its address: a webhook's URL may hold a secret.
        this.#options.log.warn(
          { err: error, sink: i, kind, log: head.log, size: head.size },
          'a checkpoint sink did not take the checkpoint',
        );
      }
    }
  }

  async #trySend(target: string, head: SinkHead, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#send(target, head, signal);
        return;
      } catch (error) {
        if (attempt === TRIES || signal.aborted) throw error;
        await pause(Math.min(RETRY_MS * 4 ** attempt, this.#options.intervalMs), signal);
      }
    }
  }

  async #send(target: string, head: SinkHead, signal: AbortSignal): Promise<void> {
    if (isUrl(target)) {
      await this.#options.postText(target, head.note, signal);
      return;
    }
    // The origin has slashes and perhaps a port: encoded, so that it is one directory whatever it is.
    const dir = path.join(target, encodeURIComponent(head.origin));
    await this.#options.files.makeDir(dir);
    await this.#options.files.replace(path.join(dir, String(head.size)), Buffer.from(head.note));
  }
}

function isUrl(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
