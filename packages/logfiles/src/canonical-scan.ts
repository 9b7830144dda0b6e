import { CANONICAL_DEPTH_MAX, isUnsafeInteger, unquote } from '@daybook/protocol';

/**
 * Checks the canonical form (RFC 8785, integers within ±(2^53−1)) on bytes, without making values: one pass, about a nanosecond a byte, a fifth of
 * parsing and writing again. `canonicaliseCheck` of protocol is the definition; a test holds the two together.
 *
 * A position that is not canonical is -1 throughout. Bytes above 0x7f are only counted here: whoever calls checks that they are UTF-8.
 */
export class CanonicalScanner {
  bytes: Buffer = Buffer.alloc(0);
  /** Some byte since the last reset was above 0x7f. */
  nonAscii = false;
  /** The last string had an escape or a byte above 0x7f: its bytes do not sort as its characters do. */
  #special = false;

  /** The position behind the value that begins at `at`. */
  value(at: number, depth: number): number {
    switch (this.bytes[at] ?? 0) {
      case QUOTE:
        return this.string(at);
      case BRACE:
        return this.object(at, depth);
      case BRACKET:
        return this.#array(at, depth);
      case 0x74: // t
        return this.literal(at, TRUE);
      case 0x66: // f
        return this.literal(at, FALSE);
      case 0x6e: // n
        return this.literal(at, NULL);
      default:
        return this.#number(at);
    }
  }

  /** `at`: where its opening quote should be. */
  string(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== QUOTE) return -1;
    this.#special = false;
    let p = at + 1;
    for (;;) {
      // Behind the end of the bytes stands a control character, as it were.
      const kind = KIND[bytes[p] ?? 0];
      if (kind === PLAIN) p++;
      else if (kind === END) return p + 1;
      else if (kind === HIGH) {
        this.nonAscii = true;
        this.#special = true;
        p++;
      } else if (kind === ESCAPE) {
        this.#special = true;
        const escape = this.#escapeLength(p);
        if (escape === 0) return -1;
        p += escape;
      } else return -1;
    }
  }

  /** An object whose keys are sorted and different. `onKey(start, end)` may refuse a key: its bytes without quotes. */
  object(at: number, depth: number, onKey?: (start: number, end: number) => boolean): number {
    const { bytes } = this;
    if (bytes[at] !== BRACE || depth >= CANONICAL_DEPTH_MAX) return -1;
    if (bytes[at + 1] === BRACE_END) return at + 2;
    let previousStart = -1;
    let previousEnd = -1;
    let previousSpecial = false;
    for (let p = at + 1; ; p++) {
      const start = p + 1;
      p = this.string(p);
      if (p < 0 || bytes[p] !== COLON) return -1;
      const end = p - 1;
      const special = this.#special;
      if (previousStart >= 0 && !this.#ascends({ previousStart, previousEnd, start, end, special: special || previousSpecial })) return -1;
      if (onKey !== undefined && !onKey(start, end)) return -1;
      previousStart = start;
      previousEnd = end;
      previousSpecial = special;
      p = this.value(p + 1, depth + 1);
      if (p < 0) return -1;
      if (bytes[p] === BRACE_END) return p + 1;
      if (bytes[p] !== COMMA) return -1;
    }
  }

  literal(at: number, text: Buffer): number {
    for (let i = 0; i < text.length; i++) if (this.bytes[at + i] !== text[i]) return -1;
    return at + text.length;
  }

  /** The integer 0 … 2^53−1 that begins at `at`: its end; the value is `integerValue`. */
  integer(at: number): number {
    let p = at;
    let value = 0;
    for (let digit = digitOf(this.bytes[p]); digit >= 0; digit = digitOf(this.bytes[++p])) value = value * 10 + digit;
    this.integerValue = value;
    const leadingZero = this.bytes[at] === ZERO && p > at + 1;
    return p === at || leadingZero || value > Number.MAX_SAFE_INTEGER ? -1 : p;
  }

  integerValue = 0;

  #array(at: number, depth: number): number {
    const { bytes } = this;
    if (depth >= CANONICAL_DEPTH_MAX) return -1;
    if (bytes[at + 1] === BRACKET_END) return at + 2;
    for (let p = at + 1; ; p++) {
      p = this.value(p, depth + 1);
      if (p < 0) return -1;
      if (bytes[p] === BRACKET_END) return p + 1;
      if (bytes[p] !== COMMA) return -1;
    }
  }

  #number(at: number): number {
    const p = this.integer(at);
    if (p > 0 && !continuesNumber(this.bytes[p])) return p;
    let end = at;
    while (continuesNumber(this.bytes[end]) && end - at <= NUMBER_CHARS_MAX) end++;
    const text = this.bytes.toString('latin1', at, end);
    const value = Number(text);
    // What ECMAScript prints is the canonical form; it prints -0 as 0, and no number as the empty text.
    return text !== '' && Number.isFinite(value) && String(value) === text && !isUnsafeInteger(value) ? end : -1;
  }

  /** Length of a canonical escape: only what must be escaped, in its shortest form, in lower case. 0: it is none. */
  #escapeLength(at: number): number {
    const { bytes } = this;
    const letter = bytes[at + 1] ?? 0;
    if (SHORT_ESCAPES.includes(letter)) return 2;
    if (letter !== 0x75 || bytes[at + 2] !== ZERO || bytes[at + 3] !== ZERO) return 0;
    const text = bytes.toString('latin1', at + 4, at + 6);
    const code = Number.parseInt(text, 16);
    // parseInt takes a sign.
    const canonical = code >= 0 && code < 0x20 && !HAS_SHORT_ESCAPE.includes(code) && text === code.toString(16).padStart(2, '0');
    return canonical ? 6 : 0;
  }

  #ascends(keys: {
    readonly previousStart: number;
    readonly previousEnd: number;
    readonly start: number;
    readonly end: number;
    readonly special: boolean;
  }): boolean {
    const { bytes } = this;
    if (keys.special) return this.#text(keys.previousStart, keys.previousEnd) < this.#text(keys.start, keys.end);
    let a = keys.previousStart;
    let b = keys.start;
    while (a < keys.previousEnd && b < keys.end) {
      const difference = (bytes[a++] ?? 0) - (bytes[b++] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    return a === keys.previousEnd && b < keys.end;
  }

  #text(start: number, end: number): string {
    return unquote(this.bytes.toString('utf8', start - 1, end + 1));
  }
}

const QUOTE = 0x22;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
/** `"`, `\`, b, f, n, r, t */
const SHORT_ESCAPES = [0x22, 0x5c, 0x62, 0x66, 0x6e, 0x72, 0x74];
const HAS_SHORT_ESCAPE = [0x08, 0x09, 0x0a, 0x0c, 0x0d];
/** ECMAScript prints no number longer than this. */
const NUMBER_CHARS_MAX = 32;

const PLAIN = 0;
const END = 1;
const ESCAPE = 2;
const CONTROL = 3;
const HIGH = 4;
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20) return CONTROL;
  if (byte === QUOTE) return END;
  if (byte === 0x5c) return ESCAPE;
  return byte < 0x80 ? PLAIN : HIGH;
});

function digitOf(byte: number | undefined): number {
  return byte !== undefined && byte >= ZERO && byte <= 0x39 ? byte - ZERO : -1;
}

/** Digits, `.`, `e`, `E`, `+`, `-` */
function continuesNumber(byte: number | undefined): boolean {
  return digitOf(byte) >= 0 || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d;
}
