import type { Content } from './content.ts';
import type { Item } from './items.ts';

/**
 * Records of one input that follow one another, and the name by which the server tells that it has them.
 *
 *     import-<place>.<records>.<content>
 *
 * `place` is the hash of the input up to where the piece begins (of the first piece: to the end of its first record), `content` that of everything up
 * to its end, of what each record is (event, noise, quarantine), format and source. Neither depends on the input's path, age, packing or machine. The
 * number of an event among the events of its piece is its counter.
 *
 * Cut after RECORDS_MAX records, and where the input ends. When it has grown since, the server is asked which pieces it has that begin at this place:
 * if the first records of this one are one of them, byte for byte, it is cut there again, and what was sent before is known.
 */
export interface Piece {
  /** `import-…`: the producer's instance, without its name. */
  readonly instance: string;
  readonly items: readonly Item[];
  /** The server said that it had this piece, or part of it. */
  readonly known: KnownPiece | undefined;
}

export interface KnownPiece {
  /** As `Piece.instance`. */
  readonly instance: string;
  /** Counters that it has. */
  readonly count: number;
}

/** The server remembers one range of counters per piece, for ever; the client holds one in memory: 20,000 records are some 10 MB. */
export const RECORDS_MAX = 20_000;
const PIECE_BYTES_MAX = 8 * 1024 * 1024;

export interface PieceOptions {
  readonly content: Content;
  readonly format: string;
  readonly source: string;
  /** Pieces that the server has of this producer whose name begins so. */
  readonly ask: (prefix: string) => Promise<readonly KnownPiece[]>;
}

export class PieceCutter {
  readonly #options: PieceOptions;
  #items: Item[] = [];
  #bytes = 0;

  constructor(options: PieceOptions) {
    this.#options = options;
  }

  /** Takes what was read next. Its bytes are in `content` already. */
  async *take(items: Iterable<Item>): AsyncGenerator<Piece> {
    for (const item of items) {
      this.#items.push(item);
      this.#bytes += item.end - item.offset;
      if (this.#items.length >= RECORDS_MAX || this.#bytes >= PIECE_BYTES_MAX) yield* this.#cut();
    }
  }

  /** Cuts what is there off, and forgets it. */
  async *end(): AsyncGenerator<Piece> {
    while (this.#items.length > 0) yield* this.#cut();
  }

  /** One piece; when the server knows a shorter one, the rest stays for the next. */
  async *#cut(): AsyncGenerator<Piece> {
    const { content } = this.#options;
    const first = this.#items[0];
    if (first === undefined) return;
    const begin = content.from;
    const place = content.nameAt(begin === 0 ? first.end : begin, this.#options.format, this.#options.source);
    const known = longestFirst(await this.#options.ask(`import-${place}.`));
    for (const { instance, records, count } of known) {
      if (records > this.#items.length || this.#nameOf(place, records) !== instance) continue;
      yield this.#off(instance, records, { instance, count });
      return;
    }
    yield this.#off(this.#nameOf(place, this.#items.length), this.#items.length, undefined);
  }

  #off(instance: string, records: number, known: KnownPiece | undefined): Piece {
    const items = this.#items.slice(0, records);
    this.#options.content.advance(this.#endOf(items));
    this.#items = this.#items.slice(records);
    this.#bytes = this.#items.reduce((sum, { offset, end }) => sum + end - offset, 0);
    return { instance, items, known };
  }

  #nameOf(place: string, records: number): string {
    const items = this.#items.slice(0, records);
    const kinds = items.map(({ result }) => result[0]).join('');
    const { content, format, source } = this.#options;
    return `import-${place}.${records}.${content.nameAt(this.#endOf(items), format, source, kinds)}`;
  }

  /** The last byte that any of them read: of records that a format gave out late, not that of the last. */
  #endOf(items: readonly Item[]): number {
    let end = this.#options.content.from;
    for (const item of items) if (item.end > end) end = item.end;
    return end;
  }
}

function longestFirst(known: readonly KnownPiece[]): (KnownPiece & { readonly records: number })[] {
  return known.map((one) => ({ ...one, records: Number(one.instance.split('.')[1] ?? 0) })).sort((a, b) => b.records - a.records);
}
