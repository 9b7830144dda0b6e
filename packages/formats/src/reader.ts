import type { Context, Format, Parser } from './format.ts';
import type { Framer, TextRecord } from './framing/framer.ts';
import { JsonFramer } from './framing/json-framer.ts';
import { LineFramer } from './framing/line-framer.ts';
import { CsvFramer } from './framing/csv-framer.ts';
import { ToldFramer } from './framing/told-framer.ts';
import { quarantine, type Result, type Verdict } from './result.ts';

/** Reads one input: its pieces in, results out. */
export interface Reader {
  push(bytes: Uint8Array): readonly Result[];
  /** The input ends here. */
  end(): readonly Result[];
  /** Nothing came for a while: what a format holds back is given out; a record that is not whole still waits. */
  idle(): readonly Result[];
}

export function openReader(format: Format, context: Context): Reader {
  return new FormatReader(format, context);
}

class FormatReader implements Reader {
  readonly #format: Format;
  readonly #framer: Framer;
  readonly #parser: Parser;
  #results: Result[] = [];

  constructor(format: Format, context: Context) {
    this.#format = format;
    this.#framer = framerOf(format, context);
    this.#parser = format.open(context);
  }

  push(bytes: Uint8Array): readonly Result[] {
    for (const record of this.#framer.push(bytes)) this.#judge(record);
    return this.#given();
  }

  idle(): readonly Result[] {
    this.#parser.end(this.#emit);
    return this.#given();
  }

  end(): readonly Result[] {
    for (const record of this.#framer.end()) this.#judge(record);
    return this.idle();
  }

  #judge(record: TextRecord): void {
    if (record.fault === 'too_long') this.#emit(record, quarantine('too_long', 'this record is longer than 1 MiB'));
    else if (record.fault === 'cut_off') this.#emit(record, quarantine('cut_off', 'this record is not whole'));
    else this.#parser.parse(record, this.#emit);
  }

  #emit = (record: TextRecord, verdict: Verdict): void => {
    const { line, lastLine, offset, end, text } = record;
    const whole = record.fault === 'not_utf8' && verdict.event !== undefined ? marked(verdict) : verdict;
    this.#results.push({ line, lastLine, offset, end, format: this.#format.name, text, ...whole });
  };

  #given(): readonly Result[] {
    const results = this.#results;
    this.#results = [];
    return results;
  }
}

function framerOf({ framing }: Format, { options }: Context): Framer {
  switch (framing) {
    case 'lines':
      return new LineFramer();
    case 'csv':
      // Where nothing is quoted, a quote is a sign like others.
      return options['quote'] === 'none' ? new LineFramer() : new CsvFramer();
    case 'json':
      return new JsonFramer();
    case 'told':
      return new ToldFramer();
    default:
      return framing satisfies never;
  }
}

/** Bytes that were no UTF-8 are replaced, and the event says so. */
function marked(verdict: Verdict): Verdict {
  const own = verdict.event?.['attributes'];
  const attributes = { ...(typeof own === 'object' ? own : {}), encoding: 'not UTF-8: bytes replaced by U+FFFD' };
  return { ...verdict, event: { ...verdict.event, attributes } };
}
