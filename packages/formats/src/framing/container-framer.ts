import { type ContainerLine, containerLine } from './container-line.ts';
import { type Framer, HEAD_BYTES, RECORD_BYTES_MAX, type TextRecord } from './framer.ts';
import { LineFramer } from './line-framer.ts';

/**
 * A record a line; of a container's log a line of the program in it, without what the container engine put around it. The first line of an input tells whether
 * an engine wrote it.
 *
 *     docker, json-file    {"log":"text\n","stream":"stderr","attrs":{…},"time":"2026-01-05T08:00:00.1Z"}
 *     containerd, CRI-O    2026-01-05T08:00:00.123456789Z stderr F text
 *
 * Both cut long lines into pieces: of docker's all but the last lack the line end, of the others they are marked `P`. Pieces of stdout and stderr may alternate.
 * Places are those of the engine's lines: what is read anew from a record's place is the same record. What is JSON inside of JSON, the formats of JSON take out
 * themselves, and keep the engine's time where a record has none.
 */
export class ContainerFramer implements Framer {
  readonly #lines = new LineFramer();
  /** undefined until the first line is there. */
  #isContained: boolean | undefined;
  /** Lines in their order from the first that is not whole on: of two streams it holds up the other. */
  #queue: Line[] = [];
  #queuedChars = 0;
  /** Streams of whose line the beginning was given up. */
  readonly #givenUp = new Set<string>();
  /** Where what was given out ends. */
  #lastLine = 0;
  #end = 0;

  push(bytes: Uint8Array): readonly TextRecord[] {
    return this.#read(this.#lines.push(bytes));
  }

  end(): readonly TextRecord[] {
    const records = [...this.#read(this.#lines.end())];
    this.#giveUp(records);
    return records;
  }

  #read(lines: readonly TextRecord[]): readonly TextRecord[] {
    const [first] = lines;
    if (first === undefined) return lines;
    this.#isContained ??= pieceOf(first.text) !== undefined;
    if (!this.#isContained) return lines;
    const records: TextRecord[] = [];
    for (const line of lines) this.#take(line, records);
    return records;
  }

  #take(record: TextRecord, records: TextRecord[]): void {
    const piece = record.fault === 'too_long' ? undefined : pieceOf(record.text);
    if (piece === undefined) return this.#give({ ...NO_PIECE, line: record.text }, record, records);
    const open = this.#queue.length === 0 ? undefined : this.#queue.find((line) => !line.isWhole && line.stream === piece.stream);
    if (open !== undefined) {
      open.text += piece.line;
      open.last = record;
      open.isWhole = piece.isLast;
      this.#queuedChars += piece.line.length;
      this.#giveWhole(records);
    } else if (this.#givenUp.has(piece.stream)) {
      // The end of a line whose beginning is in quarantine: by itself it would be read as a line.
      if (piece.isLast) this.#givenUp.delete(piece.stream);
      this.#give(piece, { ...record, fault: 'cut_off' }, records);
    } else this.#give(piece, record, records);
    if (this.#queuedChars > QUEUED_CHARS_MAX) this.#giveUp(records);
  }

  /** At once, or behind the line that is waited for. */
  #give({ line: text, stream, time, isLast }: ContainerLine, record: TextRecord, records: TextRecord[]): void {
    const line = { text, stream, time, isWhole: isLast || record.fault === 'cut_off', first: record, last: record, fault: record.fault };
    if (this.#queue.length === 0 && line.isWhole) return this.#emit(line, records);
    this.#queue.push(line);
    this.#queuedChars += text.length;
  }

  #giveWhole(records: TextRecord[]): void {
    const open = this.#queue.findIndex(({ isWhole }) => !isWhole);
    for (const line of this.#queue.splice(0, open < 0 ? this.#queue.length : open)) {
      this.#queuedChars -= line.text.length;
      this.#emit(line, records);
    }
  }

  /** The rest of these lines does not come, or too much of it. */
  #giveUp(records: TextRecord[]): void {
    for (const line of this.#queue) {
      if (line.isWhole) continue;
      line.isWhole = true;
      line.fault = 'cut_off';
      this.#givenUp.add(line.stream);
    }
    this.#giveWhole(records);
  }

  #emit({ text, stream, time, first, last, fault }: Line, records: TextRecord[]): void {
    if (text === '') return;
    // A line of one stream in the midst of the other's ends with it: whoever goes on behind a record must not meet pieces of one before it.
    if (last.end > this.#end) {
      this.#end = last.end;
      this.#lastLine = last.lastLine;
    }
    const place = { line: first.line, lastLine: this.#lastLine, offset: first.offset, end: this.#end };
    if (fault === undefined) records.push({ text, ...place, stream, takenAt: time });
    else records.push({ text: fault === 'not_utf8' ? text : text.slice(0, HEAD_BYTES), ...place, stream, takenAt: time, fault });
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

/** A line that is longer is none; and so much of one stream waits for the other. */
const QUEUED_CHARS_MAX = RECORD_BYTES_MAX;
const NO_PIECE: ContainerLine = { line: '', time: '', stream: '', isLast: true, isEngines: false };

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
