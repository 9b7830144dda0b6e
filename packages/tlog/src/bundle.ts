import { TlogError } from './codes.ts';
import { HASH_BYTES, leafHashInto } from './hash.ts';

/** The entries of a C2SP entry bundle: uint16 length (big-endian), entry; repeated, nothing else. Views into `bytes`. */
export function parseBundle(bytes: Uint8Array, count: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at + 2;
    const end = start + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (end > bytes.length) throw new TlogError('bundle_malformed', `Entry ${entries.length} runs over the end.`);
    if (entries.length === count) throw new TlogError('bundle_malformed', `It has more than ${count} entries.`);
    entries.push(bytes.subarray(start, end));
    at = end;
  }
  if (entries.length < count) throw new TlogError('bundle_malformed', `It has ${entries.length} entries instead of ${count}.`);
  return entries;
}

/** Leaf hashes of entries, side by side. */
export function leafHashes(entries: readonly Uint8Array[]): Uint8Array {
  const hashes = new Uint8Array(entries.length * HASH_BYTES);
  for (const [i, entry] of entries.entries()) leafHashInto(entry, hashes, i * HASH_BYTES);
  return hashes;
}
