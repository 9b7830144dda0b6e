import type { Format, Result } from '@daybook/formats';
import type { QuarantineLine } from './aside.ts';
import type { Content } from './content.ts';
import { lineOf, type LineOptions, lineOptions } from './event-line.ts';

/** Whose records are delivered. */
export interface Origin {
  readonly file: string;
  readonly format: Format;
  readonly source: string;
  readonly content: Content;
}

/** What is kept of a record until it is sent: an event as its line of JSON, quarantine as it will be told. Objects of 20,000 events are a hundred megabytes. */
export interface Item {
  readonly result: Result['result'];
  readonly format: string;
  readonly code: string;
  readonly line: number;
  readonly offset: number;
  readonly end: number;
  /** Where its line stands, its line end included; no object of its own, for there are as many of these as events. undefined: it has none. */
  readonly page: Buffer | undefined;
  readonly from: number;
  readonly to: number;
  readonly quarantine: QuarantineLine | undefined;
}

/** Lines that follow one another on a page are sent as they lie there: a page is as much as one request. */
const PAGE_BYTES = 1024 * 1024;
const UTF8_BYTES_PER_UNIT = 3;
/** Of a line in quarantine the server keeps 40 KiB. */
const QUARANTINE_BYTES_MAX = 48 * 1024;
const FILE_CHARS_MAX = 500;

export class ItemWriter {
  readonly #origin: Origin;
  readonly #options: LineOptions;
  #page: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(origin: Origin) {
    this.#origin = origin;
    this.#options = lineOptions(origin.format, origin.source);
  }

  item(result: Result): Item {
    const from = this.#write(result.result === 'event' ? lineOf(result, this.#options) : undefined);
    const { format, code = 'other', line, offset, end } = result;
    const page = from < 0 ? undefined : this.#page;
    const quarantine = this.#quarantine(result, page !== undefined);
    return { result: result.result, format, code, line, offset, end, page, from, to: this.#used, quarantine };
  }

  /** Where the line begins on the page at hand; -1: there is none. */
  #write(line: string | undefined): number {
    if (line === undefined) return -1;
    const room = line.length * UTF8_BYTES_PER_UNIT + 1;
    if (this.#used + room > this.#page.length) {
      this.#page = Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, room));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += this.#page.write(line, from, 'utf8');
    this.#page[this.#used++] = LINE_FEED;
    return from;
  }

  #quarantine(result: Result, isWritten: boolean): QuarantineLine | undefined {
    if (result.result === 'quarantine') return quarantineLine(result, this.#origin);
    if (result.result === 'noise' || isWritten) return undefined;
    return quarantineLine({ ...result, code: 'too_large', reason: 'this event is too large to be sent' }, this.#origin);
  }
}

const LINE_FEED = 0x0a;

function quarantineLine(result: Result, { file, source, content }: Origin): QuarantineLine {
  const { format, code = 'other', reason = 'not understood', line, text } = result;
  const head = { source, format, code, reason, line, file: file.slice(0, FILE_CHARS_MAX) };
  // The bytes as they stand, where decoding them lost some.
  if (text.includes('\uFFFD') && result.offset >= content.from)
    return { ...head, base64: content.bytes(result.offset, result.end, QUARANTINE_BYTES_MAX).toString('base64') };
  return { ...head, text: text.slice(0, QUARANTINE_BYTES_MAX) };
}
