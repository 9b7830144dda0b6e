/**
 * HalfSipHash-2-4 with 64 bits of output over the UTF-16 units of a text: a keyed hash, so that a sender who doesn't know the key cannot make
 * two ids that are taken for one. The 32-bit variant of SipHash (Aumasson, Bernstein): its words are what JavaScript is fast with.
 */
export class HalfSip {
  /** The two halves of the last hash, as unsigned 32-bit numbers. */
  low = 0;
  high = 0;
  readonly #k0: number;
  readonly #k1: number;

  /** `key`: 8 random bytes. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, 8);
    this.#k0 = view.getUint32(0, true) | 0;
    this.#k1 = view.getUint32(4, true) | 0;
  }

  /** Hashes the text as its little-endian UTF-16 bytes. */
  hash(text: string): void {
    let v0 = this.#k0;
    let v1 = this.#k1 ^ 0xee;
    let v2 = 0x6c796765 ^ this.#k0;
    let v3 = 0x74656462 ^ this.#k1;
    const words = text.length >> 1;
    // The last word holds what is left and the length in bytes; the two words behind it are the finalisation.
    for (let i = 0; i <= words; i++) {
      const last = i === words;
      const rest = (text.length & 1) === 1 ? text.charCodeAt(text.length - 1) : 0;
      const m = last ? rest | ((text.length * 2) << 24) : text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 16);
      v3 ^= m;
      for (let round = 0; round < 2; round++) {
        v0 = (v0 + v1) | 0;
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
        v0 = (v0 + v3) | 0;
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
        v2 = (v2 + v1) | 0;
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
        v2 = (v2 << 16) | (v2 >>> 16);
      }
      v0 ^= m;
    }
    v2 ^= 0xee;
    for (let round = 0; round < 8; round++) {
      if (round === 4) {
        this.low = (v1 ^ v3) >>> 0;
        v1 ^= 0xdd;
      }
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    this.high = (v1 ^ v3) >>> 0;
  }
}
