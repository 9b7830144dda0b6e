import { BATCH_BYTES, BATCH_ITEMS, MEMORY_BYTES_MAX } from '../bounds.ts';
import { type Batch, batchOf, type Waiting } from './segment.ts';

/** Lines that the disk did not take: a kill would take them, so they go to the disk as soon as it lets them. */
export class MemoryLines implements Waiting {
  size = 0;
  settled = 0;
  #lines: string[] = [];
  #bytes = 0;

  /** false: there is no room. */
  push(line: string, bytes: number): boolean {
    if (this.size - this.settled + bytes > MEMORY_BYTES_MAX) return false;
    this.#lines.push(line);
    this.size += bytes;
    this.#bytes += bytes;
    return true;
  }

  get hasMore(): boolean {
    return this.#lines.length > 0;
  }

  /** Lines not handed out, together; they leave with `forget`, when they are on the disk. */
  get waiting(): { readonly text: string; readonly bytes: number } {
    return { text: this.#lines.join(''), bytes: this.#bytes };
  }

  forget(): number {
    const count = this.#lines.length;
    this.size -= this.#bytes;
    this.#bytes = 0;
    this.#lines = [];
    return count;
  }

  async take(): Promise<Batch | undefined> {
    let lines = 0;
    let length = 0;
    while (lines < this.#lines.length && lines < BATCH_ITEMS && length < BATCH_BYTES) length += this.#lines[lines++]?.length ?? 0;
    if (lines === 0) return undefined;
    const bytes = Buffer.from(this.#lines.splice(0, lines).join(''));
    this.#bytes -= bytes.length;
    return batchOf(this, bytes, lines);
  }
}
