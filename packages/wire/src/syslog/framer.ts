const LF = 0x0a;
const NUL = 0;
const SPACE = 0x20;
const LESS_THAN = 0x3c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** RFC 5425 asks receivers for 8 KiB; audit records of databases are longer. A longer message is quarantined by its beginning. */
export const MESSAGE_BYTES_MAX = 64 * 1024;
/** No message is so long: a counted frame that claims more has a lying length, and believing it would hide all that follows it. */
export const FRAME_BYTES_MAX = 1024 * 1024;
/** Digits of FRAME_BYTES_MAX: what goes on is no length. */
const LENGTH_DIGITS_MAX = 7;
/** As much as quarantine shows of what could not be taken. */
const HEAD_BYTES = 1024;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** One message as it was framed, without its frame. */
export interface Frame {
  readonly text: string;
  readonly fault?: FrameFault;
}

/**
 * `too_long`: beyond the limit, its beginning is shown. `cut_off`: the connection ended inside. `broken`: the sender's frames cannot be followed any
 * more. `not_utf8`: the text has U+FFFD for each byte that is none; the message is read like any other.
 */
export type FrameFault = 'too_long' | 'cut_off' | 'broken' | 'not_utf8';

/**
 * The messages of one connection (RFC 6587). How they are framed is told by its first bytes, and holds for all of it:
 *
 *     octet counting    "83 <34>1 2003-10-11T…"   length in bytes without leading zeros, a space, the message
 *     non-transparent   "<34>Oct 11 …\n"          a message up to LF; up to NUL where that comes first in the first message
 *
 * A counted frame that does not begin with a length follows one whose length lied. Where the next message begins can then only be guessed, and what
 * is guessed at could be a text that an attacker put into a message: so the rest is given out as `broken`, and the caller ends the connection.
 */
export class SyslogFramer {
  /** Nothing more can be read from this connection. */
  broken = false;
  readonly #messageMax: number;
  #framing: 'unknown' | 'counted' | 'delimited' = 'unknown';
  #delimiter = LF;
  #rest: Uint8Array = NO_BYTES;
  /** Bytes of a too long message that are still to be read past; Infinity: up to the delimiter. */
  #skip = 0;

  constructor(messageBytesMax = MESSAGE_BYTES_MAX) {
    this.#messageMax = messageBytesMax;
  }

  push(bytes: Uint8Array): readonly Frame[] {
    const frames: Frame[] = [];
    if (this.broken) return frames;
    const whole = this.#rest.length === 0 ? bytes : concat(this.#rest, bytes);
    this.#rest = NO_BYTES;
    const used = this.#cut(whole, frames);
    if (!this.broken) this.#rest = whole.slice(used);
    return frames;
  }

  /** The connection ends here. */
  end(): readonly Frame[] {
    const rest = trimmed(this.#rest);
    this.#rest = NO_BYTES;
    if (rest.length === 0) return [];
    // A last line without its end is whole as far as anybody can tell only if the sender closed behind it: not so when it is counted.
    if (this.#framing === 'counted') return [{ text: head(rest), fault: 'cut_off' }];
    return [frameOf(rest)];
  }

  #cut(bytes: Uint8Array, frames: Frame[]): number {
    if (this.#framing === 'unknown' && !this.#detect(bytes)) return 0;
    return this.#framing === 'counted' ? this.#counted(bytes, frames) : this.#delimited(bytes, frames);
  }

  /** A length, a space and the `<` of a priority: anything else are lines. */
  #detect(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length && at <= LENGTH_DIGITS_MAX && isDigit(bytes[at])) at++;
    if (at === 0 || at > LENGTH_DIGITS_MAX) return at < bytes.length ? this.#lines(bytes) : false;
    if (at + 1 >= bytes.length) return at < bytes.length && bytes[at] !== SPACE ? this.#lines(bytes) : false;
    if (bytes[at] !== SPACE || bytes[at + 1] !== LESS_THAN) return this.#lines(bytes);
    this.#framing = 'counted';
    return true;
  }

  #lines(bytes: Uint8Array): boolean {
    const lf = bytes.indexOf(LF);
    const nul = bytes.indexOf(NUL);
    // Within one message there may be a NUL before the LF that ends it: only one that is followed by a new message ends one.
    const next = bytes[nul + 1];
    const endsByNul = nul >= 0 && (lf < 0 || nul < lf) && (next === undefined || next === LESS_THAN);
    if (lf < 0 && !endsByNul) {
      if (bytes.length <= this.#messageMax) return false;
    } else if (endsByNul) {
      this.#delimiter = NUL;
    }
    this.#framing = 'delimited';
    return true;
  }

  #counted(bytes: Uint8Array, frames: Frame[]): number {
    let at = 0;
    if (this.#skip > 0) {
      at = Math.min(this.#skip, bytes.length);
      this.#skip -= at;
      if (this.#skip > 0) return at;
    }
    while (at < bytes.length) {
      const space = lengthEnd(bytes, at);
      if (space === -1) break;
      const length = space < 0 ? 0 : lengthOf(bytes, at, space);
      if (length <= 0 || length > FRAME_BYTES_MAX) {
        this.broken = true;
        frames.push({ text: head(bytes.subarray(at)), fault: 'broken' });
        return bytes.length;
      }
      const from = space + 1;
      const to = from + length;
      if (length > this.#messageMax) {
        if (bytes.length - from < HEAD_BYTES && to > bytes.length) break;
        frames.push({ text: head(bytes.subarray(from, to)), fault: 'too_long' });
        if (to > bytes.length) {
          this.#skip = to - bytes.length;
          return bytes.length;
        }
      } else {
        if (to > bytes.length) break;
        push(bytes.subarray(from, to), frames);
      }
      at = to;
    }
    return at;
  }

  #delimited(bytes: Uint8Array, frames: Frame[]): number {
    let at = 0;
    if (this.#skip > 0) {
      const end = bytes.indexOf(this.#delimiter);
      if (end < 0) return bytes.length;
      this.#skip = 0;
      at = end + 1;
    }
    for (let end = bytes.indexOf(this.#delimiter, at); end >= 0; end = bytes.indexOf(this.#delimiter, at)) {
      const line = bytes.subarray(at, end);
      if (line.length > this.#messageMax) frames.push({ text: head(line), fault: 'too_long' });
      else push(line, frames);
      at = end + 1;
    }
    if (bytes.length - at <= this.#messageMax) return at;
    frames.push({ text: head(bytes.subarray(at)), fault: 'too_long' });
    this.#skip = Number.POSITIVE_INFINITY;
    return bytes.length;
  }
}

/** A datagram is one message (RFC 5426). */
export function datagramFrame(bytes: Uint8Array): Frame | undefined {
  const message = trimmed(bytes);
  if (message.length === 0) return undefined;
  return message.length > MESSAGE_BYTES_MAX ? { text: head(message), fault: 'too_long' } : frameOf(message);
}

const NO_BYTES = new Uint8Array(0);

function push(bytes: Uint8Array, frames: Frame[]): void {
  const message = trimmed(bytes);
  if (message.length > 0) frames.push(frameOf(message));
}

function frameOf(bytes: Uint8Array): Frame {
  try {
    return { text: strict.decode(bytes) };
  } catch {
    return { text: lenient.decode(bytes), fault: 'not_utf8' };
  }
}

/** Senders put LF, CR LF or NUL behind a message even where its length is told. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let to = bytes.length;
  while (to > 0 && (bytes[to - 1] === LF || bytes[to - 1] === 0x0d || bytes[to - 1] === NUL)) to--;
  return to === bytes.length ? bytes : bytes.subarray(0, to);
}

function head(bytes: Uint8Array): string {
  return lenient.decode(bytes.subarray(0, HEAD_BYTES));
}

/** Where the space behind a length stands; -1 when it has not come yet, -2 when it is no length. */
function lengthEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at <= from + LENGTH_DIGITS_MAX; at++) {
    const byte = bytes[at];
    if (byte === undefined) return -1;
    if (byte === SPACE) return at > from && bytes[from] !== DIGIT_0 ? at : -2;
    if (!isDigit(byte)) return -2;
  }
  return -2;
}

function lengthOf(bytes: Uint8Array, from: number, to: number): number {
  let length = 0;
  for (let at = from; at < to; at++) length = length * 10 + ((bytes[at] ?? DIGIT_0) - DIGIT_0);
  return length;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}

function concat(before: Uint8Array, after: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}
