import { isUnsafeInteger } from './exact-number.ts';
import { isWellFormed, quote } from './json-string.ts';
import { parseJson } from './parse-json.ts';

/**
 * The canonical form of JSON values: RFC 8785 (JCS). Keys sorted by UTF-16 code units, no white space, strings with the fewest escapes, numbers
 * as ECMAScript prints them. "Sort the keys, then JSON.stringify" is not that: JavaScript objects list integer-like keys first, whatever the order
 * of insertion, hence the writer below that concatenates.
 */

/** An entry nests 18 levels at the most (event, field, 16 of the sender); beyond this bound a reader of foreign files must not recurse. */
export const CANONICAL_DEPTH_MAX = 64;

/** The value has no canonical form, or the text is not in it. */
export class CanonicalError extends Error {
  readonly reason: 'depth' | 'lone_surrogate' | 'number' | 'type' | 'syntax' | 'form';

  constructor(reason: CanonicalError['reason'], message: string) {
    super(message);
    this.name = 'CanonicalError';
    this.reason = reason;
  }
}

/** The canonical text of a JSON value. Throws CanonicalError for lone surrogates, NaN and infinities, and for what JSON cannot hold. */
export function canonicalise(value: unknown): string {
  return write(value, 0, false);
}

/**
 * Checks that `text` is the canonical form, profile `daybook-entry/1`: RFC 8785, and integers within ±(2^53−1). Returns the parsed value; throws
 * CanonicalError. Duplicate keys, rounded numbers and needless escapes all show as a difference between the text and what is written again.
 */
export function canonicaliseCheck(text: string): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw new CanonicalError('syntax', 'not JSON');
  }
  if (write(value, 0, true) !== text) throw new CanonicalError('form', 'JSON, but not in canonical form');
  return value;
}

function write(value: unknown, depth: number, safeIntegersOnly: boolean): string {
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value, safeIntegersOnly);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (typeof value !== 'object') throw new CanonicalError('type', `JSON has no ${typeof value}`);
  if (depth >= CANONICAL_DEPTH_MAX) throw new CanonicalError('depth', `nested deeper than ${CANONICAL_DEPTH_MAX}`);
  return Array.isArray(value) ? writeArray(value, depth, safeIntegersOnly) : writeObject(value, depth, safeIntegersOnly);
}

function writeString(text: string): string {
  if (!isWellFormed(text)) throw new CanonicalError('lone_surrogate', 'a string holds a lone surrogate');
  return quote(text);
}

function writeNumber(value: number, safeIntegersOnly: boolean): string {
  if (!Number.isFinite(value)) throw new CanonicalError('number', 'JSON has no NaN and no infinity');
  const text = value === 0 ? '0' : String(value);
  if (safeIntegersOnly && isUnsafeInteger(value)) throw new CanonicalError('number', `the integer ${text} is beyond ±(2^53-1)`);
  return text;
}

function writeArray(items: readonly unknown[], depth: number, safeIntegersOnly: boolean): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + write(items[i], depth + 1, safeIntegersOnly);
  return `${text}]`;
}

function writeObject(object: object, depth: number, safeIntegersOnly: boolean): string {
  const members = Object.entries(object);
  if (!isSorted(members)) members.sort(byKey);
  let text = '';
  for (const [key, value] of members) {
    text += `${(text === '' ? '{' : ',') + writeString(key)}:${write(value, depth + 1, safeIntegersOnly)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** `<` on strings compares UTF-16 code units, which is the order of RFC 8785. */
function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

/** Objects read back from a canonical text are sorted already. */
function isSorted(members: readonly (readonly [string, unknown])[]): boolean {
  let previous: string | undefined;
  for (const [key] of members) {
    if (previous !== undefined && previous > key) return false;
    previous = key;
  }
  return true;
}
