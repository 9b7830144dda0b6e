export interface Deadline {
  /** Aborts at the deadline, or when one of the given signals does, with its reason. */
  readonly signal: AbortSignal;
  /** The work is done: lets go of the timer and the signals. */
  clear(): void;
}

/**
 * A signal that surely aborts in time. `AbortSignal.any([signal, AbortSignal.timeout(ms)])` does not on Node 20: nothing holds the timeout's signal
 * but weakly, and once it is collected as garbage the timer is gone with it. (An index that lingered for ever was how that showed.)
 */
export function deadline(ms: number, ...signals: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  const onAbort = (event: Event): void => {
    clear();
    controller.abort(event.target instanceof AbortSignal ? event.target.reason : undefined);
  };
  const clear = (): void => {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  };
  const timer = setTimeout(() => {
    clear();
    controller.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError'));
  }, ms);
  timer.unref();
  for (const signal of signals) {
    if (signal.aborted) {
      clear();
      controller.abort(signal.reason);
      break;
    }
    signal.addEventListener('abort', onAbort, { once: true });
  }
  return { signal: controller.signal, clear };
}
