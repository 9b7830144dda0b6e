import type { Context, Emit, Format, Parser, TextRecord } from '@daybook/formats';

/** What one parser reads: the lines of one program's log on one host, in the order in which they came. */
interface Stream {
  readonly parser: Parser;
  line: number;
  offset: number;
  /** Number of the tick in which it was fed last; -1: nothing waits in it. */
  fed: number;
}

/** Hosts that one sender speaks for, times formats. Beyond it the one that was silent longest is closed: what it held back is given out as it is. */
const STREAMS_MAX = 64;

/** The parsers of one sender: formats keep state between lines (sessions, events of several records), which must not mix what two hosts say. */
export class LineParsers {
  readonly #context: Context;
  readonly #emit: (format: Format, host: string) => Emit;
  readonly #streams = new Map<string, Stream & { readonly emit: Emit }>();
  #tick = 0;

  /** `emit` makes what takes the verdicts of one stream. */
  constructor(context: Context, emit: (format: Format, host: string) => Emit) {
    this.#context = context;
    this.#emit = emit;
  }

  /** Gives a line to its parser; the record that stands for it in verdicts. */
  take(format: Format, host: string, text: string, fault?: 'not_utf8'): void {
    const stream = this.#stream(format, host);
    const size = text.length + 1;
    const place = { line: stream.line, lastLine: stream.line, offset: stream.offset, end: stream.offset + size };
    const record: TextRecord = fault === undefined ? { text, ...place } : { text, ...place, fault };
    stream.line++;
    stream.offset += size;
    stream.fed = this.#tick;
    stream.parser.parse(record, stream.emit);
  }

  /** Called every so often: a stream that was not fed since the last call gives out what it holds back. */
  tick(): void {
    for (const stream of this.#streams.values()) {
      if (stream.fed < 0 || stream.fed === this.#tick) continue;
      stream.parser.end(stream.emit);
      stream.fed = -1;
    }
    this.#tick++;
  }

  end(): void {
    for (const { parser, emit } of this.#streams.values()) parser.end(emit);
    this.#streams.clear();
  }

  #stream(format: Format, host: string): Stream & { readonly emit: Emit } {
    const key = `${format.name}\0${host}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    for (const [oldest, { parser, emit }] of this.#streams) {
      if (this.#streams.size < STREAMS_MAX) break;
      parser.end(emit);
      this.#streams.delete(oldest);
    }
    const made = { parser: format.open(this.#context), emit: this.#emit(format, host), line: 1, offset: 0, fed: -1 };
    this.#streams.set(key, made);
    return made;
  }
}
