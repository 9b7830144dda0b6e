import { TlogError } from './codes.ts';
import { emptyRoot, nodeHash, sameHash } from './hash.ts';
import { inclusionSiblings, type Perfect, perfectParts, type Range, splitPoint } from './subtree.ts';

/** Hashes of perfect subtrees, in the order asked for. `tile-reader.ts` reads them from tiles. */
export type HashReader = (subtrees: readonly Perfect[]) => Promise<readonly Uint8Array[]>;

export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
}

/** The hashes that lead from entry `idx` to the root of a tree of `size` entries: RFC 6962, section 2.1.1. */
export async function inclusionProof(idx: number, size: number, read: HashReader): Promise<Uint8Array[]> {
  checkIndex(idx, size);
  return readRanges(inclusionSiblings(idx, size), read);
}

/** Throws unless the leaf hash is the one at `idx` in the tree of `head`. */
export function verifyInclusion(proof: readonly Uint8Array[], leaf: Uint8Array, idx: number, head: Head): void {
  checkIndex(idx, head.size);
  const siblings = inclusionSiblings(idx, head.size);
  if (proof.length !== siblings.length)
    throw new TlogError('proof_length_wrong', `It has ${proof.length} hashes instead of ${siblings.length}.`);
  let hash = leaf;
  for (const [i, sibling] of siblings.entries()) {
    const other = proof[i] ?? emptyRoot();
    hash = sibling.side === 'left' ? nodeHash(other, hash) : nodeHash(hash, other);
  }
  if (!sameHash(hash, head.root)) throw new TlogError('proof_mismatch');
}

/** The hashes that show the tree of the older size to be the beginning of the newer one: RFC 6962, section 2.1.2. */
export async function consistencyProof(olderSize: number, newerSize: number, read: HashReader): Promise<Uint8Array[]> {
  checkSizes(olderSize, newerSize);
  return readRanges(consistencyRanges(olderSize, newerSize), read);
}

/** Throws unless the older tree is the beginning of the newer one. */
export function verifyConsistency(proof: readonly Uint8Array[], older: Head, newer: Head): void {
  checkSizes(older.size, newer.size);
  const ranges = consistencyRanges(older.size, newer.size);
  if (proof.length !== ranges.length)
    throw new TlogError('proof_length_wrong', `It has ${proof.length} hashes instead of ${ranges.length}.`);
  if (older.size === newer.size && !sameHash(older.root, newer.root)) throw new TlogError('head_split');
  if (older.size === 0 && !sameHash(older.root, emptyRoot())) throw new TlogError('root_mismatch', 'An empty tree has one root only.');
  if (older.size === 0 || older.size === newer.size) return;
  const roots = rootsOfConsistency([...proof], older, newer.size);
  if (!sameHash(roots.older, older.root) || !sameHash(roots.newer, newer.root)) throw new TlogError('head_forked');
}

/**
 * Where the older tree ends within the newer one, seen from the root: each step down leaves one whole subtree aside. The walk ends where a
 * subtree lies within the older tree: that one comes first in the proof, except where it is the older tree itself, whose root is known.
 */
function consistencySteps(olderSize: number, newerSize: number): { readonly end: Range; readonly aside: readonly Range[] } {
  const aside: Range[] = [];
  let from = 0;
  let to = newerSize;
  while (to !== olderSize) {
    const middle = from + splitPoint(to - from);
    if (olderSize <= middle) {
      aside.push({ from: middle, to });
      to = middle;
    } else {
      aside.push({ from, to: middle });
      from = middle;
    }
  }
  return { end: { from, to }, aside: aside.toReversed() };
}

function consistencyRanges(olderSize: number, newerSize: number): Range[] {
  if (olderSize === 0 || olderSize === newerSize) return [];
  const { end, aside } = consistencySteps(olderSize, newerSize);
  return end.from === 0 ? [...aside] : [end, ...aside];
}

/** Computes both roots from a proof of the right length, walking the steps back up. A subtree left aside to the left is in both trees. */
function rootsOfConsistency(
  proof: Uint8Array[],
  older: Head,
  newerSize: number,
): { readonly older: Uint8Array; readonly newer: Uint8Array } {
  const { end, aside } = consistencySteps(older.size, newerSize);
  const first = end.from === 0 ? older.root : (proof.shift() ?? emptyRoot());
  let olderHash = first;
  let newerHash = first;
  for (const [i, range] of aside.entries()) {
    const hash = proof[i] ?? emptyRoot();
    const isRight = range.from >= older.size;
    if (!isRight) olderHash = nodeHash(hash, olderHash);
    newerHash = isRight ? nodeHash(newerHash, hash) : nodeHash(hash, newerHash);
  }
  return { older: olderHash, newer: newerHash };
}

/** Root of a tree of `size` entries. */
export async function rootFrom(size: number, read: HashReader): Promise<Uint8Array> {
  if (size === 0) return emptyRoot();
  const [root] = await readRanges([{ from: 0, to: size }], read);
  return root ?? emptyRoot();
}

/** One hash per range, all subtrees asked for at once, so that a reader can fetch their tiles side by side. */
async function readRanges(ranges: readonly Range[], read: HashReader): Promise<Uint8Array[]> {
  const partsOfRange = ranges.map(perfectParts);
  const hashes = [...(await read(partsOfRange.flat()))];
  return partsOfRange.map((parts) => hashes.splice(0, parts.length).reduceRight((right, left) => nodeHash(left, right)));
}

function checkIndex(idx: number, size: number): void {
  checkSafe(idx);
  checkSafe(size);
  if (idx >= size) throw new TlogError('index_out_of_range', `Index ${idx}, size ${size}.`);
}

function checkSizes(olderSize: number, newerSize: number): void {
  checkSafe(olderSize);
  checkSafe(newerSize);
  if (olderSize > newerSize) throw new TlogError('size_out_of_range', `Sizes ${olderSize} and ${newerSize}.`);
}

function checkSafe(value: number): void {
  if (!Number.isInteger(value) || value < 0) throw new TlogError('number_malformed');
  if (!Number.isSafeInteger(value)) throw new TlogError('number_too_large');
}
