import { expect, it } from 'vitest';
import { duration, openProgress, progressLine } from './progress.ts';
import { testIo } from './test-io.ts';

it('tells amount, rate and remaining time', () => {
  const line = progressLine({ label: 'reindex', done: 500_000, total: 1_000_000, elapsedMs: 5000, unit: 'entries', kind: 'count' });
  expect(line).toBe('reindex  [############............]  50%  500,000 entries  100,000/s  5 s left');
});

it('tells what it knows when there is no total', () => {
  expect(progressLine({ label: 'import -', done: 2_000_000, total: undefined, elapsedMs: 2000, unit: '', kind: 'bytes' })).toBe(
    'import -  2.0 MB  1.0 MB/s',
  );
});

it('writes durations as people say them', () => {
  expect([duration(0.2), duration(65), duration(7300)]).toEqual(['1 s', '1 min 05 s', '2 h 01 min']);
});

it('is silent when nobody looks', () => {
  const { io, written } = testIo();
  const progress = openProgress(io);
  progress.start('x', 10);
  progress.set(5);
  progress.end();
  expect(written).toEqual({ out: '', err: '' });
});

it('draws on a terminal, and clears its line', () => {
  const { io, written } = testIo({ tty: true });
  let nowMs = 0;
  const progress = openProgress(io, { unit: 'events', nowMs: () => nowMs });
  progress.start('import', 10);
  nowMs = 1000;
  progress.set(5);
  progress.end();
  expect(written.err).toContain('50%  5 events');
  expect(written.err.endsWith('\r\u001B[K')).toBe(true);
});
