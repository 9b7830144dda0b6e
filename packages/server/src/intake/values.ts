import { isAscii } from 'node:buffer';
import {
  canonicalIp,
  isWellFormed,
  exactNumber,
  type FieldType,
  type Json,
  type JsonObject,
  parseJson,
  parseStrict,
  quote,
  unquote,
} from '@daybook/protocol';
import type { Draft, Fault } from './draft.ts';
import { ABSENT, ESCAPED, FALSE, NESTED, NULL, NUMBER, PIECE, STRING, TEXT, TRUE } from './draft.ts';
import { LIST_ITEMS_MAX } from './limits.ts';

/** A rejection on its way up to the item that it concerns. */
export class Rejection extends Error {
  readonly fault: Fault;

  constructor(code: string, field: string, message: string) {
    super(message);
    this.fault = { code, field, message };
  }
}

/** From here on it pays to ask whether all is ASCII, which is copied ten times as fast as it is decoded. */
const ASCII_BYTES_MIN = 4096;

/** The text of UTF-8 bytes. */
export function utf8Text(bytes: Buffer, from: number, to: number): string {
  const isLatin1 = to - from >= ASCII_BYTES_MIN && isAscii(bytes.subarray(from, to));
  return bytes.toString(isLatin1 ? 'latin1' : 'utf8', from, to);
}

const NUMBER_GRAMMAR = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The value that stands at `[from, to)` of the item's body, parsed strictly. */
export function materialise(
  draft: Draft,
  member: { readonly key: string; readonly kind: number; readonly from: number; readonly to: number },
): Json {
  const { key, kind, from, to } = member;
  if (kind === STRING) return utf8Text(draft.bytes, from + 1, to - 1);
  if (kind === TRUE) return true;
  if (kind === FALSE) return false;
  if (kind === NULL || kind === ABSENT) return null;
  if (kind === NUMBER) return number(draft.bytes.toString('latin1', from, to), key);
  if (kind !== ESCAPED && kind !== NESTED) throw new Error(`value of kind ${kind} is already decided`);
  const json = utf8Text(draft.bytes, from, to);
  const text = kind === ESCAPED ? escapedText(json) : undefined;
  if (text !== undefined) return text;
  const result = parseStrict(json);
  if (result.ok) return result.value;
  const below = result.path === '' || result.path.startsWith('[') ? result.path : `.${result.path}`;
  throw new Rejection(result.code, `${key}${below}`, `Refused: ${result.message}.`);
}

/** The engine's own parser of a text is the faster one; undefined for what the strict one has to name. */
function escapedText(json: string): string | undefined {
  try {
    const text = unquote(json);
    return isWellFormed(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

function number(literal: string, key: string): number {
  if (!NUMBER_GRAMMAR.test(literal)) throw new Rejection('json_syntax', key, 'Not a JSON number.');
  const value = exactNumber(literal);
  if (value === undefined) throw new Rejection('number_precision', key, 'The number would lose precision; send it as a string.');
  return value;
}

/** A value cannot be what its field holds. An alias then keeps its value among the attributes; the field's own name rejects the item. */
export const UNFIT = Symbol('unfit');

/** The text of a scalar; UNFIT for objects, arrays. Null and nothing are the empty text. */
export function textOf(value: Json): string | typeof UNFIT {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'object' ? UNFIT : String(value === 0 ? 0 : value);
}

/** Canonical JSON of a value for a field of a plain type; '' when it says nothing. Strings are not masked yet. */
export function plainJson(type: FieldType, value: Json): string | typeof UNFIT {
  if (value === null || value === '') return '';
  if (type === 'uint') return uintJson(value);
  if (type === 'float') return floatJson(value);
  if (type === 'bool') return boolJson(value);
  if (type === 'ip') return typeof value === 'string' ? ipJson(value) : UNFIT;
  throw new Error(`${type} is no plain type`);
}

function uintJson(value: Json): string | typeof UNFIT {
  const n = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof n === 'number' && Number.isSafeInteger(n) && n >= 0 ? String(n) : UNFIT;
}

function floatJson(value: Json): string | typeof UNFIT {
  const n = typeof value === 'string' && NUMBER_GRAMMAR.test(value) ? exactNumber(value) : value;
  return typeof n === 'number' ? String(n === 0 ? 0 : n) : UNFIT;
}

function boolJson(value: Json): string | typeof UNFIT {
  if (value === true || value === 'true' || value === 1) return 'true';
  return value === false || value === 'false' || value === 0 ? 'false' : UNFIT;
}

function ipJson(value: string): string | typeof UNFIT {
  const ip = canonicalIp(value);
  return ip === undefined ? UNFIT : quote(ip);
}

/** Strings from a list of scalars, or from one string (`separator` splits it). */
export function stringsOf(value: Json, field: string, separator?: string): string[] | typeof UNFIT {
  const items: readonly Json[] = isList(value)
    ? value
    : typeof value === 'string' && separator !== undefined
      ? partsOf(value, separator)
      : [value];
  const texts: string[] = [];
  for (const item of items) {
    const text = textOf(item);
    if (text === UNFIT) return UNFIT;
    if (text.trim() !== '') texts.push(separator === undefined ? text : text.trim());
  }
  return bounded(texts, texts.length, field);
}

/** The parts of a text between separators (of one character), without blanks around them and without empty ones; one more than there may be, at the most. */
function partsOf(text: string, separator: string): string[] {
  const parts: string[] = [];
  const sign = separator.charCodeAt(0);
  for (let from = 0; from < text.length && parts.length <= LIST_ITEMS_MAX; ) {
    if (text.charCodeAt(from) === sign) {
      from++;
      continue;
    }
    const at = text.indexOf(separator, from);
    const end = at < 0 ? text.length : at;
    const part = text.slice(from, end).trim();
    if (part !== '') parts.push(part);
    from = end;
  }
  return parts;
}

/** A map of strings from an object of scalars. */
export function labelsOf(value: Json, field: string): Record<string, string> | typeof UNFIT {
  if (value === null) return {};
  if (!isObject(value)) return UNFIT;
  const labels: [string, string][] = [];
  for (const [key, item] of Object.entries(value)) {
    const text = textOf(item);
    if (text === UNFIT) return UNFIT;
    labels.push([key, text]);
  }
  return Object.fromEntries(bounded(labels, labels.length, field));
}

function bounded<T>(list: T, count: number, field: string): T {
  if (count > LIST_ITEMS_MAX) throw new Rejection('field_range', field, `More than ${LIST_ITEMS_MAX} members.`);
  return list;
}

/** Parses a text that we wrote ourselves: an object for certain. */
export function parseOwn(text: string): Record<string, Json> {
  const value: unknown = parseJson(text);
  if (!isRecord(value)) throw new Error('our own text is no object');
  return value;
}

function isRecord(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a field that is present and decided, or a plain string still: without quotes; of other types the JSON. */
export function textAt(draft: Draft, field: number): string {
  const kind = draft.kind[field];
  if (kind === STRING) return draft.bytes.toString('utf8', (draft.from[field] ?? 0) + 1, (draft.to[field] ?? 0) - 1);
  const json = kind === TEXT ? (draft.text[field] ?? '') : kind === PIECE ? Buffer.from(draft.piece[field] ?? NO_BYTES).toString() : '';
  return json.startsWith('"') ? unquote(json) : json;
}

const NO_BYTES = new Uint8Array(0);
