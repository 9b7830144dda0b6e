import { crc32 } from 'node:zlib';
import { bundlePrefix, type EntryOffsets, splitBundle } from './bundle.ts';
import type { ByteSource } from './byte-source.ts';
import { type Codec, unpackBundle, unpackShare } from './codec.ts';
import { BUNDLE_ENTRIES } from './layout.ts';
import {
  parseSealedFooter,
  parseSealedHeader,
  SEALED_FOOTER_BYTES,
  SEALED_HEADER_BYTES,
  SealedError,
  type SealedFooter,
} from './sealed-segment.ts';

/** The entries of one bundle: 256, or fewer at the end of a log. */
export interface Bundle extends EntryOffsets {
  readonly bytes: Buffer;
  readonly count: number;
}

/** Reads a sealed segment bundle by bundle. Every failure is a SealedError, or what the source throws. */
export class SealedSource {
  readonly #source: ByteSource;
  readonly #codec: Codec;
  readonly footer: SealedFooter;

  constructor(source: ByteSource) {
    this.#source = source;
    if (source.size < SEALED_HEADER_BYTES + SEALED_FOOTER_BYTES) throw new SealedError('it is too short for a sealed segment');
    // Copies: the next read may overwrite what a source gave.
    this.#codec = parseSealedHeader(Buffer.from(source.read(0, SEALED_HEADER_BYTES)));
    this.footer = parseSealedFooter(Buffer.from(source.read(source.size - SEALED_FOOTER_BYTES, SEALED_FOOTER_BYTES)), source.size);
  }

  /** Bundle b of the segment, 0 … 255. */
  bundle(b: number): Bundle {
    return openBundle(this.#codec, this.packed(b), b);
  }

  /** Its bytes as they lie in the file; a view. */
  packed(b: number): Buffer {
    const start = this.footer.offsets[b];
    const end = this.footer.offsets[b + 1];
    if (start === undefined || end === undefined) throw new RangeError(`a segment has no bundle ${b}`);
    return this.#source.read(start, end - start);
  }

  /** CRC-32 of header and bundles, as the footer has it. Reads the whole file. */
  bodyCrc(): number {
    let crc = crc32(this.#source.read(0, SEALED_HEADER_BYTES));
    for (let b = 0; b < this.footer.offsets.length - 1; b++) crc = crc32(this.packed(b), crc);
    return crc;
  }
}

/** Unpacks the bytes of one bundle: for readers that fetch [offsets[b], offsets[b + 1]) in their own way. Throws SealedError. */
export function openBundle(codec: Codec, packed: Uint8Array, b: number): Bundle {
  const bytes = attempt(b, () => unpackBundle(codec, packed));
  const offsets = splitBundle(bytes, BUNDLE_ENTRIES);
  if (offsets === undefined) throw new SealedError(`bundle ${b} does not hold ${BUNDLE_ENTRIES} entries`);
  return { bytes, count: BUNDLE_ENTRIES, ...offsets };
}

/** Entries differ in length: so much more than their share of the bytes is unpacked for the first of them. */
const SHARE_SPARE = 0.08;
/** Beyond this share, half of it unpacked twice would cost more than it saves. */
const SHARE_MAX = 0.9;

/** The first `count` entries of a bundle in bundle form, for who looks at one of them: unpacks little more than these. Throws SealedError. */
export function openBundleStart(codec: Codec, packed: Uint8Array, b: number, count: number): Buffer {
  const share = count / BUNDLE_ENTRIES + SHARE_SPARE;
  if (share < SHARE_MAX) {
    const bytes = attempt(b, () => unpackShare(codec, packed, share));
    const end = bytes === undefined ? undefined : bundlePrefix(bytes, count);
    if (bytes !== undefined && end !== undefined) return bytes.subarray(0, end);
  }
  const { bytes, ends } = openBundle(codec, packed, b);
  return bytes.subarray(0, ends[count - 1] ?? 0);
}

function attempt<T>(b: number, unpack: () => T): T {
  try {
    return unpack();
  } catch (error) {
    throw new SealedError(`bundle ${b} cannot be unpacked`, { cause: error });
  }
}
