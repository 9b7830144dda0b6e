/**
 * The wire format of Protocol Buffers, strictly. A message is a row of fields, each a tag and a value:
 *
 *     tag     varint, at most 32 bits: number << 3 | wire type; the number is 1 … 2^29-1
 *     type 0  varint: 7 bits a byte, the lowest first, 0x80 = more follow; at most 10 bytes and 64 bits
 *     type 1  8 bytes, little-endian
 *     type 2  varint length, that many bytes
 *     type 5  4 bytes, little-endian
 *
 * Groups (3, 4) are long gone from the format. A reader moves over bytes it does not own and makes no copy. Batches of events, OpenTelemetry's requests and
 * whatever comes next are read by this one.
 */
export const VARINT = 0;
export const FIXED_64 = 1;
export const BYTES = 2;
export const FIXED_32 = 5;

/** The bytes are no message. */
export class WireFault extends Error {}

export class WireReader {
  #bytes: Uint8Array;
  #view: DataView | undefined;
  #at: number;
  #end: number;
  /** Of the field that `next` found last. */
  number = 0;
  type = 0;
  /** Where its value begins and ends; of type 2, without the length. */
  from = 0;
  to = 0;

  constructor(bytes: Uint8Array, from: number, end: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  get at(): number {
    return this.#at;
  }

  /** Starts anew on other bytes: one reader serves many messages. */
  reset(bytes: Uint8Array, from: number, end: number): void {
    if (bytes !== this.#bytes) this.#view = undefined;
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /** Moves to the next field; false at the end. Throws WireFault when the bytes are none. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#tag();
    this.number = tag >>> 3;
    this.type = tag & 7;
    if (this.number === 0) throw broken(this.#at, 'a field has the number 0');
    switch (this.type) {
      case VARINT:
        this.from = this.#at;
        this.to = this.#varintEnd();
        break;
      case FIXED_64:
        this.#take(8);
        break;
      case BYTES:
        this.#take(this.#length());
        break;
      case FIXED_32:
        this.#take(4);
        break;
      default:
        throw broken(this.#at, `wire type ${this.type} is none that is read here`);
    }
    this.#at = this.to;
    return true;
  }

  /** The varint of the field at hand, of 64 bits without sign; a bigint where a number may not be exact. */
  uint64(): number | bigint {
    return this.to - this.from <= EXACT_BYTES_MAX ? this.#number(this.from, this.to) : this.#bigint();
  }

  /** The same, of 64 bits in two's complement. */
  int64(): number | bigint {
    return this.to - this.from <= EXACT_BYTES_MAX ? this.#number(this.from, this.to) : BigInt.asIntN(64, this.#bigint());
  }

  double(): number {
    return this.#dataView().getFloat64(this.from, true);
  }

  /** The lower and the higher four of the 8 bytes of type 1: a number cannot hold them all, and a bigint per time of an event would be dear. */
  low32(): number {
    return this.#dataView().getUint32(this.from, true);
  }

  high32(): number {
    return this.#dataView().getUint32(this.from + 4, true);
  }

  /** The 4 bytes of type 5, without sign. */
  fixed32(): number {
    return this.#dataView().getUint32(this.from, true);
  }

  #dataView(): DataView {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#view;
  }

  #take(length: number): void {
    if (length > this.#end - this.#at) throw broken(this.#at, 'a value is longer than what is left');
    this.from = this.#at;
    this.to = this.#at + length;
  }

  #tag(): number {
    const first = this.#bytes[this.#at] ?? 0;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    const value = this.#small();
    if (value > 0xffff_ffff) throw broken(this.#at, 'a tag has more than 32 bits');
    return value;
  }

  #length(): number {
    const first = this.#at < this.#end ? (this.#bytes[this.#at] ?? 0) : 0x80;
    if (first >= 0x80) return this.#small();
    this.#at++;
    return first;
  }

  /** A varint as a number; beyond 2^53 it is not exact, which is more than any length or tag may be. */
  #small(): number {
    const from = this.#at;
    this.#at = this.#varintEnd();
    return this.#number(from, this.#at);
  }

  #number(from: number, to: number): number {
    let value = 0;
    for (let at = to - 1; at >= from; at--) value = value * 128 + ((this.#bytes[at] ?? 0) & 0x7f);
    return value;
  }

  #bigint(): bigint {
    let value = 0n;
    for (let at = this.to - 1; at >= this.from; at--) value = (value << 7n) | BigInt((this.#bytes[at] ?? 0) & 0x7f);
    return value;
  }

  #varintEnd(): number {
    const bytes = this.#bytes;
    const last = Math.min(this.#end, this.#at + VARINT_BYTES_MAX);
    for (let at = this.#at; at < last; at++) {
      if ((bytes[at] ?? 0) >= 0x80) continue;
      // The tenth byte holds the 64th bit alone.
      if (at - this.#at === VARINT_BYTES_MAX - 1 && (bytes[at] ?? 0) > 1) break;
      return at + 1;
    }
    throw broken(this.#at, last === this.#end ? 'a number is cut off' : 'a number has more than 64 bits');
  }
}

const VARINT_BYTES_MAX = 10;
/** Seven times seven bits are within the 53 of a number. */
const EXACT_BYTES_MAX = 7;

function broken(at: number, message: string): WireFault {
  return new WireFault(`Not Protocol Buffers: ${message}, at byte ${at} of the body.`);
}
