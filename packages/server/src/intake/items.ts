import { isUtf8 } from 'node:buffer';
import { DaybookError, parseStrict } from '@daybook/protocol';
import type { Draft, Fault } from './draft.ts';
import { ITEM_BYTES_MAX, ITEMS_MAX } from './limits.ts';
import { scanItem, skipSpace, skipValue } from './scan.ts';

/** The items of a body, one after the other. */
export interface ItemSource {
  /** The item that `next` found last. */
  readonly draft: Draft;
  /** Its number. */
  readonly item: number;
  /** Bytes that are behind: a measure of the work that was done. */
  readonly done: number;
  /** Scans the next item into `draft`, which has a `fault` when it is refused; false at the end. Throws when the body as a whole is none. */
  next(): boolean;
}

/**
 * The items of a body of JSON: lines of NDJSON (blank ones are none), the members of an array, or the one object. A broken line is
 * one broken item; a broken array is no JSON at all, so that nothing of it can be taken.
 */
export class JsonItems implements ItemSource {
  readonly draft: Draft;
  item = -1;
  readonly #bytes: Buffer;
  readonly #lines: boolean;
  readonly #allUtf8: boolean;
  #at: number;
  #inArray = false;
  readonly #foreignKeys: boolean;

  /** `draft` is scratch: it holds an item from one `next` until the caller pauses. */
  constructor(draft: Draft, body: Buffer, { format, foreignKeys }: { readonly format: 'json' | 'ndjson'; readonly foreignKeys: boolean }) {
    this.draft = draft;
    this.#bytes = body;
    this.#lines = format === 'ndjson';
    this.#allUtf8 = isUtf8(body);
    this.#foreignKeys = foreignKeys;
    // A byte order mark says nothing about the content: some editors write it.
    this.#at = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
    if (!this.#lines) this.#openDocument();
  }

  get done(): number {
    return this.#at;
  }

  next(): boolean {
    if (!(this.#lines ? this.#nextLine() : this.#nextMember())) return false;
    if (this.item >= ITEMS_MAX) throw new DaybookError('body_too_large', `A request may have at most ${ITEMS_MAX} items.`);
    return true;
  }

  // ---- NDJSON

  #nextLine(): boolean {
    const bytes = this.#bytes;
    // Blank lines are white space before the next one: skipped together, for a body may be nothing else.
    const from = skipSpace(bytes, this.#at, bytes.length);
    if (from >= bytes.length) return false;
    const newline = bytes.indexOf(NEWLINE, from);
    const lineEnd = newline < 0 ? bytes.length : newline;
    this.#at = lineEnd + 1;
    this.item++;
    this.#scanLine(from, lineEnd);
    return true;
  }

  #scanLine(from: number, end: number): void {
    const { draft } = this;
    draft.reset(this.#bytes, from, this.#foreignKeys);
    draft.end = end;
    if (end - from > ITEM_BYTES_MAX) return this.#refuse(TOO_LARGE);
    if (!this.#allUtf8 && !isUtf8(this.#bytes.subarray(from, end))) return this.#refuse(NOT_UTF8);
    if (this.#bytes[from] !== BRACE_OPEN) return this.#refuse(this.#notAnObject(from, end));
    const behind = scanItem(draft, from, end);
    if (behind < 0) {
      draft.end = end;
    } else if (skipSpace(this.#bytes, behind, end) !== end) {
      draft.end = end;
      this.#refuse({
        code: 'json_syntax',
        field: '',
        message: `Not JSON: something follows the object at byte ${behind - from} of the line.`,
      });
    }
  }

  #notAnObject(from: number, end: number): Fault {
    const result = parseStrict(this.#bytes.toString('utf8', from, end));
    if (result.ok) return NOT_AN_OBJECT;
    return { code: result.code, field: result.path, message: `Not JSON: ${result.message} at character ${result.at} of the line.` };
  }

  #refuse(fault: Fault): void {
    this.draft.fault = fault;
  }

  // ---- a JSON document

  #openDocument(): void {
    const bytes = this.#bytes;
    if (!this.#allUtf8) throw new DaybookError('bad_request', 'The body is not valid UTF-8.', { field: 'invalid_utf8' });
    this.#at = skipSpace(bytes, this.#at, bytes.length);
    this.#inArray = bytes[this.#at] === BRACKET_OPEN;
    if (this.#inArray) this.#at = skipSpace(bytes, this.#at + 1, bytes.length);
    else if (bytes[this.#at] !== BRACE_OPEN) throw notJson(this.#at, 'an object or an array was expected');
  }

  #nextMember(): boolean {
    const bytes = this.#bytes;
    const first = this.item < 0;
    if (!this.#inArray && !first) return this.#endDocument();
    if (this.#inArray && bytes[this.#at] === BRACKET_CLOSE && first) {
      this.#at++;
      this.#inArray = false;
      return this.#endDocument();
    }
    this.item++;
    this.#scanMember();
    if (!this.#inArray) return true;
    const at = skipSpace(bytes, this.#at, bytes.length);
    if (bytes[at] === COMMA) {
      this.#at = skipSpace(bytes, at + 1, bytes.length);
    } else if (bytes[at] === BRACKET_CLOSE) {
      this.#at = at + 1;
      this.#inArray = false;
    } else {
      throw notJson(at, 'a comma or the end of the array was expected');
    }
    return true;
  }

  #scanMember(): void {
    const bytes = this.#bytes;
    const { draft } = this;
    const from = this.#at;
    draft.reset(bytes, from, this.#foreignKeys);
    // One byte more than an item may have: what is not done by then is too large, and only its end is looked for.
    const end = bytes[from] === BRACE_OPEN ? scanItem(draft, from, Math.min(bytes.length, from + ITEM_BYTES_MAX + 1)) : -1;
    this.#at = end < 0 ? skipValue(bytes, from, bytes.length) : end;
    if (this.#at < 0) throw notJson(from, 'an item does not end');
    draft.end = this.#at;
    if (this.#at - from > ITEM_BYTES_MAX) this.#refuse(TOO_LARGE);
    else if (draft.fault?.code === 'json_syntax') throw notJson(from, draft.fault.message);
    else if (bytes[from] !== BRACE_OPEN) this.#refuse(this.#notAnObject(from, this.#at));
  }

  #endDocument(): false {
    const at = skipSpace(this.#bytes, this.#at, this.#bytes.length);
    if (at < this.#bytes.length) throw notJson(at, 'something follows the end');
    return false;
  }
}

function notJson(at: number, message: string): DaybookError {
  return new DaybookError('bad_request', `The body is not JSON: ${message}, at byte ${at}. Nothing of it was kept.`);
}

const TOO_LARGE: Fault = { code: 'item_too_large', field: '', message: `The item is larger than ${ITEM_BYTES_MAX} bytes.` };
const NOT_UTF8: Fault = { code: 'invalid_utf8', field: '', message: 'The item is not valid UTF-8.' };
const NOT_AN_OBJECT: Fault = { code: 'not_an_object', field: '', message: 'An item must be a JSON object.' };
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
