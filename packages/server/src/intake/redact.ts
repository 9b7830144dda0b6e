import { FIELDS, type Json, type JsonObject } from '@daybook/protocol';
import type { Config } from '../base/config.ts';
import { REDACTIONS_MAX } from './limits.ts';
import { maskNamed, maskText, namedSecrets, type Pattern } from './patterns.ts';
import { CARD_DIGITS_MIN } from './triggers.ts';

/**
 * Redaction by policy, before anything is kept, hashed or logged. Members whose name says that they are secret are removed; secrets inside of texts
 * are masked. Names are compared without case, `_` and `-`: `api_key`, `apiKey` and `X-API-Key` are told alike.
 */
const SECRET_NAMES = [
  'password', 'passwd', 'pwd', 'passphrase', 'secret', 'authorization', 'proxyauthorization', 'cookie', 'setcookie', 'apikey', 'xapikey',
  'token', 'credential', 'credentials', 'privatekey', 'secretkey', 'accesskey', 'secretaccesskey', 'sessiontoken', 'cvv', 'cvc', 'pin',
  'pincode', 'cardnumber', 'otp',
]; // biome-ignore format: a word list
/** Names that end so are secret too: `db_password`, `client_secret`, `refreshToken`. */
const SECRET_ENDINGS = /(?:password|passwd|passphrase|secret|token|apikey|privatekey|secretkey)$/;

/** Verdicts on names are kept for this many different ones; events of one source repeat a few. Beyond, they are computed each time. */
const NAME_CACHE_MAX = 4096;

export class Redaction {
  readonly patterns: ReadonlySet<Pattern>;
  /** For each field: whether policy removes it. Only the operator's list names fields of the event; `session_id` is none of our secrets. */
  readonly fieldRemoved: readonly boolean[];
  readonly #names: ReadonlySet<string>;
  readonly #paths: ReadonlySet<string>;
  readonly #namedSecrets: RegExp;
  readonly #nameCache = new Map<string, boolean>();
  /** Paths of what was removed, and of what was masked with the pattern behind a colon. */
  readonly applied: string[] = [];
  /** Keys and positions from the root of the walk to the value at hand. */
  readonly #path: (string | number)[] = [];

  constructor(policy: Config['redact']) {
    this.patterns = new Set(policy.patterns);
    const own = policy.fields.map((name) => name.split('.').map(fold).join('.'));
    this.#names = new Set([...SECRET_NAMES, ...own.filter((name) => !name.includes('.'))]);
    this.#paths = new Set(own.filter((name) => name.includes('.')));
    this.#namedSecrets = namedSecrets([...SECRET_NAMES, ...policy.fields.map((name) => name.split('.').at(-1) ?? name)]);
    this.fieldRemoved = FIELDS.map((field) => own.includes(fold(field.name)));
  }

  /** Masks a text at `path`; notes what was done. */
  text(text: string, path: string): string {
    const masked = maskText(text, this.patterns);
    for (const pattern of masked.found) this.note(`${path}:${pattern}`);
    return masked.text;
  }

  /**
   * Masks a text of which nobody knows how it is built: besides what patterns find, whatever stands behind a name that says that it is secret
   * (`pin=…`, `"cvv": …`). Notes nothing.
   */
  rawText(text: string): string {
    return maskNamed(maskText(text, this.patterns).text, this.#namedSecrets);
  }

  /** The value with secrets removed and masked, at every depth. Values that hold none come back as they are. */
  value(value: Json, path: string): Json {
    this.#path.push(path);
    const clean = this.#value(value);
    this.#path.pop();
    return clean;
  }

  object(object: JsonObject, path: string): JsonObject {
    this.#path.push(path);
    const clean = this.#object(object);
    this.#path.pop();
    return clean;
  }

  /** A member of the object at `path`, redacted; undefined when it is removed. */
  member(key: string, value: Json, path: string): [string, Json] | undefined {
    this.#path.push(path);
    const clean = this.#member(key, value);
    this.#path.pop();
    return clean;
  }

  /** Policy names members by where they stand: what a name alone tells is not all. */
  get judgesPlaces(): boolean {
    return this.#paths.size > 0;
  }

  /** Whether a member of the attributes may have this name, as far as its name goes. */
  isPlainName(key: string): boolean {
    this.#path.push('attributes');
    const secret = this.#isSecret(key) || this.#isSecretPath(key);
    this.#path.pop();
    return !secret && this.isClean(key);
  }

  /** Whether no pattern finds anything in it; of which these triggers may be known already. */
  isClean(text: string, triggers?: number): boolean {
    return text.length < SECRET_CHARS_MIN || maskText(text, this.patterns, triggers).found.length === 0;
  }

  note(what: string): void {
    if (this.applied.length < REDACTIONS_MAX) this.applied.push(what);
    else this.applied[REDACTIONS_MAX] = '…';
  }

  // ---- the walk

  #value(value: Json): Json {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'number') return this.#number(value);
    if (typeof value !== 'object' || value === null) return value;
    return isArray(value) ? this.#list(value) : this.#object(value);
  }

  #list(list: readonly Json[]): Json[] {
    const clean: Json[] = [];
    for (let i = 0; i < list.length; i++) {
      this.#path.push(i);
      clean.push(this.#value(list[i] ?? null));
      this.#path.pop();
    }
    return clean;
  }

  #object(object: JsonObject): JsonObject {
    const members: [string, Json][] = [];
    // Not through the cache: a name that is a value may be a part of the whole item's text, and would hold it in memory.
    const named = secretPair(object, (name) => this.looksSecret(name));
    for (const [key, value] of Object.entries(object)) {
      const member = value !== null && named.has(key) ? this.#removed(key) : this.#member(key, value);
      if (member !== undefined) members.push(member);
    }
    return Object.fromEntries(members);
  }

  #member(key: string, value: Json): [string, Json] | undefined {
    if (value !== null && (this.#isSecret(key) || this.#isSecretPath(key))) return this.#removed(key);
    this.#path.push(key);
    // A key can hold a secret as well as a value can (`{"token=abc…": 1}`).
    const name = this.#text(key);
    const clean = this.#value(value);
    this.#path.pop();
    return [name, clean];
  }

  #removed(key: string): undefined {
    this.#path.push(key);
    this.#noteHere('');
    this.#path.pop();
    return undefined;
  }

  #text(text: string): string {
    if (text.length < SECRET_CHARS_MIN) return text;
    const masked = maskText(text, this.patterns);
    for (const pattern of masked.found) this.#noteHere(`:${pattern}`);
    return masked.text;
  }

  /** Paths are long to make: not for what is over the bound anyway. */
  #noteHere(suffix: string): void {
    this.note(this.applied.length < REDACTIONS_MAX ? this.#where() + suffix : '');
  }

  /** A card number may come as a JSON number. */
  #number(value: number): Json {
    if (value < 10 ** (CARD_DIGITS_MIN - 1)) return value;
    const text = String(value);
    const masked = this.#text(text);
    return masked === text ? value : masked;
  }

  /** The path of the value at hand, made only when something is to be said of it. Its keys are the sender's, so it is masked itself. */
  #where(): string {
    let path = '';
    for (const step of this.#path)
      path += typeof step === 'number' ? `[${step}]` : (path === '' ? '' : '.') + step.slice(0, NAME_CHARS_MAX);
    return maskText(path, this.patterns).text;
  }

  // ---- names

  #isSecret(name: string): boolean {
    const known = this.#nameCache.get(name);
    if (known !== undefined) return known;
    const secret = this.looksSecret(name);
    if (this.#nameCache.size < NAME_CACHE_MAX && name.length <= NAME_CHARS_MAX) this.#nameCache.set(name, secret);
    return secret;
  }

  looksSecret(name: string): boolean {
    const folded = fold(name);
    return this.#names.has(folded) || SECRET_ENDINGS.test(folded);
  }

  /** A dotted path is the operator's, with or without the `attributes.` or `changes.` before it. */
  #isSecretPath(key: string): boolean {
    if (this.#paths.size === 0) return false;
    const folded = [...this.#path, key].filter((step) => typeof step === 'string' && step !== '').map((step) => fold(String(step)));
    const whole = folded.join('.');
    return this.#paths.has(whole) || this.#paths.has(folded.slice(1).join('.')) || this.#paths.has(`attributes.${whole}`);
  }
}

/** `pwd=x` is the shortest secret that a pattern knows. */
const SECRET_CHARS_MIN = 5;

/** `{"name":"password","value":"x"}`: headers and variables often come as pairs; the name stays, the values go. */
function secretPair(object: JsonObject, isSecret: (name: string) => boolean): ReadonlySet<string> {
  const name = object['name'] ?? object['key'] ?? object['field'];
  if (typeof name !== 'string' || !isSecret(name)) return NONE;
  return PAIR_VALUES;
}

const NONE: ReadonlySet<string> = new Set();
const PAIR_VALUES: ReadonlySet<string> = new Set(['value', 'values', 'old', 'new', 'before', 'after', 'old_value', 'new_value']);

/** Longer names are no names: they are compared as they are, so that a hostile key costs no folding. */
const NAME_CHARS_MAX = 256;

function fold(name: string): string {
  return name.length > NAME_CHARS_MAX ? name : name.toLowerCase().replaceAll(/[_-]/g, '');
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
