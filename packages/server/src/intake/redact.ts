import { FIELDS, type Json, type JsonObject } from '@daybook/protocol';
import type { Config } from '../base/config.ts';
import { REDACTIONS_MAX } from './limits.ts';
import { CARD_DIGITS_MIN, isSuspect, maskText, type Pattern } from './patterns.ts';

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
  readonly #nameCache = new Map<string, boolean>();
  /** Paths of what was removed, and of what was masked with the pattern behind a colon. */
  readonly applied: string[] = [];

  constructor(policy: Config['redact']) {
    this.patterns = new Set(policy.patterns);
    const own = policy.fields.map((name) => name.split('.').map(fold).join('.'));
    this.#names = new Set([...SECRET_NAMES, ...own.filter((name) => !name.includes('.'))]);
    this.#paths = new Set(own.filter((name) => name.includes('.')));
    this.fieldRemoved = FIELDS.map((field) => own.includes(fold(field.name)));
  }

  /** Masks a text at `path`; notes what was done. */
  text(text: string, path: string): string {
    const masked = maskText(text, this.patterns);
    for (const pattern of masked.found) this.note(`${path}:${pattern}`);
    return masked.text;
  }

  /** Whether a member of this name at this path is removed whole. `key` is no field of the event, or stands deeper than one. */
  removes(key: string, path: string): boolean {
    const known = this.#nameCache.get(key);
    const byName = known ?? this.#isSecretName(key);
    if (known === undefined && this.#nameCache.size < NAME_CACHE_MAX) this.#nameCache.set(key, byName);
    return byName || (this.#paths.size > 0 && this.#isSecretPath(path));
  }

  /** The value with secrets removed and masked, at every depth. Values that hold none come back as they are. */
  value(value: Json, path: string): Json {
    if (typeof value === 'string') return this.#needsMask(value) ? this.text(value, path) : value;
    if (typeof value === 'number') return this.#number(value, path);
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) return value.map((item, i) => this.value(item, `${path}[${i}]`));
    return this.object(value, path);
  }

  object(object: JsonObject, path: string): JsonObject {
    const members: [string, Json][] = [];
    const named = secretPair(object, (name) => this.#isSecretName(name));
    for (const [key, value] of Object.entries(object)) {
      if (value !== null && named.has(key)) this.note(this.#maskedName(pathOf(path, key)));
      else {
        const member = this.member(key, value, path);
        if (member !== undefined) members.push(member);
      }
    }
    return Object.fromEntries(members);
  }

  /** A member of the object at `path`, redacted; undefined when it is removed. */
  member(key: string, value: Json, path: string): [string, Json] | undefined {
    const at = pathOf(path, key);
    if (value !== null && this.removes(key, at)) {
      this.note(this.#maskedName(at));
      return undefined;
    }
    if (!this.#needsMask(key)) return [key, this.value(value, this.#needsMask(path) ? this.#maskedName(at) : at)];
    return [this.#keyText(key, at), this.value(value, this.#maskedName(at))];
  }

  note(what: string): void {
    if (this.applied.length < REDACTIONS_MAX) this.applied.push(what);
    else this.applied[REDACTIONS_MAX] = '…';
  }

  /** A key can hold a secret as well as a value can (`{"token=abc…": 1}`). */
  #keyText(key: string, path: string): string {
    return this.#needsMask(key) ? this.text(key, this.#maskedName(path)) : key;
  }

  #maskedName(path: string): string {
    return this.#needsMask(path) ? maskText(path, this.patterns).text : path;
  }

  /** A card number may come as a JSON number. */
  #number(value: number, path: string): Json {
    if (value < 10 ** (CARD_DIGITS_MIN - 1)) return value;
    const text = String(value);
    const masked = this.text(text, path);
    return masked === text ? value : masked;
  }

  #needsMask(text: string): boolean {
    return (text.length >= CARD_DIGITS_MIN && DIGITS.test(text)) || isSuspect(text);
  }

  #isSecretName(name: string): boolean {
    const folded = fold(name);
    return this.#names.has(folded) || SECRET_ENDINGS.test(folded);
  }

  /** A dotted path is the operator's, with or without the `attributes.` or `changes.` before it. */
  #isSecretPath(path: string): boolean {
    const folded = path
      .replaceAll(/\[\d+\]/g, '')
      .split('.')
      .map(fold);
    const whole = folded.join('.');
    return this.#paths.has(whole) || this.#paths.has(folded.slice(1).join('.')) || this.#paths.has(`attributes.${whole}`);
  }
}

const DIGITS = /\d{3}/;

/** `{"name":"password","value":"x"}`: headers and variables often come as pairs; the name stays, the values go. */
function secretPair(object: JsonObject, isSecret: (name: string) => boolean): ReadonlySet<string> {
  const name = object['name'] ?? object['key'] ?? object['field'];
  if (typeof name !== 'string' || !isSecret(name)) return NONE;
  return PAIR_VALUES;
}

const NONE: ReadonlySet<string> = new Set();
const PAIR_VALUES: ReadonlySet<string> = new Set(['value', 'values', 'old', 'new', 'before', 'after', 'old_value', 'new_value']);

function pathOf(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** Longer names are no names: they are compared as they are, so that a hostile key costs no folding. */
const NAME_CHARS_MAX = 256;

function fold(name: string): string {
  return name.length > NAME_CHARS_MAX ? name : name.toLowerCase().replaceAll(/[_-]/g, '');
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
