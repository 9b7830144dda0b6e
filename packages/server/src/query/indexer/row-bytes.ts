import { EVENT_OFFSET, eventEnd } from '@daybook/protocol';

/**
 * The row of an entry as a line of JSON, made by copying bytes:
 *
 *     entry  {"event":{"action":…},"kind":"event","n":"…","rt":"2026-…Z","src":"shop","sseq":7,"v":1}
 *     row    {"log":"routine","kind":"event","idx":5,"recorded_at":"2026-…Z","src":"shop","sseq":7,"action":…}
 *
 * What stands behind `"rt":` up to `,"v":1}` is taken as it is, then the event without its `{`. Nothing is parsed.
 */
const RT_KEY = Buffer.from(',"rt":"', 'latin1');
/** `},"kind":"event","n":"` + 22 characters + `"`: where `,"rt":` stands behind the event when there is no `raw`. */
const RT_OFFSET = ',"kind":"event","n":"'.length + 22 + 1;
const RT_VALUE_OFFSET = ',"rt":'.length;
const TAIL_BYTES = ',"v":1}'.length;
const KIND_VALUE_OFFSET = ',"kind":"'.length;
const EVENT_KIND = Buffer.from('event"', 'latin1');
/** In `"2026-01-…"` counted from the quote: the last digit of the year and the two of the month tell any two months apart that follow each other. */
const YEAR_DIGIT = 4;
const MONTH_DIGITS = 6;

const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CLOSING_BRACE = 0x7d;

/** What a row has in front of the event beyond bytes of the entry: log, kind and idx. */
const PREFIX_BYTES_MAX = 160;

export function rowBytesMax(entryBytes: number): number {
  return entryBytes + PREFIX_BYTES_MAX;
}

/** Where the parts of an entry lie within the bytes around it. */
export interface EntryParts {
  /** End of the event object. */
  eventEnd: number;
  /** The quote that opens the value of `rt`. */
  rtAt: number;
}

/** Finds the parts; false when the bytes are no entry (then it is a fault of the ledger, which checks what it reads). */
export function findParts(bytes: Buffer, start: number, end: number, parts: EntryParts): boolean {
  const eventEnds = eventEnd(bytes, start, end);
  if (eventEnds < 0) return false;
  let at = eventEnds + RT_OFFSET;
  if (!isRtKey(bytes, at)) {
    // With `raw`, or another kind. From the end: behind the top-level `rt` only server-made words follow.
    at = bytes.lastIndexOf(RT_KEY, end - RT_KEY.length);
    if (at < eventEnds) return false;
  }
  parts.eventEnd = eventEnds;
  parts.rtAt = at + RT_VALUE_OFFSET;
  return true;
}

function isRtKey(bytes: Buffer, at: number): boolean {
  for (let i = 0; i < RT_KEY.length; i++) if (bytes[at + i] !== RT_KEY[i]) return false;
  return true;
}

/** Whether two entries that follow each other were recorded in the same month, by their `rt`. */
export function sameMonth(a: Buffer, aRt: number, b: Buffer, bRt: number): boolean {
  return (
    a[aRt + MONTH_DIGITS + 1] === b[bRt + MONTH_DIGITS + 1] &&
    a[aRt + MONTH_DIGITS] === b[bRt + MONTH_DIGITS] &&
    a[aRt + YEAR_DIGIT] === b[bRt + YEAR_DIGIT]
  );
}

/** `{"log":"routine","kind":"event","idx":` of a log, made once. */
export function rowPrefix(log: string): Buffer {
  return Buffer.from(`{"log":"${log}","kind":"event","idx":`, 'latin1');
}

interface RowSource {
  readonly log: string;
  readonly prefix: Buffer;
  readonly idx: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly parts: EntryParts;
}

/** Writes the row at `at`; `into` has room for `rowBytesMax`. Returns where it ends. */
export function writeRow(into: Buffer, at: number, source: RowSource): number {
  const { bytes, parts, end } = source;
  let to = at;
  if (isEvent(bytes, parts.eventEnd)) {
    to += source.prefix.copy(into, to);
    to = writeNumber(into, to, source.idx);
  } else to += into.write(`{"log":"${source.log}","kind":"${kindOf(bytes, parts.eventEnd)}","idx":${source.idx}`, to, 'latin1');
  to += into.write(',"recorded_at":', to, 'latin1');
  to += bytes.copy(into, to, parts.rtAt, end - TAIL_BYTES);
  const first = bytes[eventStart(source) + 1];
  if (first === CLOSING_BRACE) into[to++] = CLOSING_BRACE;
  else {
    into[to++] = COMMA;
    to += bytes.copy(into, to, eventStart(source) + 1, parts.eventEnd);
  }
  into[to++] = LINE_FEED;
  return to;
}

function eventStart(source: RowSource): number {
  return source.start + EVENT_OFFSET;
}

function isEvent(bytes: Buffer, eventEnds: number): boolean {
  const at = eventEnds + KIND_VALUE_OFFSET;
  for (let i = 0; i < EVENT_KIND.length; i++) if (bytes[at + i] !== EVENT_KIND[i]) return false;
  return true;
}

function kindOf(bytes: Buffer, eventEnds: number): string {
  const at = eventEnds + KIND_VALUE_OFFSET;
  return bytes.toString('latin1', at, bytes.indexOf(0x22, at));
}

/** Decimal digits without making a string: 30 ns instead of 90. */
function writeNumber(into: Buffer, at: number, value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    into[i] = 48 + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}
