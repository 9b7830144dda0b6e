import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, isRecord, listOf, parseRecord } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';

/**
 * One life of one file: from its first byte until it is truncated. A file that is renamed stays itself; a packed or copied one is known by what it
 * holds. `<state>/positions.json` has all of them, written as a whole, and replaced at once.
 */
export interface FileRecord {
  /** Stands before the offset in the ids of events. */
  readonly id: string;
  readonly source: string;
  dev: number;
  ino: number;
  /** Where it was seen last. */
  path: string;
  /** Its first bytes: how many, and their hash. */
  head: Print;
  /** The bytes before `offset`. */
  tail: Print;
  format: string | undefined;
  /** Everything before is on the server. */
  offset: number;
  line: number;
  /** From here its records must be read again for their context; what is before `offset` of them is not sent again. */
  warm: { readonly offset: number; readonly line: number };
  /** Nothing more will come: it was truncated, packed, or is gone. */
  done: boolean;
  /** Milliseconds since 1970. */
  seenMs: number;
}

export interface Print {
  readonly bytes: number;
  readonly hash: string;
}

export const NO_PRINT: Print = { bytes: 0, hash: '' };

/** Beyond, those that are done and were seen longest ago are forgotten: a file that comes back after that is read once more. */
const RECORDS_MAX = 20_000;

export class Positions {
  readonly records: FileRecord[] = [];
  readonly #file: string;
  #dirty = false;
  /** Which file is which is not on the disk as it is here. */
  #unidentified = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string) {
    this.#file = file;
  }

  static async open(dir: string): Promise<Positions> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const positions = new Positions(path.join(dir, 'positions.json'));
    const text = await readFile(positions.#file, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new CliError(`Can't read ${positions.#file}.`, { code: 'no_file', cause: error });
    });
    if (text !== undefined) positions.#read(text);
    return positions;
  }

  /** Whether there were any when the agent started. */
  get isNew(): boolean {
    return this.records.length === 0;
  }

  add(record: FileRecord): void {
    this.records.push(record);
    this.identityChanged();
  }

  /** A file's id or beginning is another than it was. */
  identityChanged(): void {
    this.#dirty = true;
    this.#unidentified = true;
  }

  changed(): void {
    this.#dirty = true;
  }

  /**
   * What is sent of a file must be known as that file's after a kill, also when it lies elsewhere by then, as a copy or packed, and is read once more from
   * its beginning: so its id and its first bytes are durable before its first event is sent.
   */
  async saveIdentities(): Promise<void> {
    if (this.#unidentified) await this.save();
  }

  /** Durable when it resolves; throws when the disk does not take it, and is to be tried again. */
  save(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#save());
    return this.#writing;
  }

  async #save(): Promise<void> {
    if (!this.#dirty) return;
    const unidentified = this.#unidentified;
    this.#dirty = false;
    this.#unidentified = false;
    this.#forget();
    const text = `${JSON.stringify({ v: 1, files: this.records })}\n`;
    try {
      const next = `${this.#file}.new`;
      const file = await open(next, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, this.#file);
      const dir = await open(path.dirname(this.#file), 'r');
      try {
        await dir.sync();
      } finally {
        await dir.close();
      }
    } catch (error) {
      this.#dirty = true;
      this.#unidentified ||= unidentified;
      throw error;
    }
  }

  #forget(): void {
    const over = this.records.length - RECORDS_MAX;
    if (over <= 0) return;
    const oldest = new Set(
      this.records
        .filter(({ done }) => done)
        .sort((a, b) => a.seenMs - b.seenMs)
        .slice(0, over),
    );
    const kept = this.records.filter((record) => !oldest.has(record));
    this.records.splice(0, this.records.length, ...kept);
  }

  /** What is not ours is not repaired: to begin anew would send everything once more. */
  #read(text: string): void {
    const files = parseRecord(text);
    if (files?.['v'] !== 1) throw this.#broken();
    for (const one of listOf(files['files'])) {
      if (!isFileRecord(one)) throw this.#broken();
      this.records.push(one);
    }
  }

  #broken(): CliError {
    return new CliError(`${this.#file} holds no positions.`, {
      code: 'bad_positions',
      advice:
        'Put back the file as it was. Without it everything is read from the beginning, and what the server no longer remembers is doubled.',
    });
  }
}

function isFileRecord(value: unknown): value is FileRecord {
  return (
    isRecord(value) &&
    typeof value['id'] === 'string' &&
    typeof value['offset'] === 'number' &&
    isRecord(value['head']) &&
    isRecord(value['warm'])
  );
}
