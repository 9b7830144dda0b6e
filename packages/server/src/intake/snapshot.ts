import { parseJson } from '@daybook/protocol';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files } from '../base/files.ts';
import { Dedupe } from './dedupe.ts';
import { BLOCK_IDS, RECORD_WORDS } from './id-ring.ts';

/**
 * The memory of doubles on disk, below `control/dedupe/`:
 *
 *     ids-<block>.bin   8 bytes "DBIDS1\n\0", u32 count, u32 CRC-32 of the records, count × 5 u32 (little-endian)
 *     state.json        one line of JSON (key, sizes of the logs up to which it is complete, blocks, counters), newline, its CRC-32 in hex, newline
 *
 * `state.json` is replaced last. Blocks may be newer than it: what they hold of entries at or behind its sizes is dropped when it is read, and comes
 * back by replaying the ledger from there. So no snapshot ever claims an entry that was not durable.
 */
export interface LogPosition {
  readonly origin: string;
  readonly size: number;
}

interface State {
  /** 2: content hashes are by words of four bytes. A snapshot of another version is none: the ledger is replayed. */
  readonly v: 2;
  readonly key: string;
  readonly logs: Readonly<Record<string, LogPosition>>;
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly sequences: readonly (readonly [string, readonly number[]])[];
}

const BLOCK_MAGIC = Buffer.from('DBIDS1\n\0', 'latin1');
const BLOCK_HEADER_BYTES = 16;
const STATE_FILE = 'state.json';

export class Snapshots {
  readonly #dir: string;
  readonly #files: Files;

  constructor(dir: string, files: Files) {
    this.#dir = dir;
    this.#files = files;
  }

  /**
   * Writes what changed. `positions` are read in the same step as the counters; the blocks, one by one, after it.
   */
  async write(dedupe: Dedupe, key: Uint8Array, positions: Readonly<Record<string, LogPosition>>): Promise<void> {
    const { ids } = dedupe;
    const sequences = dedupe.settledSequences();
    const dirty = ids.takeDirty();
    const firstBlock = Math.floor(ids.first / BLOCK_IDS);
    const lastBlock = ids.size === 0 ? firstBlock - 1 : Math.floor((ids.next - 1) / BLOCK_IDS);
    try {
      await this.#files.makeDir(this.#dir);
      for (const block of dirty) {
        if (block * BLOCK_IDS < ids.first || block > lastBlock) continue;
        await this.#files.replace(this.#blockFile(block), encodeBlock(ids.block(block)));
      }
      const state: State = { v: 2, key: Buffer.from(key).toString('hex'), logs: positions, firstBlock, lastBlock, sequences };
      await this.#files.replace(path.join(this.#dir, STATE_FILE), encodeState(state));
    } catch (error) {
      ids.markDirty(dirty);
      throw error;
    }
    await this.#removeOld(firstBlock);
  }

  /** The memory as it was written; undefined when there is none that is whole and of these logs. `currentOf`: origin and size of a log now. */
  async read(
    logs: readonly string[],
    currentOf: (log: string) => LogPosition,
  ): Promise<{ readonly dedupe: Dedupe; readonly key: Buffer; readonly positions: ReadonlyMap<string, number> } | undefined> {
    const bytes = await this.#files.read(path.join(this.#dir, STATE_FILE));
    const state = bytes === undefined ? undefined : decodeState(bytes);
    if (state === undefined) return undefined;
    const positions = new Map<string, number>();
    for (const log of logs) {
      const written = state.logs[log];
      const current = currentOf(log);
      // Another origin is another ledger; a shorter one was restored from a backup.
      if (written !== undefined && (written.origin !== current.origin || written.size > current.size)) return undefined;
      positions.set(log, written?.size ?? 0);
    }
    const key = Buffer.from(state.key, 'hex');
    const dedupe = new Dedupe(key);
    for (let block = state.firstBlock; block <= state.lastBlock; block++) {
      const records = decodeBlock(await this.#files.read(this.#blockFile(block)));
      if (records === undefined) return undefined;
      dedupe.ids.restore(block, records, ({ log, idx }) => idx < (positions.get(logs[log] ?? '') ?? 0));
    }
    for (const [src, bounds] of state.sequences) dedupe.sequences.restore(src, bounds);
    return { dedupe, key, positions };
  }

  #blockFile(block: number): string {
    return path.join(this.#dir, `ids-${String(block).padStart(10, '0')}.bin`);
  }

  async #removeOld(firstBlock: number): Promise<void> {
    for (const name of await this.#files.list(this.#dir)) {
      const block = /^ids-(\d{10})\.bin$/.exec(name)?.[1];
      if (block !== undefined && Number(block) < firstBlock) await this.#files.remove(path.join(this.#dir, name));
    }
  }
}

function encodeBlock(records: Uint32Array): Buffer {
  const bytes = Buffer.alloc(BLOCK_HEADER_BYTES + records.byteLength);
  bytes.set(new Uint8Array(records.buffer, records.byteOffset, records.byteLength), BLOCK_HEADER_BYTES);
  bytes.set(BLOCK_MAGIC);
  bytes.writeUInt32LE(records.length / RECORD_WORDS, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(BLOCK_HEADER_BYTES)), 12);
  return bytes;
}

function decodeBlock(bytes: Buffer | undefined): Uint32Array | undefined {
  if (bytes === undefined || bytes.length < BLOCK_HEADER_BYTES || !bytes.subarray(0, 8).equals(BLOCK_MAGIC)) return undefined;
  const count = bytes.readUInt32LE(8);
  const body = bytes.subarray(BLOCK_HEADER_BYTES);
  if (count > BLOCK_IDS || body.length !== count * RECORD_WORDS * 4 || crc32(body) !== bytes.readUInt32LE(12)) return undefined;
  const records = new Uint32Array(count * RECORD_WORDS);
  new Uint8Array(records.buffer).set(body);
  return records;
}

function encodeState(state: State): Buffer {
  const text = JSON.stringify(state);
  return Buffer.from(`${text}\n${crc32(text).toString(16)}\n`);
}

function decodeState(bytes: Buffer): State | undefined {
  const [text = '', crc = ''] = bytes.toString('utf8').split('\n');
  if (crc !== crc32(text).toString(16)) return undefined;
  const state: unknown = parseJson(text);
  return isState(state) ? state : undefined;
}

/** Our own bytes, whole by their CRC: the version is what there is to check. */
function isState(value: unknown): value is State {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === 2;
}
