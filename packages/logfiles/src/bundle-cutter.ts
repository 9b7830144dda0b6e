import { bundlePrefix } from './bundle.ts';
import { BUNDLE_ENTRIES } from './layout.ts';

/** Entries of one bundle in bundle form; all 256 of them, unless the log ends or entries are missing. */
export interface BundlePiece {
  readonly firstIdx: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** Cuts what frames hold at the borders of bundles, in order. Copies: frames are views. */
export class BundleCutter {
  #firstIdx: number;
  #parts: Buffer[] = [];
  #count = 0;

  constructor(firstIdx: number) {
    this.#firstIdx = firstIdx;
  }

  /** Idx of the entry that comes next. */
  get nextIdx(): number {
    return this.#firstIdx + this.#count;
  }

  /** `payload` holds exactly `count` entries. Yields the bundles that became full. */
  *add(payload: Buffer, count: number): Generator<BundlePiece, void> {
    let rest = payload;
    let left = count;
    while (left > 0) {
      const room = BUNDLE_ENTRIES - (this.nextIdx % BUNDLE_ENTRIES);
      const take = Math.min(left, room);
      const bytes = bundlePrefix(rest, take) ?? rest.length;
      this.#parts.push(Buffer.from(rest.subarray(0, bytes)));
      this.#count += take;
      rest = rest.subarray(bytes);
      left -= take;
      if (take === room) yield* this.flush();
    }
  }

  /** The entries gathered so far, if any. */
  *flush(): Generator<BundlePiece, void> {
    if (this.#count === 0) return;
    const [only, ...more] = this.#parts;
    yield {
      firstIdx: this.#firstIdx,
      count: this.#count,
      bytes: only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts),
    };
    this.#firstIdx += this.#count;
    this.#parts = [];
    this.#count = 0;
  }

  /** Goes on at `idx`, behind entries that are missing; call `flush` before. */
  skipTo(idx: number): void {
    this.#firstIdx = idx;
  }
}
