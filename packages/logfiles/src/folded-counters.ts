import { listOf, parseRecord, recordOf } from '@daybook/protocol';

/**
 * How an entry tells of the items that are counted in it: `attributes.daybook.folded`, whose `sseq` are the producer's counters of those items, first and
 * last of each range. Producers cannot claim `attributes.daybook`, but may have the same text elsewhere: so the text only tells where it is worth to parse.
 */
const MARK = Buffer.from('"folded":{"count":');

/** Whether any entry of a bundle may count others. */
export function mayFold(bytes: Buffer): boolean {
  return bytes.includes(MARK);
}

/** The ranges of counters of the items that are counted in an entry. */
export function* foldedCounters(entry: Buffer): Generator<readonly [first: number, last: number], void> {
  if (!entry.includes(MARK)) return;
  const event = recordOf(parseRecord(entry.toString('utf8'))?.['event']);
  const folded = recordOf(recordOf(recordOf(event['attributes'])['daybook'])['folded']);
  const bounds = listOf(folded['sseq']).map(Number);
  for (let i = 0; i + 1 < bounds.length; i += 2) {
    const [first = 0, last = 0] = bounds.slice(i, i + 2);
    if (Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last) yield [first, last];
  }
}
