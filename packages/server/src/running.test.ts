import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import type { ProcessEnd } from './base/process-end.ts';
import { running } from './running.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A process that notes how it ends instead of ending. */
function fakeEnd() {
  const said: string[] = [];
  const codes: number[] = [];
  let signal: (count: number) => void = () => undefined;
  let listening = 0;
  const end: ProcessEnd = {
    say: (sentence) => void said.push(sentence),
    exit(code) {
      codes.push(code);
      // Where the real one never returns, nothing after it may run.
      throw new Error('exit');
    },
    onStopSignal(handler) {
      listening += 1;
      signal = handler;
      return () => {
        listening -= 1;
      };
    },
  };
  return { end, said, codes, signal: (count: number) => signal(count), listening: () => listening };
}

const log = pino({ level: 'silent' });

test('a signal closes all in order, once, and the exit code is 0', async () => {
  const process = fakeEnd();
  const closed: string[] = [];
  const closers = ['http', 'ledger', 'base'].map((name) => ({ name, close: () => void closed.push(name) }));
  const server = running({ end: process.end, closers, log });
  process.signal(1);
  await server.stop();
  expect(await server.ended).toBe(0);
  expect(closed).toEqual(['http', 'ledger', 'base']);
  expect(process.listening()).toBe(0);
  expect(process.said).toEqual([]);
});

test('a stage that fails to close is named, the others are closed all the same, the code is 1', async () => {
  const process = fakeEnd();
  const closed: string[] = [];
  const server = running({
    end: process.end,
    log,
    closers: [
      { name: 'query', close: () => Promise.reject(new Error('the engine hangs')) },
      { name: 'ledger', close: () => void closed.push('ledger') },
    ],
  });
  await server.stop();
  expect(await server.ended).toBe(1);
  expect(closed).toEqual(['ledger']);
  expect(process.said).toEqual(['daybook: query did not close well: the engine hangs']);
});

test('what does not close in 9.5 seconds is left to recovery', async () => {
  vi.useFakeTimers();
  const process = fakeEnd();
  const server = running({ end: process.end, log, closers: [{ name: 'query', close: () => new Promise(() => undefined) }] });
  void server.stop();
  expect(() => vi.advanceTimersByTime(9500)).toThrow('exit');
  expect(process.codes).toEqual([1]);
  expect(process.said[0]).toContain('nothing acknowledged is lost');
});

test('a second signal ends at once', () => {
  const process = fakeEnd();
  const server = running({ end: process.end, log, closers: [{ name: 'query', close: () => new Promise(() => undefined) }] });
  process.signal(1);
  expect(() => process.signal(2)).toThrow('exit');
  expect(process.codes).toEqual([1]);
  void server.ended;
});
