/** Check codewords per block, and blocks, of level M by version from 1 on: ISO/IEC 18004, table 9. */
const CHECK_CODEWORDS = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const BYTE_MODE = 4;
const PADDING = [0xec, 0x11];

/** Data and check codewords in the order in which they are drawn, in the smallest version that holds them. */
export function codewordsOf(bytes: Uint8Array): { readonly version: number; readonly codewords: Uint8Array } {
  for (let version = 1; version <= BLOCKS.length; version++) {
    const lengthBits = version < 10 ? 8 : 16;
    const room = dataCodewords(version);
    if (4 + lengthBits + bytes.length * 8 > room * 8) continue;
    return { version, codewords: interleaved(version, dataOf(bytes, lengthBits, room)) };
  }
  throw new RangeError('the text is too long for a QR code');
}

function allCodewords(version: number): number {
  const count = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const alignment = count === 0 ? 0 : (25 * count - 10) * count - 55;
  return Math.floor(((16 * version + 128) * version + 64 - alignment - (version >= 7 ? 36 : 0)) / 8);
}

function dataCodewords(version: number): number {
  return allCodewords(version) - (CHECK_CODEWORDS[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);
}

/** Mode, length, bytes, an end, and padding. */
function dataOf(bytes: Uint8Array, lengthBits: number, room: number): Uint8Array {
  const data = new Uint8Array(room);
  let at = 0;
  const put = (value: number, bits: number): void => {
    for (let i = bits - 1; i >= 0; i--, at++) data[at >>> 3] = (data[at >>> 3] ?? 0) | (((value >>> i) & 1) << (7 - (at & 7)));
  };
  put(BYTE_MODE, 4);
  put(bytes.length, lengthBits);
  for (const byte of bytes) put(byte, 8);
  // Four zero bits end it where there is room, and zeros fill the byte: they are there already.
  for (let i = Math.min(room, Math.ceil((at + 4) / 8)), k = 0; i < room; i++, k++) data[i] = PADDING[k % 2] ?? 0;
  return data;
}

/** Blocks are checked one by one, and drawn codeword by codeword in turns, so that a stain hurts each a little. */
function interleaved(version: number, data: Uint8Array): Uint8Array {
  const blocks = BLOCKS[version - 1] ?? 1;
  const checks = CHECK_CODEWORDS[version - 1] ?? 0;
  const short = Math.floor(data.length / blocks);
  const longOnes = data.length % blocks;
  const divisor = generator(checks);
  const parts = Array.from({ length: blocks }, (_, i) => {
    const longBefore = Math.max(0, i - (blocks - longOnes));
    const start = i * short + longBefore;
    const part = data.subarray(start, start + short + (i >= blocks - longOnes ? 1 : 0));
    return { part, check: checkOf(part, divisor) };
  });
  const drawn: number[] = [];
  for (let i = 0; i <= short; i++) for (const { part } of parts) if (i < part.length) drawn.push(part[i] ?? 0);
  for (let i = 0; i < checks; i++) for (const { check } of parts) drawn.push(check[i] ?? 0);
  return Uint8Array.from(drawn);
}

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    if (((b >>> i) & 1) === 1) product ^= a;
  }
  return product;
}

/** Coefficients of (x - 1)(x - 2)(x - 4)… below the highest, which is 1. */
function generator(degree: number): Uint8Array {
  const result = new Uint8Array(degree);
  result[degree - 1] = 1;
  let root = 1;
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) result[j] = times(result[j] ?? 0, root) ^ (result[j + 1] ?? 0);
    root = times(root, 2);
  }
  return result;
}

/** The remainder of the Reed-Solomon division. */
function checkOf(data: Uint8Array, divisor: Uint8Array): Uint8Array {
  const rest = new Uint8Array(divisor.length);
  for (const byte of data) {
    const factor = byte ^ (rest[0] ?? 0);
    rest.copyWithin(0, 1);
    rest[rest.length - 1] = 0;
    for (const [i, coefficient] of divisor.entries()) rest[i] = (rest[i] ?? 0) ^ times(coefficient, factor);
  }
  return rest;
}
