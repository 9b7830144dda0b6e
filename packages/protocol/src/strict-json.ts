import { isUnsafeInteger, isWellFormed } from './canonical.ts';

/**
 * A strict parser for JSON from outside. JSON.parse drops duplicate keys silently, rounds numbers and lets lone surrogates through; evidence must
 * not be repaired silently, so each of these is a failure with a code, a position and the path of the field.
 */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export type JsonFault =
  | 'json_syntax'
  | 'invalid_utf8'
  | 'duplicate_key'
  | 'number_precision'
  | 'lone_surrogate'
  | 'too_deep'
  | 'too_many_keys'
  | 'too_many_values';

export interface JsonFailure {
  readonly ok: false;
  readonly code: JsonFault;
  /** Offset in UTF-16 units (bytes for invalid_utf8) at which the fault was noticed. */
  readonly at: number;
  /** `changes.after[3].name`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}
export type JsonResult = { readonly ok: true; readonly value: Json } | JsonFailure;

export interface JsonLimits {
  /** Objects and arrays within one another. */
  readonly depthMax: number;
  /** Members of one object. */
  readonly keysMax: number;
  /** Values of all kinds in the whole text: bounds the time and memory that a hostile text can take. */
  readonly valuesMax: number;
}

/** An event of a person's making nests three or four levels; 16 keeps every recursion shallow. */
export const JSON_DEPTH_MAX = 16;
/** No record of an access has more members in one object; beyond it, a list was meant. */
export const JSON_KEYS_MAX = 256;
/** No event has more, and reading and redacting so many takes some 20 ms at the worst: what one event may hold up the others. */
export const JSON_VALUES_MAX = 8192;
/** A path in a message or a list of redactions is cut here. */
export const JSON_PATH_CHARS_MAX = 200;

const DEFAULT_LIMITS: JsonLimits = { depthMax: JSON_DEPTH_MAX, keysMax: JSON_KEYS_MAX, valuesMax: JSON_VALUES_MAX };

/** Parses one JSON text strictly. Never throws. */
export function parseStrict(text: string, limits: JsonLimits = DEFAULT_LIMITS): JsonResult {
  const parser = new StrictParser(text, limits);
  try {
    return { ok: true, value: parser.document() };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ok: false, code: error.code, at: error.at, path: parser.path(), message: error.message };
  }
}

/** Parses UTF-8 bytes strictly. */
export function parseStrictBytes(bytes: Uint8Array, limits: JsonLimits = DEFAULT_LIMITS): JsonResult {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ok: false, code: 'invalid_utf8', at: 0, path: '', message: 'the text is not valid UTF-8' };
  }
  return parseStrict(text, limits);
}

/**
 * The value of a JSON number literal when a double holds it without loss: what ECMAScript prints for the double has the same decimal digits, and
 * integers are within ±(2^53−1). `1.10` and `1e2` are exact; `0.12345678901234567891` and `9007199254740993` are not.
 */
export function exactNumber(literal: string): number | undefined {
  const value = Number(literal);
  // A double holds any 15 digits; only an exponent can push them out of range.
  if (literal.length <= 15 && !EXPONENT.test(literal)) return value;
  if (!Number.isFinite(value) || isUnsafeInteger(value)) return undefined;
  return decimal(literal) === decimal(String(value)) ? value : undefined;
}

const EXPONENT = /[eE]/;

/** The digits without leading and trailing zeros, and the power of ten of the first: equal for equal decimal numbers. Linear in the length. */
function decimal(literal: string): string {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  let first = 0;
  while (first < digits.length && digits.charCodeAt(first) === 48) first++;
  if (first === digits.length) return '0';
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  return `${digits.slice(first, end)}e${whole.length - first + Number(exponent)}`;
}

class Fault extends Error {
  readonly code: JsonFault;
  readonly at: number;

  constructor(code: JsonFault, at: number, message: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

class StrictParser {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #values = 0;
  /** Keys and positions from the root to the value at hand; left as it is when a fault is thrown. */
  readonly #path: (string | number)[] = [];

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  path(): string {
    let path = '';
    for (const step of this.#path) path += typeof step === 'number' ? `[${step}]` : (path === '' ? '' : '.') + step;
    return path.slice(0, JSON_PATH_CHARS_MAX);
  }

  document(): Json {
    this.#space();
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#syntax('something follows the value');
    return value;
  }

  #value(depth: number): Json {
    if (++this.#values > this.#limits.valuesMax) {
      throw new Fault('too_many_values', this.#at, `more than ${this.#limits.valuesMax} values`);
    }
    const c = this.#text.charCodeAt(this.#at);
    if (c === QUOTE) return this.#string();
    if (c === BRACE_OPEN) return this.#object(depth + 1);
    if (c === BRACKET_OPEN) return this.#array(depth + 1);
    if (c === MINUS || (c >= ZERO && c <= NINE)) return this.#number();
    return this.#literal();
  }

  #object(depth: number): JsonObject {
    this.#checkDepth(depth);
    const object: Record<string, Json> = {};
    let keys = 0;
    if (this.#open(BRACE_CLOSE)) return object;
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== QUOTE) throw this.#syntax('a key was expected');
      const keyAt = this.#at;
      const key = this.#string();
      this.#path.push(key);
      if (Object.hasOwn(object, key)) throw new Fault('duplicate_key', keyAt, 'the same key stands twice in one object');
      if (++keys > this.#limits.keysMax) throw new Fault('too_many_keys', keyAt, `more than ${this.#limits.keysMax} keys in one object`);
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== COLON) throw this.#syntax('a colon was expected');
      this.#at++;
      this.#space();
      const value = this.#value(depth);
      // A plain assignment to `__proto__` would set the prototype.
      if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      else object[key] = value;
      this.#path.pop();
      if (this.#next(BRACE_CLOSE)) return object;
    }
  }

  #array(depth: number): Json[] {
    this.#checkDepth(depth);
    const items: Json[] = [];
    if (this.#open(BRACKET_CLOSE)) return items;
    for (;;) {
      this.#path.push(items.length);
      items.push(this.#value(depth));
      this.#path.pop();
      if (this.#next(BRACKET_CLOSE)) return items;
    }
  }

  #checkDepth(depth: number): void {
    if (depth > this.#limits.depthMax) throw new Fault('too_deep', this.#at, `nested deeper than ${this.#limits.depthMax}`);
  }

  /** Behind an opening bracket: whether the closing one follows at once. */
  #open(close: number): boolean {
    this.#at++;
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== close) return false;
    this.#at++;
    return true;
  }

  /** Behind a member: true at the closing bracket, false behind a comma. */
  #next(close: number): boolean {
    this.#space();
    const c = this.#text.charCodeAt(this.#at);
    if (c !== close && c !== COMMA) throw this.#syntax('a comma or a closing bracket was expected');
    this.#at++;
    if (c === close) return true;
    this.#space();
    return false;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    let escaped = false;
    let surrogates = false;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === QUOTE) break;
      if (c === BACKSLASH) {
        escaped = true;
        surrogates ||= /^[uU][dD][89a-fA-F]/.test(text.slice(at + 1, at + 4));
        at = this.#escapeEnd(at);
        continue;
      }
      if (!(c >= 0x20)) {
        this.#at = at;
        throw this.#syntax(Number.isNaN(c) ? 'the string does not end' : 'a control character stands in a string');
      }
      if (c >= 0xd800 && c <= 0xdfff) surrogates = true;
      at++;
    }
    this.#at = at + 1;
    const value = escaped ? String(JSON.parse(text.slice(start - 1, at + 1))) : text.slice(start, at);
    if (surrogates && !isWellFormed(value)) throw new Fault('lone_surrogate', start - 1, 'a string holds a lone surrogate');
    return value;
  }

  #escapeEnd(at: number): number {
    const c = this.#text.charAt(at + 1);
    if (c === 'u') {
      if (/^[0-9a-fA-F]{4}$/.test(this.#text.slice(at + 2, at + 6))) return at + 6;
    } else if (c !== '' && '"\\/bfnrt'.includes(c)) {
      return at + 2;
    }
    this.#at = at;
    throw this.#syntax('an escape is not one of JSON');
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#syntax('a number is not one of JSON');
    const value = exactNumber(literal);
    if (value === undefined) throw new Fault('number_precision', this.#at, 'the number would lose precision; send it as a string');
    this.#at += literal.length;
    return value;
  }

  #literal(): boolean | null {
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw this.#syntax('a value was expected');
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.#at++;
    }
  }

  #syntax(message: string): Fault {
    return new Fault('json_syntax', this.#at, message);
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
