import { type JsonRecord, parseRecord } from '@daybook/protocol';
import { RECORD_BYTES_MAX } from './framer.ts';
import { CLOSE, decoded, LF } from './json-bytes.ts';

const CR = 0x0d;
const COMMA = 0x2c;
const COLON = 0x3a;
/** The name of a record's first member is looked for in so many bytes, and the record's neighbour in so many. */
const FIRST_NAME_BYTES_MAX = 64;
const RECORD_BYTES_LIKELY = 32 * 1024;

/** One that was cut out without looking at each of its bytes: it is a JSON object, whatever stands behind it. */
export interface Whole {
  readonly end: number;
  readonly text: string;
  readonly object: JsonRecord;
}

/**
 * Guesses where an object ends, and lets the parser say whether it does. A native search and a native parser, whose result is wanted anyway, cost less than a look at
 * each byte. What the parser takes for one object is balanced, so no other end could be right.
 */
export class WholeFinder {
  /** `},{"firstMember":`: what stands between two records of one kind. */
  #between = Buffer.from('},{');

  /** The object at `at` when it stands alone on its line; with `inList`, before a comma there too, or before a neighbour that begins as it does. */
  at(bytes: Uint8Array, at: number, inList: boolean): Whole | undefined {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = inList ? this.#endInList(view, at) : endOfLine(view, at, view.indexOf(LF, at));
    if (end < 0 || end - at > RECORD_BYTES_MAX) return undefined;
    const text = decoded(view.subarray(at, end));
    const object = text === undefined ? undefined : parseRecord(text);
    return text === undefined || object === undefined ? undefined : { end, text, object };
  }

  #endInList(view: Buffer, at: number): number {
    const window = view.subarray(at, at + RECORD_BYTES_LIKELY);
    this.#learn(window);
    const between = window.indexOf(this.#between);
    const lf = window.indexOf(LF);
    if (between >= 0 && (lf < 0 || between < lf)) return at + between + 1;
    return lf > 0 && window[lf - 1] === COMMA ? endOfLine(view, at, at + lf - 1) : -1;
  }

  /** Notes how the record begins. */
  #learn(window: Buffer): void {
    const known = this.#between;
    if (known.length > '},{'.length && window.subarray(0, known.length - 2).equals(known.subarray(2))) return;
    const colon = window.subarray(0, FIRST_NAME_BYTES_MAX).indexOf(COLON);
    this.#between = Buffer.concat([Buffer.from('},'), window.subarray(0, colon < 0 ? 1 : colon + 1)]);
  }
}

function endOfLine(view: Buffer, at: number, lineEnd: number): number {
  const end = view[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
  return end > at && view[end - 1] === CLOSE ? end : -1;
}
