import { Transform, type TransformCallback } from 'node:stream';
import { cityHash128 } from './city-hash.ts';

/**
 * ClickHouse's own compression, which the JDBC driver and what is built on it (DBeaver, Metabase) ask for by `compress=1` and check byte by byte:
 *
 *     16 bytes CityHash128 of the rest │ 0x82 = LZ4 │ u32 bytes from here-1 to the end │ u32 bytes when unpacked │ LZ4 block
 *
 * The block holds literals only: valid LZ4, nothing saved. Whoever wants less on the wire asks for gzip.
 */
const METHOD_LZ4 = 0x82;
const HEAD_BYTES = 9;
/** Small enough that hashing one does not hold up the loop for more than two milliseconds. */
const BLOCK_BYTES_MAX = 65_536;

export class NativeBlocks extends Transform {
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; at += BLOCK_BYTES_MAX) this.push(nativeBlock(chunk.subarray(at, at + BLOCK_BYTES_MAX)));
    done();
  }
}

export function nativeBlock(bytes: Buffer): Buffer {
  const literals = Buffer.concat([literalsHead(bytes.length), bytes]);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(METHOD_LZ4, 0);
  head.writeUInt32LE(HEAD_BYTES + literals.length, 1);
  head.writeUInt32LE(bytes.length, 5);
  const block = Buffer.concat([head, literals]);
  return Buffer.concat([cityHash128(block), block]);
}

/** The token of an LZ4 sequence without a match: four bits of length, then bytes of 255 and a last smaller one. */
function literalsHead(length: number): Buffer {
  if (length < 15) return Buffer.from([length << 4]);
  const rest = length - 15;
  return Buffer.concat([Buffer.from([0xf0]), Buffer.alloc(Math.floor(rest / 255), 255), Buffer.from([rest % 255])]);
}
