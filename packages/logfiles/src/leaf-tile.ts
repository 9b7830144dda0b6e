import { foldPerfect, leafHashInto } from '@daybook/tlog';
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
