import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  /** The bound: beyond it the test fails with what it waited for. */
  readonly ms: number;
  readonly everyMs?: number;
  /** Says why it will never come to be. */
  readonly giveUp?: () => string | undefined;
}

/** Waits for a condition, never for a time: resolves with the first value that is not undefined. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>, options: UntilOptions): Promise<T> {
  const end = performance.now() + options.ms;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    const reason = options.giveUp?.();
    if (reason !== undefined) throw new Error(`waited for: ${what}; ${reason}`);
    if (performance.now() > end) throw new Error(`waited ${options.ms} ms in vain for: ${what}`);
    await pause(options.everyMs ?? 20);
  }
}
