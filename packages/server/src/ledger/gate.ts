/** Waits for a number that only grows: entries durable, entries signed. */
export class Gate {
  #value: number;
  #waiters: Waiter[] = [];
  #closed: Error | undefined;

  constructor(value: number) {
    this.#value = value;
  }

  get value(): number {
    return this.#value;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** Resolves when the value is at least `target`. Rejects when the signal aborts or the gate closes. */
  reached(target: number, signal?: AbortSignal): Promise<void> {
    if (this.#value >= target) return Promise.resolve();
    if (signal?.aborted === true) return Promise.reject(reasonOf(signal));
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { target, resolve, reject, release: () => undefined };
      if (signal !== undefined) {
        const abort = (): void => {
          this.#waiters = this.#waiters.filter((other) => other !== waiter);
          reject(reasonOf(signal));
        };
        signal.addEventListener('abort', abort, { once: true });
        waiter.release = () => signal.removeEventListener('abort', abort);
      }
      this.#waiters.push(waiter);
    });
  }

  advance(value: number): void {
    this.#value = value;
    if (this.#waiters.length === 0) return;
    const ready = this.#waiters.filter((waiter) => waiter.target <= value);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.target > value);
    for (const waiter of ready) {
      waiter.release();
      waiter.resolve();
    }
  }

  /** Nothing will come any more. */
  close(error: Error): void {
    this.#closed = error;
    const left = this.#waiters;
    this.#waiters = [];
    for (const waiter of left) {
      waiter.release();
      waiter.reject(error);
    }
  }
}

interface Waiter {
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  release: () => void;
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
