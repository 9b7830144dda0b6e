/**
 * The ids that were seen, newest five million: a ring of fixed records in blocks, and an open-addressing index into it. No object per id: 20 bytes in
 * the ring and 6.4 in the index. Blocks come as they are needed and the oldest goes as a whole, so an empty server stays small and a full one bounded.
 *
 * Record (five 32-bit words): low and high half of the id's hash · hash of the content · place, low · place, high (log in bits 24 … 31, idx bits
 * 32 … 55 below).
 */
export const BLOCK_IDS = 65_536;
export const RECORD_WORDS = 5;
/** Whole blocks that are kept beside the one being filled: 5.18 M ids, 105 MB with index. */
export const FULL_BLOCKS_MAX = 79;
/** Positions in the ring; a power of two above all live ones. */
const POSITIONS = 8_388_608;
const SLOTS = POSITIONS;
/** A record whose append is not durable yet, or failed. Neither is in any log. */
const PENDING = 0xffff_ffff;
const REMOVED = 0xffff_fffe;
const IDX_HIGH = 0x1_0000_0000;

export interface Place {
  /** Number of the log. */
  readonly log: number;
  readonly idx: number;
}

export class IdRing {
  readonly #blocks: (Uint32Array | undefined)[] = [];
  /** Position + 1 of a record, 0 = empty. Allocated with the first id; the pages that are not touched cost nothing. */
  #index: Uint32Array | undefined;
  /** Serial number of the oldest record and of the next; position = serial mod POSITIONS. */
  #first = 0;
  #next = 0;
  /** Serial numbers of blocks that changed since they were last taken. */
  readonly #dirty = new Set<number>();

  get first(): number {
    return this.#first;
  }
  get next(): number {
    return this.#next;
  }
  get size(): number {
    return this.#next - this.#first;
  }

  /** Serial number of the record with this hash, or -1. */
  find(low: number, high: number): number {
    if (this.#index === undefined) return -1;
    for (let slot = low & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const entry = this.#index[slot] ?? 0;
      if (entry === 0) return -1;
      const [block, at] = this.#locate(entry - 1);
      if (block[at] === low && block[at + 1] === high) return this.#serialOf(entry - 1);
    }
  }

  /** Adds a record that is not durable yet. Returns its serial number. */
  add(low: number, high: number, content: number): number {
    const serial = this.#next++;
    if (serial % BLOCK_IDS === 0) this.#openBlock(serial);
    const position = serial % POSITIONS;
    const [block, at] = this.#locate(position);
    block[at] = low;
    block[at + 1] = high;
    block[at + 2] = content;
    block[at + 3] = 0;
    block[at + 4] = PENDING;
    this.#enter(position, low);
    this.#dirty.add(Math.floor(serial / BLOCK_IDS));
    return serial;
  }

  content(serial: number): number {
    const [block, at] = this.#locate(serial % POSITIONS);
    return block[at + 2] ?? 0;
  }

  /** Where the entry of a record stands; undefined while its append is not durable. */
  place(serial: number): Place | undefined {
    const [block, at] = this.#locate(serial % POSITIONS);
    const high = block[at + 4] ?? 0;
    if (high >= REMOVED) return undefined;
    return { log: high >>> 24, idx: (high & 0xff_ffff) * IDX_HIGH + (block[at + 3] ?? 0) };
  }

  /** The record became durable. It may have left the ring meanwhile. */
  settle(serial: number, place: Place): void {
    if (serial < this.#first) return;
    const [block, at] = this.#locate(serial % POSITIONS);
    block[at + 3] = place.idx % IDX_HIGH;
    block[at + 4] = (place.log << 24) | Math.floor(place.idx / IDX_HIGH);
    this.#dirty.add(Math.floor(serial / BLOCK_IDS));
  }

  /** The append failed: the id was never kept, and whoever sends it again must not be told otherwise. */
  forget(serial: number): void {
    if (serial < this.#first) return;
    const [block, at] = this.#locate(serial % POSITIONS);
    if (block[at + 4] !== REMOVED) this.#leave(serial % POSITIONS, block[at] ?? 0);
    block[at + 4] = REMOVED;
    this.#dirty.add(Math.floor(serial / BLOCK_IDS));
  }

  // ---- whole blocks, for snapshots

  /** Serial numbers of the blocks that changed since the last call. */
  takeDirty(): number[] {
    const dirty = [...this.#dirty].sort((a, b) => a - b);
    this.#dirty.clear();
    return dirty.filter((block) => (block + 1) * BLOCK_IDS > this.#first);
  }

  markDirty(blocks: readonly number[]): void {
    for (const block of blocks) this.#dirty.add(block);
  }

  /** The records of a block, up to the newest; shared, not a copy. */
  block(number: number): Uint32Array {
    const count = Math.min(BLOCK_IDS, this.#next - number * BLOCK_IDS);
    const [block] = this.#locate((number * BLOCK_IDS) % POSITIONS);
    return block.subarray(0, count * RECORD_WORDS);
  }

  /** Takes back the records of a block in their order; those that `keep` refuses stay removed. Blocks must come in order, into an empty ring. */
  restore(number: number, records: Uint32Array, keep: (place: Place) => boolean): void {
    if (this.size === 0) {
      this.#first = number * BLOCK_IDS;
      this.#next = this.#first;
    }
    this.#openBlock(number * BLOCK_IDS);
    const block = this.#locate((number * BLOCK_IDS) % POSITIONS)[0];
    block.set(records);
    this.#next = number * BLOCK_IDS + records.length / RECORD_WORDS;
    for (let serial = number * BLOCK_IDS; serial < this.#next; serial++) {
      const place = this.place(serial);
      const position = serial % POSITIONS;
      const [, at] = this.#locate(position);
      if (place !== undefined && keep(place)) this.#enter(position, block[at] ?? 0);
      else block[at + 4] = REMOVED;
    }
  }

  // ---- the ring and its index

  #locate(position: number): [Uint32Array, number] {
    const block = this.#blocks[Math.floor(position / BLOCK_IDS)];
    if (block === undefined) throw new Error(`no block at position ${position}`);
    return [block, (position % BLOCK_IDS) * RECORD_WORDS];
  }

  #serialOf(position: number): number {
    const lap = this.#first - (this.#first % POSITIONS);
    return lap + position >= this.#first ? lap + position : lap + position + POSITIONS;
  }

  #openBlock(serial: number): void {
    this.#index ??= new Uint32Array(SLOTS);
    if (serial - this.#first > FULL_BLOCKS_MAX * BLOCK_IDS) this.#dropOldest();
    this.#blocks[Math.floor((serial % POSITIONS) / BLOCK_IDS)] = new Uint32Array(BLOCK_IDS * RECORD_WORDS);
  }

  #dropOldest(): void {
    const place = Math.floor((this.#first % POSITIONS) / BLOCK_IDS);
    const end = (Math.floor(this.#first / BLOCK_IDS) + 1) * BLOCK_IDS;
    for (let serial = this.#first; serial < end; serial++) {
      const [block, at] = this.#locate(serial % POSITIONS);
      if (block[at + 4] !== REMOVED) this.#leave(serial % POSITIONS, block[at] ?? 0);
    }
    this.#blocks[place] = undefined;
    this.#dirty.delete(Math.floor(this.#first / BLOCK_IDS));
    this.#first = end;
  }

  #enter(position: number, low: number): void {
    const index = this.#index;
    if (index === undefined) return;
    let slot = low & (SLOTS - 1);
    while ((index[slot] ?? 0) !== 0) slot = (slot + 1) & (SLOTS - 1);
    index[slot] = position + 1;
  }

  /** Removes a position from the index and closes the gap, so that no search ends too early. */
  #leave(position: number, low: number): void {
    const index = this.#index;
    if (index === undefined) return;
    let gap = low & (SLOTS - 1);
    while (index[gap] !== position + 1) {
      if ((index[gap] ?? 0) === 0) throw new Error('a record is missing in its index');
      gap = (gap + 1) & (SLOTS - 1);
    }
    for (let slot = (gap + 1) & (SLOTS - 1); (index[slot] ?? 0) !== 0; slot = (slot + 1) & (SLOTS - 1)) {
      const [block, at] = this.#locate((index[slot] ?? 1) - 1);
      const home = (block[at] ?? 0) & (SLOTS - 1);
      // Whether the entry may move back to the gap: its home is not behind it.
      if (((slot - home) & (SLOTS - 1)) >= ((slot - gap) & (SLOTS - 1))) {
        index[gap] = index[slot] ?? 0;
        gap = slot;
      }
    }
    index[gap] = 0;
  }
}
