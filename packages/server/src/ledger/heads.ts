import path from 'node:path';
import { parseCheckpointName } from '@daybook/logfiles';
import { DaybookError } from '@daybook/protocol';
import type { Files } from '../base/files.ts';
import type { LogSigner } from './log-signer.ts';

export interface Head {
  readonly size: number;
  readonly root: Buffer;
  /** Signed note. */
  readonly note: string;
}

export interface HeadFilesOptions {
  readonly files: Files;
  readonly signer: LogSigner;
  /** `last-signed/<log>`: the commit point. */
  readonly lastSignedFile: string;
  /** Directory of the log: holds `checkpoint` and `checkpoints/`. */
  readonly dir: string;
}

/** The signed heads of one log on disk: the last-signed record, the published checkpoint, and the kept ones. */
export class HeadFiles {
  readonly #options: HeadFilesOptions;

  constructor(options: HeadFilesOptions) {
    this.#options = options;
  }

  /** The last-signed head; undefined when nothing was signed yet. Throws when the record is not our note. */
  async lastSigned(): Promise<Head | undefined> {
    return this.#read(this.#options.lastSignedFile);
  }

  async published(): Promise<Head | undefined> {
    return this.#read(path.join(this.#options.dir, 'checkpoint'));
  }

  /** The kept head of `size`. */
  async kept(size: number): Promise<Head | undefined> {
    return this.#read(path.join(this.#keptDir, String(size)));
  }

  /** Replaces the last-signed record. THE COMMIT POINT: what this has on disk is what this log has signed. */
  async replaceLastSigned(head: Head): Promise<void> {
    await this.#options.files.replace(this.#options.lastSignedFile, Buffer.from(head.note));
  }

  /** Publishes a head that is committed already. May be repeated. */
  async publish(head: Head): Promise<void> {
    const bytes = Buffer.from(head.note);
    await this.#options.files.replace(path.join(this.#keptDir, String(head.size)), bytes);
    await this.#options.files.replace(path.join(this.#options.dir, 'checkpoint'), bytes);
  }

  /** Sizes of the kept checkpoints, ascending. */
  async keptSizes(): Promise<number[]> {
    const names = await this.#options.files.list(this.#keptDir);
    return names.flatMap((name) => parseCheckpointName(name) ?? []).sort((a, b) => a - b);
  }

  async keptSinceMs(size: number): Promise<number> {
    return (await this.#options.files.stat(path.join(this.#keptDir, String(size))))?.modifiedMs ?? 0;
  }

  async removeKept(sizes: readonly number[]): Promise<void> {
    if (sizes.length === 0) return;
    for (const size of sizes) await this.#options.files.remove(path.join(this.#keptDir, String(size)));
    await this.#options.files.syncDir(this.#keptDir);
  }

  get #keptDir(): string {
    return path.join(this.#options.dir, 'checkpoints');
  }

  async #read(file: string): Promise<Head | undefined> {
    const bytes = await this.#options.files.read(file);
    if (bytes === undefined) return undefined;
    try {
      return { ...this.#options.signer.open(bytes), note: bytes.toString('utf8') };
    } catch (error) {
      throw new DaybookError(
        'ledger_unavailable',
        `${file} is no head that this log's key signed (${error instanceof Error ? error.message : 'unreadable'}): run \`daybook verify\`, and put the right file back`,
        { cause: error },
      );
    }
  }
}
