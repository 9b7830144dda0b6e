import { parseJson } from '@daybook/protocol';

/**
 * How an entry names the blobs that its longest fields were moved to: `attributes.daybook.blobs` = { "<field>": { "blob": "<64 hex>", "bytes": N } }.
 * Producers cannot claim `attributes.daybook`, but may have the same text elsewhere: so the text only tells where it is worth to parse.
 */
const MARK = Buffer.from('"blob":"');

/** Names of blobs that the entries of a bundle refer to, with the position of their entry in it. */
export function* blobReferences(
  bytes: Buffer,
  { starts, ends }: { readonly starts: Uint32Array; readonly ends: Uint32Array },
): Generator<{ readonly i: number; readonly name: string }, void> {
  let i = 0;
  for (let at = bytes.indexOf(MARK); at >= 0; ) {
    while ((ends[i] ?? bytes.length) <= at) i++;
    for (const name of namesIn(bytes.subarray(starts[i], ends[i]))) yield { i, name };
    const next = ends[i] ?? bytes.length;
    at = next >= bytes.length ? -1 : bytes.indexOf(MARK, next);
  }
}

function namesIn(entry: Buffer): string[] {
  let value: unknown;
  try {
    value = parseJson(entry.toString('utf8'));
  } catch {
    // The check of its form says so already.
    return [];
  }
  const blobs = ['event', 'attributes', 'daybook', 'blobs'].reduce(member, value);
  if (typeof blobs !== 'object' || blobs === null) return [];
  return Object.values(blobs).flatMap((reference: unknown) => {
    const name = member(reference, 'blob');
    return typeof name === 'string' ? [name] : [];
  });
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
