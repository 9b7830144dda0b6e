import { producerOf } from './replay.ts';
import type { Hole } from './sequences.ts';
import type { CounterGap } from './types.ts';

/** `daybook import` numbers its records; a rejected one leaves a hole of which the importer is told. */
const IMPORT = /\/import-[0-9a-f]{32}$/;
/** A hole is looked through number by number only up to this width: items that lie in quarantine are few. */
const LOOKED_THROUGH_MAX = 100_000;

/** The parts of holes that nothing explains, at most `max` of them. */
export function unexplained(holes: Iterable<Hole>, explained: (src: string, n: number) => boolean, max: number): CounterGap[] {
  const gaps: CounterGap[] = [];
  for (const hole of holes) {
    if (IMPORT.test(hole.src)) continue;
    for (const { first, last } of parts(hole, explained)) {
      if (gaps.length === max) return gaps;
      gaps.push({ producer: producerOf(hole.src), src: hole.src, first, last });
    }
  }
  return gaps;
}

function* parts({ src, first, last }: Hole, explained: (src: string, n: number) => boolean): Generator<{ first: number; last: number }> {
  if (last - first >= LOOKED_THROUGH_MAX) {
    yield { first, last };
    return;
  }
  let start = -1;
  for (let n = first; n <= last + 1; n++) {
    const isMissing = n <= last && !explained(src, n);
    if (isMissing && start < 0) start = n;
    if (isMissing || start < 0) continue;
    yield { first: start, last: n - 1 };
    start = -1;
  }
}
