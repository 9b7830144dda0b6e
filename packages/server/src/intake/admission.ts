import type { LogBatch } from './batch.ts';
import type { Dedupe, First, OpenAppend, Verdict } from './dedupe.ts';
import { F } from './field-codes.ts';
import { type FoldGroup, Folding } from './folding.ts';
import type { IntakeMetrics } from './intake-metrics.ts';
import { EVENT_STEP_BYTES, MARKED_STEP_BYTES, MARKED_STEP_TIMES, STEP_BYTES } from './limits.ts';
import { withMark } from './shrink.ts';

/** An item that was kept before. */
export interface Double {
  readonly item: number;
  readonly log: number;
  readonly first: First;
}

/** An item that is counted in the entry at `offset` of its append. */
export interface Folded {
  readonly item: number;
  readonly offset: number;
}

/** The part `[from, to)` of a log's events; `to` moves on as they are looked at, and `bytes` is what that has cost. */
export interface Step {
  readonly log: number;
  readonly whole: LogBatch;
  readonly from: number;
  to: number;
  /** Of the item at hand within its append. */
  offset: number;
  bytes: number;
}

export interface AdmissionParts {
  readonly dedupe: Dedupe;
  readonly metrics: Pick<IntakeMetrics, 'idConflicts'>;
  readonly producer: string;
  readonly open: OpenAppend;
  readonly doubles: Double[];
}

/** Looks, among the items of a step, for those that are kept already, and for those that are counted in another one of the step. */
export class Admission {
  readonly folded: Folded[] = [];
  groups: readonly FoldGroup[] = [];
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** Takes as many items as the step has room for. */
  take(step: Step): void {
    const { whole } = step;
    const folding = whole.folds.size === 0 ? undefined : new Folding(whole);
    for (; step.to < whole.size && step.bytes < STEP_BYTES; step.to++) {
      if (whole.skip.has(step.to)) continue;
      step.bytes += EVENT_STEP_BYTES + whole.lengthAt(step.to);
      if (folding === undefined ? !whole.hasClaims || this.#claim(step) !== 'double' : this.#fold(step, folding)) step.offset++;
    }
    if (folding === undefined) return;
    this.groups = folding.end();
    if (this.groups.length > 0) markAttributes(whole);
  }

  /** Whether the item at hand is kept by itself. */
  #fold(step: Step, folding: Folding): boolean {
    const { whole, to: place } = step;
    const group = folding.groupFor(place);
    const claimed = whole.hasClaims ? this.#claim(step, group?.offset) : 'fresh';
    if (claimed === 'double') return false;
    // What contradicts another of its id is looked at by a person, each by itself.
    if (claimed === 'conflict') return true;
    if (group === undefined) {
      folding.begin(place, step.offset);
      return true;
    }
    if (group.count === 1) step.bytes += MARKED_STEP_BYTES + MARKED_STEP_TIMES * whole.lengthAt(group.place);
    folding.add(group, place);
    this.folded.push({ item: whole.items[place] ?? 0, offset: group.offset });
    return false;
  }

  /** Remembers the item at hand for the entry at `offset`. One that is not to be kept is left out, one that contradicts another of its id is marked. */
  #claim(step: Step, offset: number = step.offset): 'fresh' | 'double' | 'conflict' {
    const { whole, log, to: place } = step;
    const { dedupe, metrics, doubles } = this.#parts;
    const verdict = this.#verdict(whole, place, offset, dedupe);
    if (verdict === undefined) return 'fresh';
    if (verdict.kind === 'double') {
      whole.skip.add(place);
      doubles.push({ item: whole.items[place] ?? 0, log, first: verdict.first });
      return 'double';
    }
    if (!verdict.conflict) return 'fresh';
    metrics.idConflicts.inc();
    step.bytes += MARKED_STEP_BYTES + MARKED_STEP_TIMES * whole.lengthAt(place);
    whole.replace(place, withMark(whole.event(place), 'duplicate_event_id', true));
    markAttributes(whole);
    return 'conflict';
  }

  /** undefined: it says nothing by which it could be known. */
  #verdict(whole: LogBatch, place: number, offset: number, dedupe: Dedupe): Verdict | undefined {
    const claim = whole.claims.get(place);
    const sseq = whole.sseq[place];
    if (claim === undefined && sseq === undefined) return undefined;
    const { producer, open } = this.#parts;
    return dedupe.admit(
      { producer, eventId: claim?.eventId, content: claim?.content ?? 0, src: whole.src[place] ?? '', sseq },
      open,
      offset,
    );
  }
}

/** Some event of the batch has attributes now. */
function markAttributes(batch: LogBatch): void {
  batch.hi |= ATTRIBUTES_BIT.hi;
  batch.lo |= ATTRIBUTES_BIT.lo;
}

const ATTRIBUTES_BIT = F.attributes < 32 ? { lo: 1 << F.attributes, hi: 0 } : { lo: 0, hi: 1 << (F.attributes - 32) };
