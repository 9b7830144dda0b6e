import { BUNDLES_PER_SEGMENT, segmentName } from '@daybook/logfiles';
import path from 'node:path';
import { mustHave } from '../base/assert.ts';
import type { Files } from '../base/files.ts';
import { TILE_WIDTH } from '@daybook/tlog';
import { OpenSegment, type WrittenFrame } from './open-segment.ts';
import { chunkOf } from './ring.ts';
import type { SealedSegments } from './sealed-segments.ts';
import type { EntryChunk, LogId } from './types.ts';

/**
 * The entry files of one log. `current` is the open segment that grows; older open ones wait for their sealing and are mapped when first read;
 * all others are sealed.
 */
export class Segments {
  readonly #log: LogId;
  readonly #dir: string;
  readonly #files: Files;
  readonly #sealed: SealedSegments;
  readonly #open = new Map<number, OpenSegment>();
  readonly #mapping = new Map<number, Promise<OpenSegment>>();
  /** Numbers of open segments older than the current one, oldest first. */
  #waiting: number[];
  current: OpenSegment;
  /** Entries that are durable. Not derived from `current`: a round that crosses a segment's end rolls before its entries are accepted. */
  #size: number;

  constructor(options: {
    readonly log: LogId;
    readonly dir: string;
    readonly files: Files;
    readonly sealed: SealedSegments;
    readonly waiting: readonly number[];
    readonly current: OpenSegment;
  }) {
    this.#log = options.log;
    this.#dir = options.dir;
    this.#files = options.files;
    this.#sealed = options.sealed;
    this.#waiting = [...options.waiting];
    this.current = options.current;
    this.#size = options.current.firstIdx + options.current.count;
  }

  get waiting(): readonly number[] {
    return this.#waiting;
  }

  get size(): number {
    return this.#size;
  }

  /** A round is durable: readers see its frames, all at once. */
  accept(written: readonly { readonly segment: OpenSegment; readonly frame: WrittenFrame }[]): void {
    for (const { segment, frame } of written) segment.accept(frame);
    this.#size = this.current.firstIdx + this.current.count;
  }

  /** Begins the next segment; its name is durable on return. */
  async roll(): Promise<OpenSegment> {
    const number = this.current.number + 1;
    const file = await this.#files.openDurable(path.join(this.#dir, segmentName(number, 'open')));
    await this.#files.syncDir(this.#dir);
    this.#open.set(this.current.number, this.current);
    this.#waiting.push(this.current.number);
    this.current = new OpenSegment(number, file);
    return this.current;
  }

  /** Takes back a `roll` whose round failed: `previous` grows again; the new file stays, empty, for the next roll. */
  async unroll(previous: OpenSegment): Promise<void> {
    while (this.current !== previous) {
      await this.current.file.close();
      const number = mustHave(this.#waiting.pop(), 'the segment before the current one');
      this.current = mustHave(this.#open.get(number), `the open segment ${number}`);
      this.#open.delete(number);
    }
  }

  /**
   * Durable entries of `count` bundles from bundle `bundle` on, all of one segment, as one chunk; the last bundle may be incomplete.
   * Throws when the files do not hold them.
   */
  async bundles(bundle: number, count: number): Promise<EntryChunk> {
    const number = Math.floor(bundle / BUNDLES_PER_SEGMENT);
    const first = bundle % BUNDLES_PER_SEGMENT;
    const take = Math.min(count, BUNDLES_PER_SEGMENT - first);
    const firstIdx = bundle * TILE_WIDTH;
    // Counted before the first await: a frame that becomes durable meanwhile is not in `bytes`.
    const entries = Math.min(take * TILE_WIDTH, this.#size - firstIdx);
    return this.#chunk(firstIdx, entries, await this.#read(number, first, take));
  }

  /** Durable entries of one bundle, from its first one up to `to` (exclusive) at least: for who looks at few of them, since a sealed bundle need not be unpacked whole. */
  async bundleUpTo(bundle: number, to: number): Promise<EntryChunk> {
    const number = Math.floor(bundle / BUNDLES_PER_SEGMENT);
    const firstIdx = bundle * TILE_WIDTH;
    const entries = to - firstIdx;
    if (entries >= TILE_WIDTH || number >= this.current.number || this.#waiting.includes(number)) return this.bundles(bundle, 1);
    return this.#chunk(firstIdx, entries, await this.#sealed.readStart(number, bundle % BUNDLES_PER_SEGMENT, entries));
  }

  /** The sealed file of `number` stands: readers go there from now on. */
  async sealedNow(number: number): Promise<void> {
    this.#waiting = this.#waiting.filter((other) => other !== number);
    const open = this.#open.get(number);
    this.#open.delete(number);
    this.#mapping.delete(number);
    await open?.file.close();
  }

  /** File name of an open segment. */
  openPath(number: number): string {
    return path.join(this.#dir, segmentName(number, 'open'));
  }

  async close(): Promise<void> {
    await this.current.file.close();
    for (const segment of this.#open.values()) await segment.file.close();
    this.#open.clear();
    await this.#sealed.close();
  }

  #chunk(firstIdx: number, entries: number, bytes: Buffer): EntryChunk {
    const chunk = chunkOf(this.#log, firstIdx, entries, bytes);
    if (chunk !== undefined) return chunk;
    const number = Math.floor(firstIdx / TILE_WIDTH / BUNDLES_PER_SEGMENT);
    throw new Error(`log ${this.#log}: segment ${number} does not hold the ${entries} entries from ${firstIdx} on; run \`daybook verify\``);
  }

  async #read(number: number, first: number, count: number): Promise<Buffer> {
    if (number === this.current.number) return this.current.read(first, count);
    if (!this.#waiting.includes(number)) return this.#sealed.read(number, first, count);
    try {
      const segment = this.#open.get(number) ?? (await this.#map(number));
      return await segment.read(first, count);
    } catch (error) {
      // Sealed while it was being read: the sealed file has the same entries.
      if (this.#waiting.includes(number)) throw error;
      return this.#sealed.read(number, first, count);
    }
  }

  /** Older open segments lie below the signed size: they were whole, so their frames are looked up only when somebody reads them. */
  #map(number: number): Promise<OpenSegment> {
    const known = this.#mapping.get(number);
    if (known !== undefined) return known;
    const mapping = (async () => {
      const segment = new OpenSegment(number, await this.#files.open(this.openPath(number)));
      await segment.scan();
      if (!this.#waiting.includes(number)) {
        await segment.file.close();
        throw new Error(`segment ${number} was sealed meanwhile`);
      }
      this.#open.set(number, segment);
      return segment;
    })();
    this.#mapping.set(number, mapping);
    return mapping;
  }
}
