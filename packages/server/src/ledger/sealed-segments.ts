import path from 'node:path';
import {
  type Codec,
  SEALED_FOOTER_BYTES,
  SEALED_HEADER_BYTES,
  SEGMENT_ENTRIES,
  SealedError,
  type SealedFooter,
  openBundle,
  openBundleStart,
  parseSealedFooter,
  parseSealedHeader,
  segmentName,
} from '@daybook/logfiles';
import type { Files, OpenFile } from '../base/files.ts';

/** Sealed files kept open, with their offsets in memory: 1 KiB and a descriptor each. Opening one costs a look-up four turns of the thread pool; 33 M entries lie in these. */
const OPEN_MAX = 512;

interface SealedFile {
  readonly file: OpenFile;
  readonly codec: Codec;
  readonly footer: SealedFooter;
}

/** Reads sealed segments, bundle by bundle. */
export class SealedSegments {
  readonly #dir: string;
  readonly #files: Files;
  readonly #open = new Map<number, Promise<SealedFile>>();

  constructor(options: { readonly dir: string; readonly files: Files }) {
    this.#dir = options.dir;
    this.#files = options.files;
  }

  /** The level-2 hash in the footer of a segment whose header and footer are whole; undefined otherwise. */
  async rootOf(number: number): Promise<Buffer | undefined> {
    try {
      return (await this.#file(number)).footer.root;
    } catch (error) {
      this.#open.delete(number);
      if (error instanceof SealedError) return undefined;
      throw error;
    }
  }

  /** The first `entries` entries of a bundle, in bundle form. */
  async readStart(number: number, bundle: number, entries: number): Promise<Buffer> {
    const { file, codec, footer } = await this.#file(number);
    const start = footer.offsets[bundle] ?? 0;
    const packed = await file.read(start, (footer.offsets[bundle + 1] ?? start) - start);
    return openBundleStart(codec, packed, bundle, entries);
  }

  /** `count` bundles from bundle `first` on, in bundle form. */
  async read(number: number, first: number, count: number): Promise<Buffer> {
    const { file, codec, footer } = await this.#file(number);
    const start = footer.offsets[first] ?? 0;
    const packed = await file.read(start, (footer.offsets[first + count] ?? start) - start);
    const bundles: Buffer[] = [];
    for (let b = first; b < first + count; b++) {
      const at = (footer.offsets[b] ?? 0) - start;
      // 0.15 ms each; between them other work gets its turn.
      if (b > first) await new Promise<void>((resolve) => setImmediate(resolve));
      bundles.push(openBundle(codec, packed.subarray(at, (footer.offsets[b + 1] ?? 0) - start), b).bytes);
    }
    const [only] = bundles;
    return bundles.length === 1 && only !== undefined ? only : Buffer.concat(bundles);
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) await (await opening).file.close();
    this.#open.clear();
  }

  async #file(number: number): Promise<SealedFile> {
    let opening = this.#open.get(number);
    if (opening === undefined) {
      opening = this.#openFile(number);
      opening.catch(() => this.#open.delete(number));
    } else this.#open.delete(number);
    // Last used, last out.
    this.#open.set(number, opening);
    const file = await opening;
    await this.#closeOldest();
    return file;
  }

  async #closeOldest(): Promise<void> {
    const oldest = this.#open.entries().next();
    if (this.#open.size <= OPEN_MAX || oldest.done === true) return;
    const [number, opening] = oldest.value;
    this.#open.delete(number);
    await (await opening).file.close();
  }

  async #openFile(number: number): Promise<SealedFile> {
    const file = await this.#files.open(path.join(this.#dir, segmentName(number, 'seg')));
    try {
      const size = await file.size();
      const [header, end] = await Promise.all([
        file.read(0, SEALED_HEADER_BYTES),
        file.read(Math.max(0, size - SEALED_FOOTER_BYTES), SEALED_FOOTER_BYTES),
      ]);
      const codec = parseSealedHeader(header);
      const footer = parseSealedFooter(end, size);
      if (footer.firstIdx !== number * SEGMENT_ENTRIES) throw new SealedError(`segment ${number} holds another segment`);
      return { file, codec, footer };
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}
