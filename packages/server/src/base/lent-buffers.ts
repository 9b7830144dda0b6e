/**
 * Buffers that requests need for a while: for a body until its answer, for the events in it from the first decided item until the ledger has copied them. Fresh memory for
 * each would cost the kernel a page for every seven events, which is as much as copying them, and the collector a run over the whole heap for every 100 MB.
 */
const BITS_MIN = 14;
/** Kept free of each size from 16 KiB on, 20 MiB in all but for the two largest; a body of 16 MiB decides to some 30 MiB at the most. Larger ones, and more than these, are left to the collector. */
const KEPT: readonly number[] = [64, 32, 16, 16, 16, 8, 4, 2, 1];
const free: Buffer[][] = KEPT.map(() => []);

/** A buffer of at least so many bytes, of a power of two; its content is anything. */
export function takeBuffer(bytes: number): Buffer {
  const bits = Math.max(BITS_MIN, 32 - Math.clz32(bytes - 1));
  return free[bits - BITS_MIN]?.pop() ?? Buffer.allocUnsafeSlow(2 ** bits);
}

/** The buffer if it has so many bytes; else a larger one with the first `used` of them, and the buffer is given back. */
export function withRoom(buffer: Buffer, used: number, bytes: number): Buffer {
  if (bytes <= buffer.length) return buffer;
  const larger = takeBuffer(bytes);
  buffer.copy(larger, 0, 0, used);
  giveBuffer(buffer);
  return larger;
}

export function giveBuffer(buffer: Buffer): void {
  const size = 31 - Math.clz32(buffer.length) - BITS_MIN;
  const kept = free[size];
  if (kept !== undefined && kept.length < (KEPT[size] ?? 0)) kept.push(buffer);
}
