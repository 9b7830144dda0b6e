import { bundlePrefix } from './bundle.ts';
import { BUNDLE_ENTRIES } from './layout.ts';

/** Cuts what frames hold into bundles of 256 entries, in order. Copies: frames are views. */
export class BundleCutter {
  #parts: Buffer[] = [];
  #count = 0;

  /** Entries of the bundle that is not full yet. */
  get pending(): number {
    return this.#count;
  }

  /** `payload` holds exactly `count` entries. Yields the bundles that became full. */
  *add(payload: Buffer, count: number): Generator<Buffer, void> {
    let rest = payload;
    let left = count;
    while (left > 0) {
      const take = Math.min(left, BUNDLE_ENTRIES - this.#count);
      const bytes = bundlePrefix(rest, take) ?? rest.length;
      this.#parts.push(Buffer.from(rest.subarray(0, bytes)));
      this.#count += take;
      rest = rest.subarray(bytes);
      left -= take;
      if (this.#count === BUNDLE_ENTRIES) yield this.take();
    }
  }

  /** The entries gathered so far; the next bundle begins empty. */
  take(): Buffer {
    const [only, ...more] = this.#parts;
    const bundle = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#count = 0;
    return bundle;
  }
}
