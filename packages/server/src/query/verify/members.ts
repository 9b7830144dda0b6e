/**
 * Where the members of a JSON object stand within bytes that hold valid JSON without white space, as ledger entries do. Values stay bytes: the text of nested
 * JSON is compared as it was kept, and a parser that makes objects would cost more than everything else.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;

export class MalformedEntry extends Error {
  constructor(what: string) {
    super(`not in the form of an entry: ${what}`);
    this.name = 'MalformedEntry';
  }
}

/** The member, or item of a list, at which a walk stands. Positions count from the start of the bytes; values with their quotes. */
export class Walk {
  private readonly bytes: Buffer;
  private at = 0;
  keyFrom = 0;
  keyTo = 0;
  keyEscaped = false;
  from = 0;
  to = 0;
  /** Whether the value is a string with escapes. */
  escaped = false;

  constructor(bytes: Buffer, opening: number) {
    this.bytes = bytes;
    this.at = opening;
  }

  /** Goes to the next member of an object; false behind the last. */
  nextMember(): boolean {
    const { bytes } = this;
    if (!this.open(OPEN_BRACE, CLOSE_BRACE)) return false;
    this.keyFrom = this.at;
    this.keyTo = this.stringEnd(this.at);
    this.keyEscaped = this.escaped;
    if (bytes[this.keyTo] !== 0x3a) throw new MalformedEntry('a member without a colon');
    this.value(this.keyTo + 1);
    return true;
  }

  /** Goes to the next item of a list; false behind the last. */
  nextItem(): boolean {
    if (!this.open(OPEN_BRACKET, CLOSE_BRACKET)) return false;
    this.value(this.at);
    return true;
  }

  private open(opening: number, closing: number): boolean {
    const byte = this.bytes[this.at];
    if (byte === closing) return false;
    if (byte !== opening && byte !== COMMA) throw new MalformedEntry('no value of the kind that was expected');
    this.at++;
    return this.bytes[this.at] !== closing;
  }

  private value(from: number): void {
    this.from = from;
    this.escaped = false;
    this.to = this.valueEnd(from);
    this.at = this.to;
  }

  private valueEnd(from: number): number {
    const { bytes } = this;
    const first = bytes[from];
    if (first === QUOTE) return this.stringEnd(from);
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return this.nestedEnd(from);
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return at;
    }
    throw new MalformedEntry('a value without an end');
  }

  private nestedEnd(from: number): number {
    const { bytes } = this;
    let depth = 0;
    for (let at = from; at < bytes.length; ) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        at = this.stringEnd(at);
        continue;
      }
      at++;
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
    }
    throw new MalformedEntry('a nested value without an end');
  }

  private stringEnd(from: number): number {
    const { bytes } = this;
    if (bytes[from] !== QUOTE) throw new MalformedEntry('a key that is no string');
    this.escaped = false;
    for (let at = from + 1; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) {
        this.escaped = true;
        at++;
      }
    }
    throw new MalformedEntry('a string without an end');
  }
}
