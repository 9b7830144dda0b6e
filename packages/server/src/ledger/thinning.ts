import type { HeadFiles } from './heads.ts';
import { pause } from './sinks.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export interface Kept {
  readonly size: number;
  /** When it was signed. */
  readonly atMs: number;
}

/**
 * Which kept heads may go: all of the last hour stay, then the first of each minute for a day, then the first of each hour for ever. The newest
 * stays whatever its age. `kept` is in the order of signing.
 */
export function thinned(kept: readonly Kept[], nowMs: number): number[] {
  const gone: number[] = [];
  let last = '';
  for (const [i, { size, atMs }] of kept.entries()) {
    const age = nowMs - atMs;
    const slot = age <= HOUR_MS ? `${size}` : age <= DAY_MS ? `m${Math.floor(atMs / MINUTE_MS)}` : `h${Math.floor(atMs / HOUR_MS)}`;
    if (slot === last && i < kept.length - 1) gone.push(size);
    last = slot;
  }
  return gone;
}

/** Thins the kept heads of one log once a minute. Their age is that of their files; a restored file is younger than its head, and stays longer. */
export async function runThinning(heads: HeadFiles, nowMs: () => number, signal: AbortSignal): Promise<void> {
  const ages = new Map<number, number>();
  while (!signal.aborted) {
    const sizes = await heads.keptSizes();
    for (const size of sizes) if (!ages.has(size)) ages.set(size, await heads.keptSinceMs(size));
    const gone = thinned(
      sizes.map((size) => ({ size, atMs: ages.get(size) ?? 0 })),
      nowMs(),
    );
    await heads.removeKept(gone);
    for (const size of gone) ages.delete(size);
    await pause(MINUTE_MS, signal);
  }
}
