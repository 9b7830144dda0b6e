import { isUtf8 } from 'node:buffer';
import { DaybookError, parseStrict } from '@daybook/protocol';
import type { Draft, Fault } from './draft.ts';
import { ITEM_BYTES_MAX, ITEMS_MAX, SKIP_BYTES } from './limits.ts';
import { scanItem, skipSpace } from './scan.ts';
import { ValueSkip } from './value-skip.ts';

/** The items of a body, one after the other. */
export interface ItemSource {
  /** The item that `next` found last. */
  readonly draft: Draft;
  /** Its number. */
  readonly item: number;
  /** Bytes that are behind: a measure of the work that was done. */
  readonly done: number;
  /**
   * Scans the next item into `draft`, which has a `fault` when it is refused. `pause`: there is more to skip before it than others may wait for; pause,
   * and call again. Throws when the body as a whole is none.
   */
  next(): 'item' | 'pause' | 'end';
}

/**
 * The items of a body of JSON: lines of NDJSON (blank ones are none), the members of an array, or the one object. A broken line is
 * one broken item; a broken array is no JSON at all, so that nothing of it can be taken.
 */
export class JsonItems implements ItemSource {
  readonly draft: Draft;
  item = -1;
  readonly #bytes: Buffer;
  readonly #allUtf8: boolean;
  readonly #foreignKeys: boolean;
  #at: number;
  #place: Place;
  #inArray = false;
  /** The end of an item that is too large, being looked for. */
  #skip: ValueSkip | undefined;

  /** `draft` is scratch: it holds an item from one `next` until the caller pauses. */
  constructor(draft: Draft, body: Buffer, { format, foreignKeys }: { readonly format: 'json' | 'ndjson'; readonly foreignKeys: boolean }) {
    this.draft = draft;
    this.#bytes = body;
    this.#place = format === 'ndjson' ? 'line' : 'document';
    this.#allUtf8 = isUtf8(body);
    if (!this.#allUtf8 && format === 'json')
      throw new DaybookError('bad_request', 'The body is not valid UTF-8.', { field: 'invalid_utf8' });
    this.#foreignKeys = foreignKeys;
    // A byte order mark says nothing about the content: some editors write it.
    this.#at = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  }

  get done(): number {
    return this.#at;
  }

  next(): 'item' | 'pause' | 'end' {
    for (;;) {
      if (!this.#skipAhead()) return 'pause';
      const found = this.#place === 'line' ? this.#nextLine() : this.#nextPlace();
      if (found === undefined) continue;
      if (found === 'item' && this.item >= ITEMS_MAX)
        throw new DaybookError('body_too_large', `A request may have at most ${ITEMS_MAX} items.`);
      return found;
    }
  }

  /** Skips what is left of an item that is too large, and white space, of which a body may be full; false when that goes on. */
  #skipAhead(): boolean {
    const limit = Math.min(this.#bytes.length, this.#at + SKIP_BYTES);
    if (this.#skip !== undefined) {
      const end = this.#skip.advance(limit);
      if (end === -1) throw notJson(this.#skip.from, 'an item does not end');
      this.#at = end ?? limit;
      if (end === undefined) return false;
      this.#skip = undefined;
    }
    this.#at = skipSpace(this.#bytes, this.#at, limit);
    return this.#at < limit || limit === this.#bytes.length;
  }

  // ---- NDJSON

  #nextLine(): 'item' | 'end' {
    const bytes = this.#bytes;
    const from = this.#at;
    if (from >= bytes.length) return 'end';
    const newline = bytes.indexOf(NEWLINE, from);
    const lineEnd = newline < 0 ? bytes.length : newline;
    this.#at = lineEnd + 1;
    this.item++;
    this.#scanLine(from, lineEnd);
    return 'item';
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

  /** What stands at the place at hand, behind white space; undefined when that leads to another place. */
  #nextPlace(): 'item' | 'end' | undefined {
    const c = this.#bytes[this.#at];
    switch (this.#place) {
      case 'document':
        this.#inArray = c === BRACKET_OPEN;
        if (!this.#inArray && c !== BRACE_OPEN) throw notJson(this.#at, 'an object or an array was expected');
        if (this.#inArray) this.#at++;
        return this.#goTo('member');
      case 'member':
        if (this.#inArray && this.item < 0 && c === BRACKET_CLOSE) return this.#close();
        this.item++;
        this.#place = this.#inArray ? 'behind' : 'end';
        this.#scanMember();
        return 'item';
      case 'behind':
        if (c === BRACKET_CLOSE) return this.#close();
        if (c !== COMMA) throw notJson(this.#at, 'a comma or the end of the array was expected');
        this.#at++;
        return this.#goTo('member');
      case 'end':
      case 'line':
        if (this.#at < this.#bytes.length) throw notJson(this.#at, 'something follows the end');
        return 'end';
      default:
        return this.#place satisfies never;
    }
  }

  #close(): undefined {
    this.#at++;
    return this.#goTo('end');
  }

  #goTo(place: Place): undefined {
    this.#place = place;
    return undefined;
  }

  #scanMember(): void {
    const bytes = this.#bytes;
    const { draft } = this;
    const from = this.#at;
    draft.reset(bytes, from, this.#foreignKeys);
    // One byte more than an item may have: what is not done by then is too large, and only its end is looked for.
    const limit = Math.min(bytes.length, from + ITEM_BYTES_MAX + 1);
    const scanned = bytes[from] === BRACE_OPEN ? scanItem(draft, from, limit) : -1;
    const skip = new ValueSkip(bytes, from);
    const end = scanned < 0 ? skip.advance(limit) : scanned;
    if (end === -1) throw notJson(from, 'an item does not end');
    if (end === undefined) this.#skip = skip;
    this.#at = end ?? limit;
    draft.end = this.#at;
    if (this.#at - from > ITEM_BYTES_MAX) this.#refuse(TOO_LARGE);
    else if (draft.fault?.code === 'json_syntax') throw notJson(from, draft.fault.message);
    else if (bytes[from] !== BRACE_OPEN) this.#refuse(this.#notAnObject(from, this.#at));
  }
}

/** Where a body is read: between lines, or in a JSON document before its first sign, before a member, behind one, behind all. */
type Place = 'line' | 'document' | 'member' | 'behind' | 'end';

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
