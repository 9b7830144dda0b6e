import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Files } from '../base/files.ts';

/** Random bytes before the content: a blob's name must not let anyone guess what is in it. */
const NONCE_BYTES = 32;
const NAME = /^[0-9a-f]{64}$/;

/** Texts too long for an entry: `blobs/<first 2 hex>/<64 hex>` = nonce ‖ bytes, named by the SHA-256 of the whole. Written once, never changed. */
export class Blobs {
  readonly #dir: string;
  readonly #files: Files;
  readonly #randomText: (bytes: number) => string;
  /** Directories whose own names are known to be durable: a blob in a directory that a power cut takes away is lost. */
  readonly #durable = new Set<string>();

  constructor(options: { readonly dir: string; readonly files: Files; readonly randomText: (bytes: number) => string }) {
    this.#dir = options.dir;
    this.#files = options.files;
    this.#randomText = options.randomText;
  }

  async put(bytes: Buffer): Promise<string> {
    const nonce = Buffer.from(this.#randomText(NONCE_BYTES), 'base64url');
    const content = Buffer.concat([nonce, bytes]);
    const name = createHash('sha256').update(content).digest('hex');
    const file = this.#file(name);
    await this.#makeDurable(path.dirname(file));
    await this.#files.replace(file, content);
    return name;
  }

  async get(name: string): Promise<Buffer | undefined> {
    if (!NAME.test(name)) return undefined;
    const content = await this.#files.read(this.#file(name));
    return content?.subarray(NONCE_BYTES);
  }

  async #makeDurable(dir: string): Promise<void> {
    if (this.#durable.has(dir)) return;
    await this.#files.makeDir(dir);
    // Also when it was there already: a process killed after mkdir may never have synced it.
    await this.#files.syncDir(this.#dir);
    this.#durable.add(dir);
  }

  #file(name: string): string {
    return path.join(this.#dir, name.slice(0, 2), name);
  }
}
