import { GAP_FIRST_MS, GAP_LAST_MS } from './bounds.ts';
import type { DaybookEvent } from './event.ts';
import { monotonicMs, timeText } from './outside.ts';

export type GapReason = 'spool_full' | 'disk_failed' | 'unserialisable' | 'dead_letters_failed' | 'closed';

/**
 * What could not be kept, until that is told: as an event of its own, with the count, the numbers and the times. The numbers of lost events stay
 * unused, so that the server sees the hole as well.
 */
export interface Gap {
  readonly count: number;
  readonly isDue: boolean;
  note(sseq: number, reason: GapReason, atMs: number): void;
  event(src: string): DaybookEvent;
  /** It is told. */
  clear(): void;
}

export function openGap(): Gap {
  let gap = { count: 0, first_sseq: 0, last_sseq: 0, from: '', to: '' };
  const reasons = new Set<GapReason>();
  let dueMs = 0;
  let waitMs = GAP_FIRST_MS;
  return {
    get count() {
      return gap.count;
    },
    get isDue() {
      return gap.count > 0 && monotonicMs() >= dueMs;
    },
    note(sseq, reason, atMs) {
      const to = timeText(atMs);
      if (gap.count === 0) {
        gap = { count: 0, first_sseq: sseq, last_sseq: sseq, from: to, to };
        const now = monotonicMs();
        // A new gap soon after another is the same trouble going on: told less and less often, for telling takes room too.
        waitMs = now > dueMs + GAP_LAST_MS ? GAP_FIRST_MS : Math.min(2 * waitMs, GAP_LAST_MS);
        dueMs = now + waitMs;
      }
      gap.count++;
      gap.first_sseq = Math.min(gap.first_sseq, sseq);
      gap.last_sseq = Math.max(gap.last_sseq, sseq);
      gap.to = to;
      reasons.add(reason);
    },
    event: (src) => ({
      event_type: 'sdk.gap',
      action: 'other',
      category: 'config',
      actor_type: 'system',
      resource: src,
      resource_type: 'producer',
      outcome: 'failure',
      severity: 4,
      reason: [...reasons].join(','),
      row_count: gap.count,
      attributes: { gap },
    }),
    clear() {
      gap.count = 0;
      reasons.clear();
    },
  };
}
