import type { Place } from '../result.ts';
import { type ContainerLine, containerLine } from './container-line.ts';
import { type Framer, HEAD_BYTES, RECORD_BYTES_MAX, type TextRecord } from './framer.ts';
import { LineFramer } from './line-framer.ts';

/**
 * Takes what a program in a container wrote out of what the container engine made of it, and hands that to the framer of the program's own format. The first line
 * of an input tells whether an engine wrote it; any other input goes to that framer as it is.
 *
 *     docker, json-file    {"log":"text\n","stream":"stderr","attrs":{…},"time":"2026-01-05T08:00:00.1Z"}
 *     containerd, CRI-O    2026-01-05T08:00:00.123456789Z stderr F text
 *
 * Both cut long lines into pieces: of docker's all but the last lack the line end, of the others they are marked `P`. Pieces of stdout and stderr may alternate.
 * Places are those of the engine's lines: what is read anew from a record's place is the same record. For text: what is JSON inside of JSON, the formats of JSON take out
 * themselves, and keep the engine's time where a record has none.
 */
export class ContainerFramer implements Framer {
  readonly #inner: Framer;
  readonly #outer = new LineFramer();
  /** undefined until the first line is whole. */
  #isContained: boolean | undefined;
  #before: Uint8Array[] = [];
  #bytesBefore = 0;
  /** Lines in their order: of two streams, a line that is not whole holds up the other. */
  #queue: Line[] = [];
  #queuedChars = 0;
  /** Streams of whose line the beginning was given up. */
  readonly #givenUp = new Set<string>();
  /** Where the lines stand that the inner framer was given, as far as they may still be part of a record. */
  #given: Given[] = [];
  #innerOffset = 0;
  /** Of what was given out. */
  #end = { lastLine: 0, end: 0 };

  constructor(inner: Framer) {
    this.#inner = inner;
  }

  push(bytes: Uint8Array): readonly TextRecord[] {
    if (this.#isContained === false) return this.#inner.push(bytes);
    if (this.#isContained === true) return this.#take(this.#outer.push(bytes));
    return this.#begin(bytes);
  }

  end(): readonly TextRecord[] {
    const before = this.#isContained === undefined ? this.#decide(true) : [];
    if (this.#isContained === false) return [...before, ...this.#inner.end()];
    const last = this.#take(this.#outer.end());
    this.#giveUp();
    return [...before, ...last, ...this.#give(), ...this.#inner.end().map((record) => this.#placed(record))];
  }

  #begin(bytes: Uint8Array): readonly TextRecord[] {
    this.#before.push(bytes.slice());
    this.#bytesBefore += bytes.length;
    return bytes.includes(LF) || this.#bytesBefore > RECORD_BYTES_MAX ? this.#decide(false) : [];
  }

  /** undefined: blank lines alone have come. */
  #decide(isEnd: boolean): readonly TextRecord[] {
    const bytes = Buffer.concat(this.#before);
    const first = /^[\uFEFF\s]*([^\n]+)\n/.exec(`${bytes.toString()}${isEnd ? '\n' : ''}`)?.[1];
    if (first === undefined && !isEnd && bytes.length <= RECORD_BYTES_MAX) return [];
    this.#isContained = first !== undefined && pieceOf(first) !== undefined;
    this.#before = [];
    return this.push(bytes);
  }

  #take(records: readonly TextRecord[]): readonly TextRecord[] {
    for (const record of records) this.#line(record);
    return this.#give();
  }

  #line(record: TextRecord): void {
    if (record.fault === 'too_long') return void this.#queue.push(lineOf('', '', record));
    const { stream, time, line: text, isLast } = pieceOf(record.text) ?? { stream: '', time: '', line: record.text, isLast: true };
    const open = this.#queue.find((line) => !line.isWhole && line.stream === stream);
    this.#queuedChars += text.length;
    if (open !== undefined) {
      open.text += text;
      open.last = record;
      open.isWhole = isLast;
    } else if (this.#givenUp.has(stream)) {
      // The end of a line whose beginning is in quarantine: by itself it would be read as a line.
      this.#queue.push(lineOf(stream, time, { ...record, text, fault: 'cut_off' }));
      if (isLast) this.#givenUp.delete(stream);
    } else this.#queue.push({ ...lineOf(stream, time, { ...record, text }), isWhole: isLast });
    if (this.#queuedChars > QUEUED_CHARS_MAX) this.#giveUp();
  }

  /** The rest of these lines does not come, or too much of it. */
  #giveUp(): void {
    for (const line of this.#queue) {
      if (line.isWhole) continue;
      line.isWhole = true;
      line.fault = 'cut_off';
      this.#givenUp.add(line.stream);
    }
  }

  /** Hands over the lines up to the first that is not whole. */
  #give(): readonly TextRecord[] {
    const open = this.#queue.findIndex(({ isWhole }) => !isWhole);
    const records: TextRecord[] = [];
    let parts: Buffer[] = [];
    const flush = () => {
      for (const record of this.#inner.push(Buffer.concat(parts))) records.push(this.#placed(record));
      parts = [];
    };
    for (const { stream, time, text, first, last, fault } of this.#queue.splice(0, open < 0 ? this.#queue.length : open)) {
      this.#queuedChars -= text.length;
      if (fault === 'too_long' || fault === 'cut_off') {
        flush();
        records.push({ ...this.#extent(first, last), text: text.slice(0, HEAD_BYTES), fault });
        continue;
      }
      const bytes = Buffer.from(`${text}\n`);
      parts.push(bytes);
      this.#innerOffset += bytes.length;
      this.#given.push({ stream, time, first, last, end: this.#innerOffset });
    }
    flush();
    return records;
  }

  /** A record of the inner framer, at the place of the engine's lines. */
  #placed(record: TextRecord): TextRecord {
    while (this.#given.length > 1 && (this.#given[0]?.end ?? 0) <= record.offset) this.#given.shift();
    const begins = this.#given[0];
    const ends = this.#given.find(({ end }) => end >= record.end) ?? begins;
    if (begins === undefined || ends === undefined) throw new Error('a record stands in no line');
    const place = { ...this.#extent(begins.first, ends.last), stream: begins.stream, takenAt: begins.time };
    const wrong = record.fault ?? begins.first.fault;
    return wrong === undefined ? { ...record, ...place } : { ...record, ...place, fault: wrong };
  }

  /** A line of one stream in the midst of the other's ends with it: whoever goes on behind a record must not meet pieces of one before it. */
  #extent({ line, offset }: TextRecord, { lastLine, end }: TextRecord): Place {
    if (end > this.#end.end) this.#end = { lastLine, end };
    return { line, offset, ...this.#end };
  }
}

/** A line of the program, of one or more of the engine's. */
interface Line {
  readonly stream: string;
  /** Of its first piece. */
  readonly time: string;
  text: string;
  isWhole: boolean;
  readonly first: TextRecord;
  last: TextRecord;
  fault: TextRecord['fault'];
}

function lineOf(stream: string, time: string, record: TextRecord): Line {
  return { stream, time, text: record.text, isWhole: true, first: record, last: record, fault: record.fault };
}

interface Given {
  readonly stream: string;
  readonly time: string;
  readonly first: TextRecord;
  readonly last: TextRecord;
  /** The byte behind it, of what the inner framer was given. */
  readonly end: number;
}

/** A line that is longer is none; and so much of one stream waits for the other. */
const QUEUED_CHARS_MAX = RECORD_BYTES_MAX;

const LF = 0x0a;

/** What one line of a container engine holds; undefined when it is none. */
function pieceOf(text: string): ContainerLine | undefined {
  const piece = containerLine(text);
  return piece?.isEngines === true ? piece : undefined;
}

/** The beginning of an input without what a container engine put around its lines, for its format to be told by; the same text when none did. */
export function uncontained(head: string): string {
  const first = /^\s*([^\n]+)/.exec(head)?.[1];
  if (first === undefined || pieceOf(first.trimEnd()) === undefined) return head;
  let text = '';
  for (const line of head.split('\n')) {
    const piece = pieceOf(line.trimEnd());
    if (piece !== undefined) text += piece.isLast ? `${piece.line}\n` : piece.line;
  }
  return text;
}
