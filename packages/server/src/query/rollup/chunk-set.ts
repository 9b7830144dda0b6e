import type { Chunk } from './chunks.ts';

/** Entries of a large chunk and of a small one. */
export interface ChunkSizes {
  readonly large: number;
  readonly small: number;
}

/** Of one log: entries below `large` are in large chunks, those from there below `small` in small ones. */
export interface Cover {
  readonly large: number;
  readonly small: number;
}

/** Which chunks are whole, and what comes next: large ones where they fit, small ones behind the last of them. */
export class ChunkSet {
  private readonly sizes: ChunkSizes;
  private readonly whole = new Map<string, Chunk>();
  /** Tried, and not whole: rows are missing or double. The indexer finds and mends that with the next engine; until then they are left alone. */
  private readonly strange = new Set<string>();

  constructor(sizes: ChunkSizes, whole: readonly Chunk[] = []) {
    this.sizes = sizes;
    for (const chunk of whole) this.add(chunk);
  }

  add(chunk: Chunk): void {
    this.whole.set(keyOf(chunk), chunk);
  }

  remove(chunk: Chunk): void {
    this.whole.delete(keyOf(chunk));
  }

  setAside(chunk: Chunk): void {
    this.strange.add(keyOf(chunk));
  }

  cover(log: string): Cover {
    const { sizes } = this;
    const end = (from: number, entries: number): number => {
      let first = from;
      while (this.whole.has(keyOf({ log, first, entries }))) first += entries;
      return first;
    };
    const large = end(0, sizes.large);
    return { large, small: end(large, sizes.small) };
  }

  /** The first chunk that may be made, when so many entries of the log are indexed. */
  next(log: string, indexed: number): Chunk | undefined {
    const { large, small } = this.cover(log);
    const candidates = [
      { log, first: large, entries: this.sizes.large },
      { log, first: small, entries: this.sizes.small },
    ];
    return candidates.find((chunk) => chunk.first + chunk.entries <= indexed && !this.strange.has(keyOf(chunk)));
  }

  /** Chunks of which a large one has taken the place. */
  obsolete(log: string): Chunk[] {
    const { large } = this.cover(log);
    return [...this.whole.values()].filter((chunk) => chunk.log === log && chunk.entries !== this.sizes.large && chunk.first < large);
  }
}

function keyOf({ log, first, entries }: Chunk): string {
  return `${log}/${entries}/${first}`;
}
