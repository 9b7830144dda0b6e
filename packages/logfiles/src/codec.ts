import { brotliDecompressSync, constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ENTRY_BYTES_MAX, LENGTH_BYTES } from './bundle.ts';
import { BUNDLE_ENTRIES } from './layout.ts';

/** How the bundles of a sealed segment are compressed: one byte in its header. */
export const CODEC_DEFLATE = 1;
export const CODEC_BROTLI = 2;
export type Codec = typeof CODEC_DEFLATE | typeof CODEC_BROTLI;

/** A bundle of the longest entries. Bounds what a forged few bytes can unpack to. */
export const BUNDLE_BYTES_MAX = BUNDLE_ENTRIES * (LENGTH_BYTES + ENTRY_BYTES_MAX);

/** 1.9 µs and 80 bytes an entry; level 6 takes 4.4 µs to save 7 bytes. See the table in README.md. */
const DEFLATE_LEVEL = 3;

/** Most bundles unpack into one of these: pieces of zlib's own 16 KiB, put together afterwards, take three times as long. */
const CHUNK_BYTES = 256 * 1024;

export function isCodec(byte: number): byte is Codec {
  return byte === CODEC_DEFLATE || byte === CODEC_BROTLI;
}

/** Always deflate: auditors' languages have it in their standard library. Brotli is read, so that a later version may write it. */
export function packBundle(bytes: Uint8Array): Buffer {
  return deflateRawSync(bytes, { level: DEFLATE_LEVEL, memLevel: 9 });
}

/** Throws an Error when the bytes are not one whole compressed bundle, or unpack to more than a bundle can have. */
export function unpackBundle(codec: Codec, packed: Uint8Array): Buffer {
  const options = { maxOutputLength: BUNDLE_BYTES_MAX, chunkSize: CHUNK_BYTES };
  return codec === CODEC_DEFLATE ? inflateRawSync(packed, options) : brotliDecompressSync(packed, options);
}

/** What the first `share` (0 … 1) of compressed bytes unpack to, as far as it is whole. Throws like `unpackBundle`; undefined where a codec can't stop on the way. */
export function unpackShare(codec: Codec, packed: Uint8Array, share: number): Buffer | undefined {
  if (codec !== CODEC_DEFLATE) return undefined;
  const part = packed.subarray(0, Math.ceil(packed.length * share));
  return inflateRawSync(part, { maxOutputLength: BUNDLE_BYTES_MAX, chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
}
