import { exactNumber } from './exact-number.ts';
import { isWellFormed, unquote } from './json-string.ts';

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

export interface JsonLimits {
  /** Objects and arrays within one another. */
  readonly depthMax: number;
  /** Members of one object. */
  readonly keysMax: number;
  /** Values of all kinds in the whole text: bounds the time and memory that a hostile text can take. */
  readonly valuesMax: number;
}

export interface JsonRules extends JsonLimits {
  /** As JSON.parse: the last of equal keys wins, numbers are rounded, lone surrogates pass. */
  readonly lossy?: true;
}

/** A path in a message or a list of redactions is cut here. */
export const JSON_PATH_CHARS_MAX = 200;

/** Why a text was refused; never leaves the functions around the parser. */
export class Fault extends Error {
  readonly code: JsonFault;
  readonly at: number;

  constructor(code: JsonFault, at: number, message: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

/**
 * The one parser of JSON of our own: strict about what would be lost silently (strict-json.ts), or as lossy as JSON.parse (parse-json.ts). It
 * gives single strings and numbers to the engine's own functions, never a text that holds an object.
 */
export class JsonParser {
  readonly #text: string;
  readonly #rules: JsonRules;
  #at = 0;
  #values = 0;
  /** Keys and positions from the root to the value at hand; left as it is when a fault is thrown. */
  readonly #path: (string | number)[] = [];

  constructor(text: string, rules: JsonRules) {
    this.#text = text;
    this.#rules = rules;
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
    if (++this.#values > this.#rules.valuesMax) {
      throw new Fault('too_many_values', this.#at, `more than ${this.#rules.valuesMax} values`);
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
      if (!this.#rules.lossy && Object.hasOwn(object, key))
        throw new Fault('duplicate_key', keyAt, 'the same key stands twice in one object');
      if (++keys > this.#rules.keysMax) throw new Fault('too_many_keys', keyAt, `more than ${this.#rules.keysMax} keys in one object`);
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
    if (depth > this.#rules.depthMax) throw new Fault('too_deep', this.#at, `nested deeper than ${this.#rules.depthMax}`);
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
    const value = escaped ? unquote(text.slice(start - 1, at + 1)) : text.slice(start, at);
    if (surrogates && !this.#rules.lossy && !isWellFormed(value))
      throw new Fault('lone_surrogate', start - 1, 'a string holds a lone surrogate');
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
    const value = this.#rules.lossy ? Number(literal) : exactNumber(literal);
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
