import { listOf, recordOf } from '@daybook/protocol';

/** What an entry says of the items that are counted in it, beside itself. */
export interface FoldedItems {
  /** First and last of each range. */
  readonly sseq: readonly number[];
  readonly ids: readonly (readonly [string, number])[];
}

/** Of an event that was read back from the ledger: our own words, which no producer can claim. */
export function foldedItems(event: Readonly<Record<string, unknown>>): FoldedItems | undefined {
  const mark = recordOf(recordOf(event['attributes'])['daybook'])['folded'];
  if (mark === undefined) return undefined;
  const { sseq, event_id: pairs } = recordOf(mark);
  const ids = listOf(pairs).flatMap((pair) => {
    const [id, content] = listOf(pair);
    return typeof id === 'string' && typeof content === 'number' ? [[id, content] as const] : [];
  });
  return { sseq: listOf(sseq).filter((n) => typeof n === 'number'), ids };
}
