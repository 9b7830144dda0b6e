import { crc32 } from 'node:zlib';
import { BUNDLES_PER_SEGMENT, HASH_BYTES, SEGMENT_ENTRIES } from './layout.ts';
import { CODEC_DEFLATE, type Codec, isCodec, packBundle } from './codec.ts';

/**
 * A sealed segment, `<N>.seg`: 65,536 entries that never change again. Integers are big-endian.
 *
 *     header, 16 bytes
 *        0  "DBSEG1\n"
 *        7  u8  codec of the bundles: 1 deflate (raw, RFC 1951), 2 brotli (RFC 7932)
 *        8  eight zero bytes
 *     256 bundles, each compressed by itself, side by side; bundle b holds the entries firstIdx + 256·b …
 *     footer, 1,084 bytes, at the end of the file
 *        0  257 × u32  where each bundle begins in the file; the last one: where the footer begins
 *     1028  u64  idx of the first entry: N × 65,536
 *     1036  32 bytes  root of the segment's 65,536 leaf hashes: hash N of tile level 2
 *     1068  u32  CRC-32 of all bytes before the footer
 *     1072  u32  CRC-32 of the footer's bytes before this field
 *     1076  "DBSEGEND"
 *
 * The CRC over the bundles covers the bits that a decompressor ignores.
 */
export const SEALED_HEADER_BYTES = 16;
export const SEALED_FOOTER_BYTES = 1084;
const MAGIC = Buffer.from('DBSEG1\n', 'latin1');
const CODEC_AT = MAGIC.length;
const END_MAGIC = Buffer.from('DBSEGEND', 'latin1');
const OFFSETS = BUNDLES_PER_SEGMENT + 1;
const FIRST_IDX_AT = 4 * OFFSETS;
const ROOT_AT = FIRST_IDX_AT + 8;
const BODY_CRC_AT = ROOT_AT + HASH_BYTES;
const FOOTER_CRC_AT = BODY_CRC_AT + 4;
const END_AT = FOOTER_CRC_AT + 4;

export interface SealedFooter {
  readonly firstIdx: number;
  /** 257 positions in the file, ascending; bundle b is [offsets[b], offsets[b + 1]). */
  readonly offsets: Uint32Array;
  /** Level-2 hash of the segment. */
  readonly root: Buffer;
  readonly bodyCrc: number;
}

export function sealedHeader(codec: Codec = CODEC_DEFLATE): Buffer {
  const header = Buffer.alloc(SEALED_HEADER_BYTES);
  header.set(MAGIC);
  header[CODEC_AT] = codec;
  return header;
}

/** Throws SealedError. */
export function parseSealedHeader(header: Buffer): Codec {
  const codec = header[CODEC_AT] ?? 0;
  if (!isCodec(codec) || header.length !== SEALED_HEADER_BYTES || !header.equals(sealedHeader(codec)))
    throw new SealedError('its header is not that of a sealed segment');
  return codec;
}

export function sealedFooter(footer: SealedFooter): Buffer {
  const bytes = Buffer.alloc(SEALED_FOOTER_BYTES);
  for (let i = 0; i < OFFSETS; i++) bytes.writeUInt32BE(footer.offsets[i] ?? 0, 4 * i);
  bytes.writeBigUInt64BE(BigInt(footer.firstIdx), FIRST_IDX_AT);
  bytes.set(footer.root, ROOT_AT);
  bytes.writeUInt32BE(footer.bodyCrc, BODY_CRC_AT);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, FOOTER_CRC_AT)), FOOTER_CRC_AT);
  bytes.set(END_MAGIC, END_AT);
  return bytes;
}

/** `footer`: the last 1,084 bytes of a file of `fileBytes`. Checks everything but the bundles themselves. Throws SealedError. */
export function parseSealedFooter(footer: Buffer, fileBytes: number): SealedFooter {
  if (footer.length !== SEALED_FOOTER_BYTES || !footer.subarray(END_AT).equals(END_MAGIC))
    throw new SealedError('it does not end like a sealed segment');
  if (crc32(footer.subarray(0, FOOTER_CRC_AT)) !== footer.readUInt32BE(FOOTER_CRC_AT))
    throw new SealedError('the checksum of its footer is wrong');
  const offsets = Uint32Array.from({ length: OFFSETS }, (_, i) => footer.readUInt32BE(4 * i));
  const ascending = offsets.every((offset, i) => i === 0 || offset > (offsets[i - 1] ?? 0));
  if (!ascending || offsets[0] !== SEALED_HEADER_BYTES || offsets[OFFSETS - 1] !== fileBytes - SEALED_FOOTER_BYTES)
    throw new SealedError('its footer does not fit the file');
  const firstIdx = Number(footer.readBigUInt64BE(FIRST_IDX_AT));
  if (!Number.isSafeInteger(firstIdx) || firstIdx % SEGMENT_ENTRIES !== 0) throw new SealedError('its footer has an impossible first idx');
  return { firstIdx, offsets, root: footer.subarray(ROOT_AT, BODY_CRC_AT), bodyCrc: footer.readUInt32BE(BODY_CRC_AT) };
}

/** The file is not a sealed segment, or a damaged one. */
export class SealedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SealedError';
  }
}

/** Puts a sealed segment together part by part, in the order of the file: `header`, 256 × `add`, `footer`. */
export class SealedWriter {
  readonly #offsets = new Uint32Array(OFFSETS);
  readonly #firstIdx: number;
  #count = 0;
  #at = SEALED_HEADER_BYTES;
  #crc: number;

  readonly header = sealedHeader();

  constructor(firstIdx: number) {
    this.#firstIdx = firstIdx;
    this.#crc = crc32(this.header);
    this.#offsets[0] = this.#at;
  }

  /** The bytes to write for one bundle of 256 entries. Throws SealedError where a u32 cannot count them: such a segment stays open. */
  add(bundle: Uint8Array): Buffer {
    const packed = packBundle(bundle);
    this.#crc = crc32(packed, this.#crc);
    this.#at += packed.length;
    if (this.#at > 0xffffffff) throw new SealedError('the segment is larger than 4 GiB, even compressed');
    this.#count++;
    this.#offsets[this.#count] = this.#at;
    return packed;
  }

  footer(root: Buffer): Buffer {
    if (this.#count !== BUNDLES_PER_SEGMENT) throw new SealedError(`it has ${this.#count} bundles instead of ${BUNDLES_PER_SEGMENT}`);
    return sealedFooter({ firstIdx: this.#firstIdx, offsets: this.#offsets, root, bodyCrc: this.#crc });
  }
}
