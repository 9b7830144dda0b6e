import type { Context, Format, Parser } from './format.ts';
import { formatNamed } from './formats.ts';
import { ContainerFramer } from './framing/container-framer.ts';
import type { Framer, TextRecord } from './framing/framer.ts';
import { JsonFramer } from './framing/json-framer.ts';
import { LineFramer } from './framing/line-framer.ts';
import { CsvFramer } from './framing/csv-framer.ts';
import { JournalFramer } from './journald/journal-framer.ts';
import { ToldFramer } from './framing/told-framer.ts';
import { HeldRecords } from './held-records.ts';
import { type EventFields, noise, quarantine, type Result, type Verdict } from './result.ts';

/** Reads one input: its pieces in, results out. */
export interface Reader {
  push(bytes: Uint8Array): readonly Result[];
  /** The input ends here; `broken`: not by itself, so that what is not whole is no record. */
  end(how?: { readonly broken: boolean }): readonly Result[];
  /** Nothing came for a while: what a format holds back is given out; a record that is not whole still waits. */
  idle(): readonly Result[];
  /** Where somebody who goes on later must begin, so that no record is missed: behind the last that was judged, or at the first that is held back. */
  position(): Start;
  /** Whether a format holds records back. */
  holds(): boolean;
}

/** Where an input is read from when its beginning is known already: a record begins at that byte. */
export interface Start {
  readonly offset: number;
  readonly line: number;
}

const BEGINNING: Start = { offset: 0, line: 1 };

export function openReader(format: Format, context: Context, start: Start = BEGINNING): Reader {
  return new FormatReader(format, context, start);
}

class FormatReader implements Reader {
  readonly #format: Format;
  readonly #framer: Framer;
  readonly #parser: Parser;
  readonly #other: Other | undefined;
  readonly #start: Start;
  readonly #held = new HeldRecords();
  #results: Result[] = [];
  #position: Start;
  /** The record that the parser is asked about, until it has answered. */
  #asked: TextRecord | undefined;

  constructor(format: Format, context: Context, start: Start) {
    this.#format = format;
    this.#framer = framerOf(format, context);
    this.#parser = format.open(context);
    this.#other = otherOf(format, context);
    this.#start = start;
    this.#position = start;
  }

  push(bytes: Uint8Array): readonly Result[] {
    for (const record of this.#framer.push(bytes)) this.#judge(record);
    return this.#given();
  }

  idle(): readonly Result[] {
    this.#parser.end(this.#emit);
    this.#other?.parser.end(this.#emitOther);
    this.#held.clear();
    return this.#given();
  }

  end(how?: { readonly broken: boolean }): readonly Result[] {
    for (const record of this.#framer.end()) this.#judge(how?.broken === true ? { ...record, fault: record.fault ?? 'cut_off' } : record);
    return this.idle();
  }

  position(): Start {
    const held = this.#held.first();
    if (held === undefined) return this.#position;
    return { offset: held.offset + this.#start.offset, line: held.line + this.#start.line - 1 };
  }

  holds(): boolean {
    return this.#held.first() !== undefined;
  }

  #judge(record: TextRecord): void {
    this.#position = { offset: record.end + this.#start.offset, line: record.lastLine + this.#start.line };
    if (record.fault === 'too_long') return this.#emit(record, quarantine('too_long', 'this record is longer than 1 MiB'));
    if (record.fault === 'cut_off') return this.#emit(record, quarantine('cut_off', 'this record is not whole'));
    this.#asked = record;
    if (record.stream !== undefined && record.stream === this.#other?.stream) this.#other.parser.parse(record, this.#emitOther);
    else this.#parser.parse(record, record.isWrapper === true ? this.#emitWrapper : this.#emit);
    if (this.#asked !== undefined) this.#held.add(record);
    this.#asked = undefined;
  }

  #emitWrapper = (record: TextRecord, verdict: Verdict): void =>
    this.#emit(record, verdict.result === 'event' ? verdict : noise('wrapper'));

  #emit = (record: TextRecord, verdict: Verdict): void => this.#give(record, verdict, this.#format.name);

  #emitOther = (record: TextRecord, verdict: Verdict): void => this.#give(record, verdict, this.#other?.name ?? this.#format.name);

  #give(record: TextRecord, verdict: Verdict, format: string): void {
    const asked = this.#asked;
    if (asked !== undefined && record.end >= asked.end) this.#asked = undefined;
    if (record !== asked) this.#held.given(record);
    const { offset, line } = this.#start;
    // One shape for all: results of several shapes make every reader of them slow.
    this.#results.push({
      line: record.line + line - 1,
      lastLine: record.lastLine + line - 1,
      offset: record.offset + offset,
      end: record.end + offset,
      format,
      text: record.text,
      result: verdict.result,
      code: verdict.code,
      reason: verdict.reason,
      event: record.fault === 'not_utf8' && verdict.event !== undefined ? marked(verdict.event) : verdict.event,
    });
  }

  #given(): readonly Result[] {
    const results = this.#results;
    this.#results = [];
    return results;
  }
}

interface Other {
  readonly stream: string;
  readonly name: string;
  readonly parser: Parser;
}

/** The options are the format's own: a `log_format` says nothing about another log. */
function otherOf({ otherStream }: Format, context: Context): Other | undefined {
  const format = otherStream === undefined ? undefined : formatNamed(otherStream.format);
  if (otherStream === undefined || format === undefined) return undefined;
  return { stream: otherStream.stream, name: format.name, parser: format.open({ ...context, options: {} }) };
}

function framerOf({ framing, takesObjects }: Format, { options }: Context): Framer {
  const objects = takesObjects === true;
  switch (framing) {
    case 'lines':
      return new ContainerFramer();
    case 'csv':
      // Where nothing is quoted, a quote is a sign like others.
      return options['quote'] === 'none' ? new LineFramer() : new CsvFramer(options['delimiter']);
    case 'json':
      return new JsonFramer({ objects });
    case 'mixed':
      return new JsonFramer({ textLines: true, objects });
    case 'journal':
      return new JournalFramer();
    case 'told':
      return new ToldFramer();
    default:
      return framing satisfies never;
  }
}

/** Bytes that were no UTF-8 are replaced, and the event says so. */
function marked(event: EventFields): EventFields {
  const own = event['attributes'];
  return { ...event, attributes: { ...(typeof own === 'object' ? own : {}), encoding: 'not UTF-8: bytes replaced by U+FFFD' } };
}
