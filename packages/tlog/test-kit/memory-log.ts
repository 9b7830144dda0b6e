import {
  type Checkpoint,
  createSigner,
  createVerifier,
  Frontier,
  formatTlogProof,
  HASH_BYTES,
  inclusionProof,
  type LogFetcher,
  leafHash,
  openCheckpoint,
  type Signer,
  signCheckpoint,
  TILE_WIDTH,
  type Tile,
  tileHashReader,
  tilePath,
  type Verifier,
} from '../src/index.ts';

/** A small log in memory, as a server of C2SP tlog-tiles would show it. Tests damage its tiles by path. */
export class MemoryLog implements LogFetcher {
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly entries: Uint8Array[] = [];
  /** What `tile` answers instead of the right bytes; null = there is none. */
  readonly damaged = new Map<string, Uint8Array | null>();
  /** Signed notes in the order of signing. */
  readonly checkpoints: string[] = [];
  readonly #levels: Uint8Array[][] = [[]];
  readonly #frontier = new Frontier((hash, { level }) => (this.#levels[level] ??= []).push(Uint8Array.from(hash)));

  constructor(origin = 'log.example/routine', seed = 7) {
    this.signer = createSigner(origin, new Uint8Array(HASH_BYTES).fill(seed));
    this.verifier = createVerifier(origin, this.signer.publicKey);
    this.sign();
  }

  get size(): number {
    return this.entries.length;
  }

  add(...entries: readonly (string | Uint8Array)[]): this {
    for (const entry of entries) {
      const bytes = typeof entry === 'string' ? new TextEncoder().encode(entry) : entry;
      const hash = leafHash(bytes);
      this.entries.push(bytes);
      this.#levels[0]?.push(hash);
      this.#frontier.append(hash);
    }
    this.sign();
    return this;
  }

  sign(): void {
    this.checkpoints.push(signCheckpoint({ origin: this.signer.name, size: this.size, root: this.#frontier.root() }, this.signer));
  }

  get note(): string {
    return this.checkpoints.at(-1) ?? '';
  }

  get head(): Checkpoint {
    return openCheckpoint(this.note, this.verifier);
  }

  get reader() {
    return tileHashReader(this.size, (tile) => this.tile(tile));
  }

  async checkpoint(): Promise<string> {
    return this.note;
  }

  async tile(tile: Tile): Promise<Uint8Array | undefined> {
    const damaged = this.damaged.get(tilePath(tile));
    if (damaged !== undefined) return damaged ?? undefined;
    return this.whole(tile);
  }

  /** The right bytes. */
  whole({ level, n, width }: Tile): Uint8Array | undefined {
    const first = n * TILE_WIDTH;
    const items =
      level === 'entries' ? this.entries.slice(first, first + width).map(framed) : this.#levels[level]?.slice(first, first + width);
    return items?.length === width ? new Uint8Array(Buffer.concat(items)) : undefined;
  }

  async proof(idx: number): Promise<string> {
    return formatTlogProof({ index: idx, hashes: await inclusionProof(idx, this.size, this.reader), checkpoint: this.note });
  }
}

function framed(entry: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(Math.floor(entry.length / 256), entry.length % 256), entry]);
}

export function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `{"entry":${from + i}}`);
}
