import { giveBuffer, withRoom } from '../../base/lent-buffers.ts';

/** The server's bound of an item is 512 KiB of UTF-8; a text with its original may be longer. */
export const LINE_CHARS_MAX = 160 * 1024;
/** Events of a few hundred bytes: most batches of receivers grow once or twice from here. */
const FIRST_BYTES = 64 * 1024;
const UTF8_BYTES_PER_UNIT = 3;
const LINE_FEED = 0x0a;

/**
 * Events as lines of JSON, written one behind the other as they come: a body for intake. Thousands of strings that wait to be joined would outlive the
 * collector's young generation, and cost it more than writing them.
 */
export class EventLines {
  #bytes: Buffer = NO_BYTES;
  #used = 0;
  /** Where each line ends, its line feed included. */
  #ends: number[] = [];

  get count(): number {
    return this.#ends.length;
  }

  get byteLength(): number {
    return this.#used;
  }

  /** All lines; valid until the next `add` or `release`. */
  get body(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  add(line: string): void {
    const room = this.#used + line.length * UTF8_BYTES_PER_UNIT + 1;
    this.#bytes = withRoom(this.#bytes, this.#used, Math.max(FIRST_BYTES, room));
    this.#used += this.#bytes.write(line, this.#used, 'utf8');
    this.#bytes[this.#used++] = LINE_FEED;
    this.#ends.push(this.#used);
  }

  /** Leaves only the lines of these numbers, which rise. */
  keep(numbers: readonly number[]): void {
    let used = 0;
    const ends: number[] = [];
    for (const number of numbers) {
      const from = this.#ends[number - 1] ?? 0;
      const to = this.#ends[number] ?? from;
      this.#bytes.copyWithin(used, from, to);
      used += to - from;
      ends.push(used);
    }
    this.#used = used;
    this.#ends = ends;
  }

  /** Gives the memory back: nothing may read the body afterwards. */
  release(): void {
    giveBuffer(this.#bytes);
    this.#bytes = NO_BYTES;
    this.#used = 0;
    this.#ends = [];
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);
