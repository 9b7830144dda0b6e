import { foldPerfect, leafHashInto, nodeHash } from '@daybook/tlog';
import type { EntryOffsets } from './bundle.ts';
import { HASH_BYTES } from './layout.ts';

/** Leaf hashes of entries, side by side, written to `out` (a Buffer with room for them). */
export function leafTileInto(bytes: Uint8Array, { starts, ends }: EntryOffsets, out: Uint8Array): void {
  for (let i = 0; i < starts.length; i++) leafHashInto(bytes.subarray(starts[i], ends[i]), out, i * HASH_BYTES);
}

/** Root of `count` hashes side by side, a power of two; overwrites them. A copy. */
export function perfectRoot(hashes: Uint8Array, count: number): Buffer {
  foldPerfect(hashes, count);
  return Buffer.from(hashes.subarray(0, HASH_BYTES));
}

/** RFC 6962 root of `count` ≥ 1 hashes side by side, any number of them: perfect subtrees joined from right to left. Does not overwrite them. */
export function edgeRoot(hashes: Uint8Array, count: number): Buffer {
  let root: Uint8Array | undefined;
  let end = count;
  for (let width = 1; end > 0; width *= 2) {
    if ((end & width) === 0) continue;
    end -= width;
    const part = perfectRoot(Buffer.from(hashes.subarray(end * HASH_BYTES, (end + width) * HASH_BYTES)), width);
    root = root === undefined ? part : nodeHash(part, root);
  }
  return Buffer.from(root ?? []);
}
