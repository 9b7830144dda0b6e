import { parseTime, quote } from '@daybook/protocol';
import type { Draft } from './draft.ts';
import { ESCAPED, NUMBER, STRING } from './draft.ts';
import type { ReceiveTime } from './request-context.ts';
import { materialise } from './values.ts';
import { FIELD_NAMES } from './field-codes.ts';

/**
 * What is said about a time beside it, in `attributes.daybook.time`. The words that begin with `receive_time` say that the receive time stands in
 * place of a claim: there was none, it was no time, or it lay more than 24 h ahead.
 */
export type TimeNote = 'utc_assumed' | 'ahead' | 'receive_time' | 'receive_time_unreadable' | 'receive_time_ahead';

export interface TimeDecision {
  readonly note: TimeNote | undefined;
  /** What was claimed and does not stand: canonical JSON value. */
  readonly claim: string | number | undefined;
}

const AS_CLAIMED: TimeDecision = { note: undefined, claim: undefined };

/** Decides a time field of the draft against the time of receipt. */
export function decideTime(draft: Draft, field: number, received: ReceiveTime): TimeDecision {
  const from = draft.from[field] ?? 0;
  const kind = draft.kind[field];
  if (kind === STRING && isCanonicalTime(draft.bytes, from, draft.to[field] ?? 0)) {
    if (!isAfter(draft.bytes, from, received.markedAfter)) return AS_CLAIMED;
    return ahead(draft, field, received, draft.bytes.toString('latin1', from + 1, from + 28));
  }
  const claim = claimOf(draft, field);
  if (claim === undefined) return replace(draft, field, received, 'receive_time');
  const time = parseTime(claim.time);
  if (time === undefined) return { ...replace(draft, field, received, 'receive_time_unreadable'), claim: claim.said };
  draft.setText(field, quote(time.text));
  const bytes = Buffer.from(quote(time.text), 'latin1');
  if (isAfter(bytes, 0, received.markedAfter)) return ahead(draft, field, received, time.text);
  return time.zoned ? AS_CLAIMED : { note: 'utc_assumed', claim: undefined };
}

function ahead(draft: Draft, field: number, received: ReceiveTime, text: string): TimeDecision {
  if (!isAfter(Buffer.from(quote(text), 'latin1'), 0, received.replacedAfter)) return { note: 'ahead', claim: undefined };
  return { ...replace(draft, field, received, 'receive_time_ahead'), claim: text };
}

function replace(draft: Draft, field: number, received: ReceiveTime, note: TimeNote): TimeDecision {
  draft.setPiece(field, received.bytes);
  return { note, claim: undefined };
}

/** The claim as a text or number to read, and as what is kept of it when it can't be read; undefined for null and the empty string. */
function claimOf(draft: Draft, field: number): { readonly time: string | number; readonly said: string | number } | undefined {
  const kind = draft.kind[field] ?? 0;
  const from = draft.from[field] ?? 0;
  const to = draft.to[field] ?? 0;
  if (kind === NUMBER) {
    // Nanoseconds since 1970 are beyond what a double holds: read from the literal.
    const literal = draft.bytes.toString('latin1', from, to);
    return { time: /[eE]/.test(literal) ? Number(literal) : literal, said: literal };
  }
  const value = materialise(draft, { key: FIELD_NAMES[field] ?? '', kind, from, to });
  if (value === null || value === '') return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { time: kind === STRING || kind === ESCAPED ? text : '', said: text };
}

/** `"YYYY-MM-DDTHH:MM:SS.ffffffZ"` in the range of every month's days; what is left (the 29th on, leap seconds) is parsed the long way. */
function isCanonicalTime(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== TEMPLATE.length) return false;
  for (let i = 0; i < TEMPLATE.length; i++) {
    const c = bytes[from + i] ?? 0;
    const t = TEMPLATE[i] ?? 0;
    if (t === DIGIT ? c < ZERO || c > ZERO + 9 : c !== t) return false;
  }
  const year = two(bytes, from + 1) * 100 + two(bytes, from + 3);
  const month = two(bytes, from + 6);
  const day = two(bytes, from + 9);
  if (year < YEAR_SURE_MIN || year > YEAR_SURE_MAX || month < 1 || month > 12 || day < 1 || day > 28) return false;
  return two(bytes, from + 12) < 24 && two(bytes, from + 15) < 60 && two(bytes, from + 18) < 60;
}

function two(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 10 + (bytes[at + 1] ?? 0) - 11 * ZERO;
}

/** Whether the quoted canonical time at `from` is later: texts of this form sort as time does. */
function isAfter(bytes: Uint8Array, from: number, limit: Uint8Array): boolean {
  for (let i = 1; i < TEMPLATE.length; i++) {
    const difference = (bytes[from + i] ?? 0) - (limit[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

const ZERO = 0x30;
/** A digit may stand here. `d` occurs in no canonical time. */
const DIGIT = 0x64;
const TEMPLATE = Buffer.from('"dddd-dd-ddTdd:dd:dd.ddddddZ"', 'latin1');
const YEAR_SURE_MIN = 1900;
const YEAR_SURE_MAX = 2254;
