import path from 'node:path';
import { type Files, type OpenFile, isNoSpace } from '../base/files.ts';

/** What `record()` may still write when the disk is full: some 100,000 control and reader-audit entries. */
export const RESERVE_BYTES = 64 * 1024 * 1024;
/** The reserve is given up in steps, so that what another program grabs of it is bounded by one step at a time. */
const STEP_BYTES = 4 * 1024 * 1024;
/** Room beyond the reserve that must be free before appends go on: else the disk is full again at once. */
const RESUME_FREE_BYTES = 64 * 1024 * 1024;

export interface SpaceOptions {
  readonly ledgerDir: string;
  readonly files: Files;
  readonly reserveBytes?: number;
  readonly resumeFreeBytes?: number;
}

/**
 * Whether the ledger's disk has room. `full` is entered by a write that found none and left by `poll`, when there is room for the reserve and
 * some more; meanwhile events are refused, and control entries live on the reserve file, which is shortened step by step.
 */
export class Space {
  readonly #options: SpaceOptions;
  readonly #reserveBytes: number;
  #file: OpenFile | undefined;
  #reserve = 0;
  #full = false;

  constructor(options: SpaceOptions) {
    this.#options = options;
    this.#reserveBytes = options.reserveBytes ?? RESERVE_BYTES;
  }

  get full(): boolean {
    return this.#full;
  }

  get reserveSpent(): boolean {
    return this.#full && this.#reserve === 0;
  }

  /** Opens the reserve and fills it up; a disk too full for it is full. */
  async open(): Promise<void> {
    const { files, ledgerDir } = this.#options;
    this.#file = await files.open(path.join(ledgerDir, 'reserve'));
    this.#reserve = await this.#file.size();
    if (this.#reserve >= this.#reserveBytes) return;
    this.#full = true;
    await this.poll();
  }

  markFull(): void {
    this.#full = true;
  }

  /** Frees one step of the reserve; false when it is spent. */
  async release(): Promise<boolean> {
    if (this.#file === undefined || this.#reserve === 0) return false;
    this.#reserve = Math.max(0, this.#reserve - STEP_BYTES);
    await this.#file.truncate(this.#reserve);
    return true;
  }

  /** Leaves `full` if there is room again. Fills the reserve first. */
  async poll(): Promise<void> {
    if (!this.#full || this.#file === undefined) return;
    const { files, ledgerDir, resumeFreeBytes = RESUME_FREE_BYTES } = this.#options;
    const missing = this.#reserveBytes - this.#reserve;
    if ((await files.free(ledgerDir)) < missing + resumeFreeBytes) return;
    try {
      await this.#refill(this.#file);
    } catch (error) {
      // Somebody else was faster; the next poll asks again.
      if (!isNoSpace(error)) throw error;
      this.#reserve = await this.#file.size();
      return;
    }
    this.#full = false;
  }

  async #refill(file: OpenFile): Promise<void> {
    const zeros = Buffer.alloc(Math.min(STEP_BYTES, this.#reserveBytes - this.#reserve));
    while (this.#reserve < this.#reserveBytes) {
      const part = zeros.subarray(0, this.#reserveBytes - this.#reserve);
      await file.write([part], this.#reserve);
      this.#reserve += part.length;
    }
    await file.datasync();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}
