import path from 'node:path';
import { hashCount, parseTileLevel } from '@daybook/logfiles';
import type { Files, OpenFile } from '../base/files.ts';
import { HASH_BYTES } from '@daybook/tlog';

/**
 * `tiles/<L>` of one log, L ≥ 1: hash i of the level at 32·i. What lies below the signed size is never written again; what lies beyond it was
 * staged for a checkpoint that was not signed, and is overwritten by the same bytes, since hashes are a function of the entries.
 */
export class TileStore {
  readonly #dir: string;
  readonly #files: Files;
  readonly #open = new Map<number, OpenFile>();

  constructor(options: { readonly dir: string; readonly files: Files }) {
    this.#dir = options.dir;
    this.#files = options.files;
  }

  /** Writes hashes from hash `from` on; durable on return, the file's name too. */
  async stage(level: number, from: number, hashes: Buffer): Promise<void> {
    const file = await this.#file(level);
    await file.write([hashes], from * HASH_BYTES);
    await file.datasync();
    // A level begins when its first hash is staged: only then the name is new.
    if (from === 0) await this.#files.syncDir(this.#dir);
  }

  /** Fewer bytes than asked for when the file ends before. */
  async read(level: number, from: number, count: number): Promise<Buffer> {
    const file = await this.#file(level);
    return file.read(from * HASH_BYTES, count * HASH_BYTES);
  }

  /** Cuts off what was staged beyond `size` entries; only recovery calls this. */
  async dropBeyond(size: number): Promise<void> {
    for (const name of await this.#files.list(this.#dir)) {
      const level = parseTileLevel(name);
      if (level === undefined) continue;
      const file = await this.#file(level);
      const bytes = hashCount(size, level) * HASH_BYTES;
      if ((await file.size()) <= bytes) continue;
      await file.truncate(bytes);
      await file.datasync();
    }
  }

  async close(): Promise<void> {
    for (const file of this.#open.values()) await file.close();
    this.#open.clear();
  }

  async #file(level: number): Promise<OpenFile> {
    const open = this.#open.get(level);
    if (open !== undefined) return open;
    const file = await this.#files.open(path.join(this.#dir, String(level)));
    // Two first readers at once: the second handle is one too many.
    const other = this.#open.get(level);
    if (other !== undefined) {
      await file.close();
      return other;
    }
    this.#open.set(level, file);
    return file;
  }
}
