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
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/** What a row has in front of the event beyond bytes of the entry: log, kind and idx. */
const PREFIX_BYTES_MAX = 160;

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

/** The row of the entry `bytes[start, end)`, without a line feed; undefined when the bytes are no entry. */
export function rowLine({ log, idx, bytes, start, end }: Omit<RowSource, 'parts'>): Buffer | undefined {
  const parts: EntryParts = { eventEnd: 0, rtAt: 0 };
  if (!findParts(bytes, start, end, parts)) return undefined;
  const into = Buffer.allocUnsafe(end - start + PREFIX_BYTES_MAX);
  return into.subarray(0, writeRow(into, { log, idx, bytes, start, end, parts }));
}

interface RowSource {
  readonly log: string;
  readonly idx: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly parts: EntryParts;
}

function writeRow(into: Buffer, source: RowSource): number {
  const { bytes, parts, end, start } = source;
  let to = into.write(`{"log":"${source.log}","kind":"${kindOf(bytes, parts.eventEnd)}","idx":${source.idx},"recorded_at":`, 0, 'latin1');
  to += bytes.copy(into, to, parts.rtAt, end - TAIL_BYTES);
  const event = start + EVENT_OFFSET;
  if (bytes[event + 1] === CLOSING_BRACE) into[to++] = CLOSING_BRACE;
  else {
    into[to++] = COMMA;
    to += bytes.copy(into, to, event + 1, parts.eventEnd);
  }
  return to;
}

function kindOf(bytes: Buffer, eventEnds: number): string {
  const at = eventEnds + KIND_VALUE_OFFSET;
  return bytes.toString('latin1', at, bytes.indexOf(0x22, at));
}
