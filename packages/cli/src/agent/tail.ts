import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { type Context, type Format, openReader, type Reader, type Result, type Start } from '@daybook/formats';
import { unpacked, UnreadableInput } from '../import/unpack.ts';
import type { SourceConfig } from './config.ts';
import type { FileRecord } from './positions.ts';
import { HEAD_BYTES, printOf, readAt, TAIL_BYTES } from './prints.ts';

/** So much is read at once: every file gets its turn, and memory does not matter. */
const READ_BYTES = 256 * 1024;
/** Records so far back are read again when a file is gone on with: sessions and requests that began before the place. */
const WARM_BYTES = 256 * 1024;
/** Of formats that put records together, records so far back are sent again, too: one may have lain between the parts of another. Their ids tell. */
const SLACK_BYTES = 64 * 1024;

/** What was read of a file, and up to where it is read when that is on the server. */
export interface Taken {
  readonly tail: Tail;
  readonly results: readonly Result[];
  readonly mark: Mark;
}

interface Mark extends Start {
  readonly print: FileRecord['tail'];
}

/** Bytes of a file, from some place on. */
interface Bytes {
  /** What is there now; undefined: nothing, for the time being or for ever (`ended`). */
  next(): Promise<Uint8Array | undefined>;
  readonly ended: boolean;
  /** It ended where it should not. */
  readonly broken: boolean;
  /** The bytes before a place, where they are still at hand. */
  before(offset: number): Buffer;
  close(): void;
}

/** A file that is followed: what comes is read by its format, and nothing is given out twice. */
export class Tail {
  readonly record: FileRecord;
  readonly source: SourceConfig;
  readonly format: Format;
  /** Of a packed file offsets are of what it holds, not of what lies on the disk. */
  readonly packed: boolean;
  /** When something was last read, by the caller's clock. */
  quietSinceMs: number;
  /** Since when no path leads to it. */
  goneSinceMs: number | undefined;
  readonly #bytes: Bytes;
  readonly #reader: Reader;
  /** Results that end up to here were sent before. */
  readonly #sent: number;
  readonly #headGrew: () => void;
  #marks: Start[] = [];
  #flushed = true;
  #held = false;

  constructor(options: {
    readonly record: FileRecord;
    readonly source: SourceConfig;
    readonly format: Format;
    readonly context: Context;
    readonly bytes: (from: number) => Bytes;
    readonly packed: boolean;
    readonly nowMs: number;
    /** The file is known by more of its first bytes than before. */
    readonly headGrew: () => void;
  }) {
    const { record, source, format, context, nowMs } = options;
    this.record = record;
    this.source = source;
    this.format = format;
    this.packed = options.packed;
    this.#headGrew = options.headGrew;
    this.quietSinceMs = nowMs;
    // A list of objects can only be read from its beginning.
    const start = record.warm;
    this.#reader = openReader(format, context, start);
    this.#bytes = options.bytes(start.offset);
    const again = start.offset < record.offset && isLines(format) ? SLACK_BYTES : 0;
    this.#sent = record.offset;
    this.#isSequence = start.offset > 0;
    this.#resend = Math.max(start.offset, record.offset - again);
  }
  /** With a format that holds records back, those behind here are sent again. */
  readonly #resend: number;

  get ended(): boolean {
    return this.#bytes.ended;
  }

  /** What came since the last time; undefined when nothing did. */
  async take(nowMs: number): Promise<Taken | undefined> {
    const bytes = await this.#bytes.next();
    if (bytes === undefined) return undefined;
    this.quietSinceMs = nowMs;
    this.#flushed = false;
    const results = this.#reader.push(bytes);
    this.#held ||= this.#reader.holds();
    return this.#taken(results);
  }

  /** Nothing came for a while: what the format holds back is given out. undefined when it holds nothing. */
  flush(): Taken | undefined {
    if (this.#flushed) return undefined;
    this.#flushed = true;
    const results = this.#reader.idle();
    return results.length === 0 ? undefined : this.#taken(results);
  }

  /** Nothing more will come: a last line without an end is a line. */
  end(): Taken {
    return this.#taken(this.#reader.end({ broken: this.#bytes.broken }));
  }

  /** Everything up to the mark is on the server. */
  keep(mark: Mark): void {
    if (mark.offset < this.record.offset) return;
    this.record.offset = mark.offset;
    this.record.line = mark.line;
    this.record.tail = mark.print;
    if (!this.#goesOn()) return;
    this.#marks.push({ offset: mark.offset, line: mark.line });
    while (this.#marks.length > 1 && (this.#marks[1]?.offset ?? 0) <= mark.offset - WARM_BYTES) this.#marks.shift();
    const [oldest] = this.#marks;
    if (oldest !== undefined && oldest.offset <= mark.offset - WARM_BYTES) this.record.warm = oldest;
  }
  #goesOn(): boolean {
    return isLines(this.format) || (SEQUENCES.has(this.format.framing) && this.#isSequence);
  }

  /** Of JSON: whether the first record began at the very beginning, and so is no member of a list. */
  #isSequence = false;

  close(): void {
    this.#bytes.close();
  }

  #grownHead(offset: number): void {
    if (this.record.head.bytes >= HEAD_BYTES) return;
    const head = this.#bytes.before(Math.min(HEAD_BYTES, offset));
    if (head.length <= this.record.head.bytes) return;
    this.record.head = printOf(head);
    this.#headGrew();
  }

  #taken(all: readonly Result[]): Taken {
    const first = all[0];
    if (first?.offset === 0 || first?.offset === BYTE_ORDER_MARK_BYTES) this.#isSequence = true;
    const again = this.#held ? this.#resend : this.#sent;
    const results = this.#sent === 0 ? all : all.filter(({ end, result }) => end > this.#sent || (end > again && result === 'event'));
    const { offset, line } = this.#reader.position();
    this.#grownHead(offset);
    const before = this.#bytes.before(offset);
    return { tail: this, results, mark: { offset, line, print: printOf(before.subarray(-TAIL_BYTES)) } };
  }
}

/** Framings that know a record from its own beginning, where no list was opened before it. */
const SEQUENCES: ReadonlySet<Format['framing']> = new Set<Format['framing']>(['json', 'mixed', 'journal']);

function isLines({ framing, needsBeginning }: Format): boolean {
  return (framing === 'lines' || framing === 'csv') && needsBeginning !== true;
}

const BYTE_ORDER_MARK_BYTES = 3;

/** A file as it lies there. `truncated` is told when it got shorter, or holds other bytes before the place than it did. */
export function plainBytes(fd: number, from: number, truncated: () => void): Bytes {
  let at = from;
  let last: Uint8Array = new Uint8Array(0);
  let isEnded = false;
  return {
    broken: false,
    get ended() {
      return isEnded;
    },
    async next() {
      const { size } = fstatSync(fd);
      if (isEnded || size === at) return undefined;
      if (size < at || !Buffer.from(last).equals(readAt(fd, at - last.length, at))) {
        isEnded = true;
        truncated();
        return undefined;
      }
      const bytes = readAt(fd, at, Math.min(size, at + READ_BYTES));
      at += bytes.length;
      last = bytes.slice(-COMPARED_BYTES);
      return bytes.length === 0 ? undefined : bytes;
    },
    before: (offset) => readAt(fd, Math.max(0, offset - HEAD_BYTES), offset),
    close: () => closeSync(fd),
  };
}

/** Bytes before the place that are compared each time: a file that was truncated and grew past it again has others. */
const COMPARED_BYTES = 64;

/** A packed file, from its beginning, read past up to the place. Where it breaks off it ends; `broken` says why. */
export function packedBytes(path: string, from: number, broken: (why: UnreadableInput) => void): Bytes {
  const file = createReadStream(path);
  const stream = unpacked(file)[Symbol.asyncIterator]();
  let at = 0;
  let recent: Buffer = Buffer.alloc(0);
  let isEnded = false;
  let isBroken = false;
  return {
    get broken() {
      return isBroken;
    },
    get ended() {
      return isEnded;
    },
    async next() {
      while (true) {
        if (isEnded) return undefined;
        const piece = await stream.next().catch((error: unknown) => {
          if (!(error instanceof UnreadableInput)) throw error;
          isBroken = true;
          broken(error);
          return { done: true as const, value: undefined };
        });
        if (piece.done === true) {
          isEnded = true;
          return undefined;
        }
        at += piece.value.length;
        recent = Buffer.concat([recent.subarray(-RECENT_BYTES), piece.value]);
        if (at > from) return at - piece.value.length >= from ? piece.value : piece.value.subarray(from - at);
      }
    },
    before(offset) {
      const end = recent.length - (at - offset);
      return end <= 0 || end > recent.length ? Buffer.alloc(0) : recent.subarray(Math.max(0, end - HEAD_BYTES), end);
    },
    close: () => file.destroy(),
  };
}

const RECENT_BYTES = 1024 * 1024 + HEAD_BYTES;

export function openPlain(path: string): number {
  return openSync(path, 'r');
}
