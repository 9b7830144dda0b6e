/**
 * Which subtrees a proof consists of. Makers and verifiers of proofs walk the tree of RFC 6962 by the functions here, so the shape of a
 * proof is written down once. Sizes and indexes are safe integers up to 2^53 - 1.
 */

/** Entries [from, to): a subtree as RFC 6962 splits the tree, perfect or at its right edge. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A perfect subtree: entries [n·2^height, (n+1)·2^height). Its hash never changes once they are there. */
export interface Perfect {
  readonly height: number;
  readonly n: number;
}

/** The largest power of two below `count` ≥ 2: how many entries go left. Not by Math.log2, which rounds for large counts. */
export function splitPoint(count: number): number {
  let left = 1;
  while (left * 2 < count) left *= 2;
  return left;
}

/** RFC 6962 section 2.1.1, from the leaf's sibling up: the siblings on the way to the root, and on which side each stands. */
export function inclusionSiblings(idx: number, size: number): (Range & { readonly side: 'left' | 'right' })[] {
  const siblings: (Range & { readonly side: 'left' | 'right' })[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (idx < middle) {
      siblings.push({ from: middle, to, side: 'right' });
      to = middle;
    } else {
      siblings.push({ from, to: middle, side: 'left' });
      from = middle;
    }
  }
  return siblings.toReversed();
}

/** The perfect subtrees that a subtree consists of, from left to right: one for each bit of its length. */
export function perfectParts(range: Range): Perfect[] {
  const parts: Perfect[] = [];
  let from = range.from;
  while (from < range.to) {
    let height = 0;
    let count = 1;
    while (count * 2 <= range.to - from) {
      count *= 2;
      height++;
    }
    parts.push({ height, n: from / count });
    from += count;
  }
  return parts;
}
