import { randomUUID } from 'node:crypto';
import type { Result } from '@daybook/formats';
import type { CountLine, QuarantineLine } from '../import/aside.ts';
import { lineOf, sourceId } from '../import/event-line.ts';
import type { Taken } from './tail.ts';

/** One request; while one is on its way the next is read. */
const BATCH_EVENTS = 4000;
const BATCH_CHARS = 3 * 1024 * 1024;
const PATH_CHARS = 500;
/** Of a line in quarantine the server keeps 40 KiB. */
const TEXT_CHARS = 48 * 1024;

/** What is sent in one go, and the places up to which files are read when it is on the server. */
export class Batch {
  readonly lines: string[] = [];
  readonly quarantine: QuarantineLine[] = [];
  readonly taken: Taken[] = [];
  readonly #counts: Counts;
  #chars = 0;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  get isFull(): boolean {
    return this.lines.length >= BATCH_EVENTS || this.#chars >= BATCH_CHARS;
  }

  put(taken: Taken): void {
    const { record, source, format } = taken.tail;
    const sourceJson = JSON.stringify(source.name);
    const own = sourceId(format.name);
    const idOf = (result: Result) => own(result) || `,"event_id":"${record.id}-${result.offset}"`;
    for (const result of taken.results) {
      const line = result.result === 'event' ? lineOf(result, { sourceJson, keepsOriginal: format.keepsOriginal, idOf }) : undefined;
      if (line !== undefined) this.lines.push(line);
      if (line !== undefined || result.result === 'noise') this.#counts.note(source.name, result);
      else this.quarantine.push(quarantineLine(result, source.name, record.path));
      this.#chars += line?.length ?? result.text.length;
    }
    this.taken.push(taken);
  }
}

/** What became of records, by source and format, until it is told. */
export class Counts {
  #lines = new Map<string, CountLine & { events: number; noise: Record<string, number> }>();

  note(source: string, { format, result, code = 'other' }: Result): void {
    const key = `${source}\0${format}`;
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { source, format, id: randomUUID(), events: 0, noise: {} };
      this.#lines.set(key, line);
    }
    if (result === 'event') line.events++;
    else line.noise[code] = (line.noise[code] ?? 0) + 1;
  }

  /** What there is, which is then forgotten. */
  taken(): CountLine[] {
    const lines = [...this.#lines.values()];
    this.#lines = new Map();
    return lines;
  }
}

function quarantineLine(result: Result, source: string, path: string): QuarantineLine {
  const { format, code = 'too_large', reason = 'this event is too large to be sent', line, text } = result;
  return { source, format, code, reason, line, file: path.slice(0, PATH_CHARS), text: text.slice(0, TEXT_CHARS) };
}
