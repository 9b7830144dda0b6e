import type { ErrorCode } from '@daybook/protocol';
import type { Receipt } from '../ledger/types.ts';
import type { IntakeReply } from './types.ts';

export type Rejected = IntakeReply['rejected'][number];

/** What a request is answered: the receipts of its steps, the rest by number of the item. */
export function replyOf(
  receipts: readonly Receipt[],
  {
    folded = [],
    duplicates,
    rejected,
  }: {
    readonly folded?: IntakeReply['duplicates'];
    readonly duplicates: IntakeReply['duplicates'];
    readonly rejected: readonly Rejected[];
  },
): IntakeReply {
  const kept = receipts.reduce((sum, { firstIdx, lastIdx }) => sum + lastIdx - firstIdx + 1, 0);
  return {
    accepted: kept + folded.length,
    ...(folded.length > 0 ? { folded: folded.toSorted((a, b) => a.item - b.item) } : {}),
    duplicates: duplicates.toSorted((a, b) => a.item - b.item),
    rejected: rejected.toSorted((a, b) => a.item - b.item),
    receipts: joined(receipts).map(({ log, firstIdx, lastIdx }) => ({ log, first_idx: firstIdx, last_idx: lastIdx })),
  };
}

/** Receipts of steps between which nobody else's events came are one. */
function joined(receipts: readonly Receipt[]): Receipt[] {
  const all: Receipt[] = [];
  for (const receipt of receipts) {
    const last = all.at(-1);
    if (last?.log === receipt.log && last.lastIdx + 1 === receipt.firstIdx) all[all.length - 1] = { ...last, lastIdx: receipt.lastIdx };
    else all.push(receipt);
  }
  return all;
}

export function notKept(item: number, code: ErrorCode): Rejected {
  return { item, code, field: '', message: 'The ledger could not keep it; send it again later.' };
}
