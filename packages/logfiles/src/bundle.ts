/**
 * The form in which entries lie side by side, in frames as in sealed segments and on HTTP: the entry bundle of C2SP tlog-tiles.
 *
 *     uint16 length (big-endian) · entry      repeated, nothing else
 */

export const LENGTH_BYTES = 2;
export const ENTRY_BYTES_MAX = 65_535;

/** Entry i is `bytes.subarray(starts[i], ends[i])`. */
export interface EntryOffsets {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Where the entries lie; undefined unless `bytes` holds exactly `count` entries and nothing else. Takes memory for `count`, whatever the bytes say. */
export function splitBundle(bytes: Uint8Array, count: number): EntryOffsets | undefined {
  // An entry takes two bytes at the least: a count from outside must not decide how much is allocated.
  if (count < 0 || count * LENGTH_BYTES > bytes.length) return undefined;
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const start = at + LENGTH_BYTES;
    if (start > bytes.length) return undefined;
    at = start + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (at > bytes.length) return undefined;
    starts[i] = start;
    ends[i] = at;
  }
  return at === bytes.length ? { starts, ends } : undefined;
}

/** Bytes that the first `count` entries take; undefined when `bytes` has fewer. */
export function bundlePrefix(bytes: Uint8Array, count: number): number | undefined {
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + LENGTH_BYTES > bytes.length) return undefined;
    at += LENGTH_BYTES + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (at > bytes.length) return undefined;
  }
  return at;
}

export function joinBundle(entries: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + LENGTH_BYTES + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX) throw new RangeError('an entry has at most 65,535 bytes');
    at = bytes.writeUInt16BE(entry.length, at);
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}
