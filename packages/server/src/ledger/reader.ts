import { hashCount } from '@daybook/logfiles';
import { DaybookError } from '@daybook/protocol';
import { leafHashes } from './disk-tree.ts';
import { HASH_BYTES, TILE_WIDTH, formatTlogProof, inclusionProof, tileHashReader, verifyInclusion } from '@daybook/tlog';
import type { Log } from './log.ts';
import { chunkPart } from './ring.ts';
import type { EntryChunk } from './types.ts';

/** Bundles of a chunk that is read back from disk: 4,096 entries. */
const READ_BUNDLES = 16;
/** Recomputed level-0 tiles kept: 8 KiB each. Proofs of neighbours and of the right edge need the same one. */
const LEAF_TILES_KEPT = 32;

/** Reads of one log: entries from memory or disk, tiles, bundles, proofs. Sees durable entries only. */
export class LogReader {
  readonly #log: Log;
  readonly #leafTiles = new Map<number, Buffer>();

  constructor(log: Log) {
    this.#log = log;
  }

  async *read(from: number, to: number, signal?: AbortSignal): AsyncGenerator<EntryChunk> {
    if (from < 0 || to > this.#log.durable.value || from > to) throw notFound(this.#log, to - 1);
    for (let at = from; at < to; ) {
      signal?.throwIfAborted();
      const chunk = await this.#chunkAt(at, to);
      yield chunk;
      at = chunk.firstIdx + chunk.count;
    }
  }

  async *tail(from: number, signal: AbortSignal): AsyncGenerator<EntryChunk> {
    let at = from;
    for (;;) {
      try {
        await this.#log.durable.reached(at + 1, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      if (signal.aborted) return;
      const chunk = await this.#chunkAt(at, this.#log.durable.value);
      yield chunk;
      at = chunk.firstIdx + chunk.count;
    }
  }

  async entry(idx: number): Promise<Buffer> {
    if (!Number.isSafeInteger(idx) || idx < 0 || idx >= this.#log.durable.value) throw notFound(this.#log, idx);
    const chunk = this.#log.ring.find(idx) ?? (await this.#log.parts.segments.bundleUpTo(Math.floor(idx / TILE_WIDTH), idx + 1));
    const i = idx - chunk.firstIdx;
    return chunk.bytes.subarray(chunk.starts[i], chunk.ends[i]);
  }

  async tile(level: number | 'entries', n: number, width: number): Promise<Buffer | undefined> {
    const size = this.#log.head.size;
    const from = n * TILE_WIDTH;
    const count = hashCount(size, level === 'entries' ? 0 : level);
    if (!Number.isSafeInteger(from) || n < 0 || width < 1 || width > TILE_WIDTH || from + width > count) return undefined;
    if (level === 'entries') return chunkPart(await this.#bundle(n), from, from + width).bytes;
    return this.#hashes(level, n, width);
  }

  /** Leaf hashes of the durable entries of bundle `n`, recomputed from their bytes: of its first `width` at least. */
  async #leafTile(n: number, width: number): Promise<Buffer> {
    const known = this.#leafTiles.get(n);
    // The incomplete bundle at the right edge is part of most proofs; entries are only ever added to it.
    if (known !== undefined && known.length >= width * HASH_BYTES) return known;
    const hashes = await leafHashes(await this.#bundle(n));
    this.#leafTiles.set(n, hashes);
    const oldest = this.#leafTiles.keys().next();
    if (this.#leafTiles.size > LEAF_TILES_KEPT && oldest.done !== true) this.#leafTiles.delete(oldest.value);
    return hashes;
  }

  /**
   * tlog-proof text for one entry under the newest published head. It is verified before it leaves: what the files contradict is a fault to be
   * reported here, not a proof that fails at the auditor's.
   */
  async proof(idx: number): Promise<string> {
    const head = this.#log.head;
    if (!Number.isSafeInteger(idx) || idx < 0 || idx >= this.#log.durable.value) throw notFound(this.#log, idx);
    if (idx >= head.size)
      throw new DaybookError('not_found', `entry ${idx} is kept, but no signed checkpoint covers it yet: ask again in a second`);
    const read = tileHashReader(head.size, async ({ level, n, width }) => this.#hashes(level, n, width));
    const hashes = await inclusionProof(idx, head.size, read);
    const place = idx % TILE_WIDTH;
    const tile = await this.#leafTile(Math.floor(idx / TILE_WIDTH), place + 1);
    verifyInclusion(hashes, tile.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES), idx, head);
    return formatTlogProof({ index: idx, hashes, checkpoint: head.note });
  }

  async #hashes(level: number, n: number, width: number): Promise<Buffer> {
    if (level > 0) return this.#log.parts.tiles.read(level, n * TILE_WIDTH, width);
    return (await this.#leafTile(n, width)).subarray(0, width * HASH_BYTES);
  }

  #bundle(n: number): Promise<EntryChunk> {
    return this.#log.parts.segments.bundles(n, 1);
  }

  async #chunkAt(at: number, to: number): Promise<EntryChunk> {
    const recent = this.#log.ring.find(at);
    if (recent !== undefined) return chunkPart(recent, at, to);
    const first = Math.floor(at / TILE_WIDTH);
    const bundles = Math.min(READ_BUNDLES, Math.ceil(to / TILE_WIDTH) - first);
    const { segments } = this.#log.parts;
    return chunkPart(bundles === 1 ? await segments.bundleUpTo(first, to) : await segments.bundles(first, bundles), at, to);
  }
}

function notFound(log: Log, idx: number): DaybookError {
  const { size, log: name } = log.state();
  return new DaybookError('not_found', `log ${name} has no entry ${idx}; it has ${size}`);
}
