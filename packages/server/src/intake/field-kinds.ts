import { FIELDS } from '@daybook/protocol';
import { HINT_TEXT, HINT_TOKEN } from './draft.ts';
import { F } from './field-codes.ts';
import { CARD_DIGITS_MIN } from './triggers.ts';

/** Shorter texts with blanks or signs in them, and shorter tokens, are no secrets that the patterns know. */
const SECRET_TEXT_CHARS_MIN = 5;
const SECRET_TOKEN_CHARS_MIN = 12;

/** How a field is decided: its type, apart from the few that have a way of their own. */
export const Kind = {
  string: 0,
  word: 1,
  time: 2,
  ip: 3,
  plain: 4,
  severity: 5,
  strings: 6,
  labels: 7,
  attributes: 8,
  changes: 9,
  userAgent: 10,
  importance: 11,
} as const;
const KIND_OF_TYPE = {
  string: Kind.string,
  enum: Kind.word,
  time: Kind.time,
  ip: Kind.ip,
  uint: Kind.plain,
  float: Kind.plain,
  bool: Kind.plain,
  strings: Kind.strings,
  map: Kind.labels,
  json: Kind.changes,
} as const;
export const KINDS = Uint8Array.from(FIELDS, (field) => KIND_OF_TYPE[field.type]);
KINDS[F.severity] = Kind.severity;
KINDS[F.attributes] = Kind.attributes;
KINDS[F.userAgent] = Kind.userAgent;
KINDS[F.importance] = Kind.importance;

/** Whether a string's bytes are a reason to look for secrets in it. */
export function needsLook(hints: number, digits: number, chars: number): boolean {
  if (digits >= CARD_DIGITS_MIN) return true;
  if ((hints & HINT_TEXT) !== 0 && chars >= SECRET_TEXT_CHARS_MIN) return true;
  return (hints & HINT_TOKEN) !== 0 && chars >= SECRET_TOKEN_CHARS_MIN;
}

/** A decimal that is its own canonical form: at most 15 digits, no leading zero, no exponent, no zero at the end of a fraction. */
export function isPlainNumber(bytes: Uint8Array, from: number, to: number): boolean {
  let fraction = -1;
  if (to - from > 16) return false;
  for (let at = from; at < to; at++) {
    const c = bytes[at] ?? 0;
    if (c === 0x2e && fraction < 0 && at > from) fraction = at;
    else if (c < 0x30 || c > 0x39) return false;
  }
  const leadingZero = bytes[from] === 0x30;
  if (fraction < 0) return !leadingZero || to - from === 1;
  // Numbers below 1e-6 are printed with an exponent; those that begin with 0.0 are left to the long way.
  if (leadingZero && (fraction !== from + 1 || bytes[fraction + 1] === 0x30)) return false;
  return fraction < to - 1 && bytes[to - 1] !== 0x30;
}
