import { allocate, sha256, sha256Into } from '#crypto';

/**
 * The hashes of RFC 6962, section 2.1. A hash is 32 bytes in a Uint8Array; many hashes lie side by side in one Uint8Array, hash i at 32·i.
 *
 *     leaf = SHA-256(0x00 ‖ entry)    node = SHA-256(0x01 ‖ left ‖ right)    empty tree = SHA-256("")
 *
 * The first byte keeps the two apart: an entry of 64 bytes that looks like two hashes is still no node.
 */
export const HASH_BYTES = 32;

/** C2SP tlog-tiles limits an entry to what a uint16 counts. */
export const ENTRY_BYTES_MAX = 65_535;

/** Inputs are put together in place: to allocate costs more than to hash. */
const leafInput = allocate(1 + ENTRY_BYTES_MAX);
const nodeInput = allocate(1 + 2 * HASH_BYTES).fill(1, 0, 1);

export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array());
}

export function leafHash(entry: Uint8Array): Uint8Array {
  const out = new Uint8Array(HASH_BYTES);
  leafHashInto(entry, out, 0);
  return out;
}

export function leafHashInto(entry: Uint8Array, out: Uint8Array, at: number): void {
  if (entry.length > ENTRY_BYTES_MAX) throw new RangeError('an entry has at most 65,535 bytes');
  leafInput.set(entry, 1);
  sha256Into(leafInput.subarray(0, 1 + entry.length), out, at);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const out = new Uint8Array(HASH_BYTES);
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  sha256Into(nodeInput, out, 0);
  return out;
}

/**
 * Root of the perfect tree over `count` hashes, a power of two. Overwrites `hashes`; the root is then its first 32 bytes.
 */
export function foldPerfect(hashes: Uint8Array, count: number): void {
  for (let width = count; width > 1; width /= 2) {
    for (let at = 0; at < width * HASH_BYTES; at += 2 * HASH_BYTES) {
      nodeInput.set(hashes.subarray(at, at + 2 * HASH_BYTES), 1);
      sha256Into(nodeInput, hashes, at / 2);
    }
  }
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Not `slice`, which on a Buffer gives a view. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** Hash i of hashes that lie side by side; a view. */
export function hashAt(hashes: Uint8Array, i: number): Uint8Array {
  return hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
}
