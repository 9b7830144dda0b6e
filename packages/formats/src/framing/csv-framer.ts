import { type Framer, joined, RECORD_BYTES_MAX, type TextRecord } from './framer.ts';
import { LineFramer } from './line-framer.ts';

/**
 * Records of comma separated values (RFC 4180): a line end inside of quotes belongs to the record. Lines come from the line framer and are put together
 * while a quote is open.
 */
export class CsvFramer implements Framer {
  readonly #lines = new LineFramer();
  #open: TextRecord | undefined;
  #parts: string[] = [];
  #last: TextRecord | undefined;
  #chars = 0;

  push(bytes: Uint8Array): readonly TextRecord[] {
    return this.#lines.push(bytes).flatMap((line) => this.#take(line));
  }

  end(): readonly TextRecord[] {
    const records = this.#lines.end().flatMap((line) => this.#take(line));
    return [...records, ...this.#cutOff()];
  }

  #take(line: TextRecord): readonly TextRecord[] {
    if (line.fault === 'too_long') return [...this.#cutOff(), line];
    const odd = oddQuotes(line.text);
    if (this.#open === undefined) {
      if (!odd) return [line];
      this.#open = line;
      this.#parts = [line.text];
      this.#chars = line.text.length;
      this.#last = line;
      return [];
    }
    // An empty line inside of quotes is no record of the line framer, but part of this one.
    for (let missing = line.line - (this.#last?.lastLine ?? line.line) - 1; missing > 0; missing--) this.#parts.push('');
    this.#parts.push(line.text);
    this.#chars += line.text.length;
    this.#last = line;
    if (this.#chars > RECORD_BYTES_MAX) return this.#cutOff('too_long');
    return odd ? [this.#whole()] : [];
  }

  #whole(): TextRecord {
    const first = this.#open ?? this.#last;
    const last = this.#last;
    if (first === undefined || last === undefined) throw new Error('no record is open');
    const record = joined(first, last, this.#parts.join('\n'));
    this.#open = undefined;
    this.#parts = [];
    return record;
  }

  #cutOff(fault: 'cut_off' | 'too_long' = 'cut_off'): readonly TextRecord[] {
    return this.#open === undefined ? [] : [{ ...this.#whole(), fault }];
  }
}

/** An escaped quote is two of them, so that counting suffices. */
function oddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}
