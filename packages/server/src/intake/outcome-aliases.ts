import { type Json, KEYS, outcomeOf, outcomeOfStatus } from '@daybook/protocol';
import type { Draft, Extra } from './draft.ts';
import { F } from './field-codes.ts';
import { keyNumber } from './scan.ts';
import { materialise } from './values.ts';

/**
 * Of aliases of the outcome that contradict each other (`status: 200, success: false`) one that says a failure is believed: it is never told as a success. The one
 * that stood first is kept among the attributes. For drafts whose outcome came by an alias.
 */
export function believeFailure(draft: Draft): void {
  const before = draft.extraOf(F.outcome);
  if (saysFailure(materialise(draft, before))) return;
  let best: Extra | undefined;
  for (const extra of draft.extras) {
    const meaning = KEYS.get(extra.key);
    if (meaning?.kind !== 'field' || meaning.field !== F.outcome || !saysFailure(materialise(draft, extra))) continue;
    if (best === undefined || rankOf(extra) < rankOf(best)) best = extra;
  }
  if (best === undefined) return;
  draft.extras[draft.extras.indexOf(best)] = before;
  draft.set(F.outcome, best.kind, best.from, best.to);
  draft.key[F.outcome] = keyNumber(best.key);
}

function saysFailure(value: Json): boolean {
  if (value === null || typeof value === 'object') return false;
  const outcome = typeof value === 'number' ? outcomeOfStatus(value) : outcomeOf(String(value));
  return outcome === 'failure' || outcome === 'denied';
}

function rankOf({ key }: Extra): number {
  const meaning = KEYS.get(key);
  return meaning?.kind === 'field' ? meaning.rank : 0;
}
