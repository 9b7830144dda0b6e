import { describe, expect, it } from 'vitest';
import { deadline } from './deadline.ts';

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    const held = setInterval(() => undefined, 1000);
    signal.addEventListener('abort', () => {
      clearInterval(held);
      resolve(signal.reason);
    });
  });

describe('deadline', () => {
  it('aborts at its time', async () => {
    expect(await aborted(deadline(5).signal)).toMatchObject({ name: 'TimeoutError' });
  });

  it('aborts with a signal, and with its reason', async () => {
    const stop = new AbortController();
    const { signal } = deadline(60_000, new AbortController().signal, stop.signal);
    const reason = aborted(signal);
    stop.abort('enough');
    expect(await reason).toBe('enough');
    expect(deadline(60_000, stop.signal).signal.reason).toBe('enough');
  });

  it('does nothing once cleared', () => {
    const stop = new AbortController();
    const limit = deadline(60_000, stop.signal);
    limit.clear();
    stop.abort();
    expect(limit.signal.aborted).toBe(false);
  });
});
