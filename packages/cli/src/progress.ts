import type { Io } from './io.ts';
import { clip } from './terminal.ts';

/** How long work tells how far it is. Silent when standard error is no terminal. */
export interface Progress {
  start(label: string, total?: number): void;
  /** The total, once it is known or when it grows. */
  total(total: number): void;
  set(done: number): void;
  /** What it waits for, until the next `set`. */
  note(text: string): void;
  /** Clears the line. */
  end(): void;
}

export interface ProgressOptions {
  /** What is counted, as in `12,300 events`. */
  readonly unit?: string;
  /** `bytes` writes MB. */
  readonly kind?: 'count' | 'bytes';
  readonly nowMs?: () => number;
}

/** Redrawing more often only costs time: the eye does not see it. */
const REDRAW_MS = 100;
const BAR_CELLS = 24;
const COLUMNS_DEFAULT = 80;
/** A rate over less time than this is noise. */
const RATE_AFTER_MS = 500;

export function openProgress(io: Io, options: ProgressOptions = {}): Progress {
  if (io.stderr.isTTY !== true || io.env['TERM'] === 'dumb') return silent;
  const nowMs = options.nowMs ?? (() => performance.now());
  let label = '';
  let total: number | undefined;
  let done = 0;
  let startedMs = 0;
  let drawnMs = -Infinity;
  const write = (line: string) => io.stderr.write(`\r${clip(line, (io.stderr.columns ?? COLUMNS_DEFAULT) - 1)}\u001B[K`);
  const draw = () => {
    drawnMs = nowMs();
    const line = progressLine({
      label,
      done,
      total,
      elapsedMs: drawnMs - startedMs,
      unit: options.unit ?? '',
      kind: options.kind ?? 'count',
    });
    write(line);
  };
  return {
    start(text, count) {
      label = text;
      total = count;
      done = 0;
      startedMs = nowMs();
      draw();
    },
    total(count) {
      total = count;
    },
    set(count) {
      done = count;
      if (nowMs() - drawnMs >= REDRAW_MS) draw();
    },
    note(text) {
      write(`${label}  ${text}`);
    },
    end() {
      io.stderr.write('\r\u001B[K');
    },
  };
}

const silent: Progress = { start() {}, total() {}, set() {}, note() {}, end() {} };

export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly elapsedMs: number;
  readonly unit: string;
  readonly kind: 'count' | 'bytes';
}

/** `import [######······] 50% 1,000,000 events 98,000/s 10 s left` */
export function progressLine(state: ProgressState): string {
  const { label, done, total, elapsedMs } = state;
  const amount = (n: number) => (state.kind === 'bytes' ? `${(n / 1e6).toFixed(1)} MB` : Math.round(n).toLocaleString('en-US'));
  const parts = [label];
  if (total !== undefined && total > 0) {
    const share = Math.min(1, done / total);
    const cells = Math.round(share * BAR_CELLS);
    parts.push(`[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}] ${String(Math.floor(share * 100)).padStart(3)}%`);
  }
  parts.push(`${amount(done)}${state.unit === '' ? '' : ` ${state.unit}`}`);
  const rate = elapsedMs < RATE_AFTER_MS ? 0 : (done / elapsedMs) * 1000;
  if (rate > 0) parts.push(`${amount(rate)}/s`);
  if (rate > 0 && total !== undefined && total > done) parts.push(`${duration((total - done) / rate)} left`);
  return parts.join('  ');
}

/** `42 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(seconds: number): string {
  const s = Math.ceil(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}
