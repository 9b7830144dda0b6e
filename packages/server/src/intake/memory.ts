import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/types.ts';
import { Dedupe } from './dedupe.ts';
import { replayChunk } from './replay.ts';
import { type LogPosition, Snapshots } from './snapshot.ts';

/** 8 bytes for the ids' hash, 8 for the contents'. */
const KEY_BYTES = 16;
/** How often it is asked whether a snapshot is due; and when it is: so many ids or entries bound the replay after a crash to about a second. */
const CHECK_MS = 1000;
const SNAPSHOT_IDS = 200_000;
const SNAPSHOT_ENTRIES = 500_000;
const SNAPSHOT_MS = 30_000;
/** A replay of more entries than this takes seconds: the log says so. */
const REPLAY_SAID_FROM = 1_000_000;

type MemoryBase = Pick<Base, 'config' | 'files' | 'random' | 'log' | 'clock' | 'background'>;

/** Keeps the memory of doubles: reads it at the start, completes it out of the ledger, and writes it from time to time and at the end. */
export class Memory {
  readonly dedupe: Dedupe;
  readonly #base: MemoryBase;
  readonly #ledger: Ledger;
  readonly #key: Uint8Array;
  readonly #snapshots: Snapshots;
  #written = { ids: 0, entries: 0, atMs: 0 };
  #writing: Promise<void> | undefined;
  #keyIsKept = false;

  private constructor(base: MemoryBase, ledger: Ledger, snapshots: Snapshots, dedupe: Dedupe, key: Uint8Array) {
    this.#base = base;
    this.#ledger = ledger;
    this.#snapshots = snapshots;
    this.dedupe = dedupe;
    this.#key = key;
  }

  static async open(base: MemoryBase, ledger: Ledger): Promise<Memory> {
    const snapshots = new Snapshots(path.join(base.config.dataDir, 'control', 'dedupe'), base.files);
    const read = await snapshots.read(ledger.logs, (log) => positionOf(ledger, log));
    const key = read?.key ?? Buffer.from(base.random.text(KEY_BYTES), 'base64url');
    const memory = new Memory(base, ledger, snapshots, read?.dedupe ?? new Dedupe(key), key);
    memory.#keyIsKept = read !== undefined;
    await memory.#replay(read?.positions);
    base.background('dedupe snapshots', (signal) => memory.#run(signal));
    return memory;
  }

  /** Resolves when the key by which ids and contents are remembered is on disk. */
  async mustKeepKey(): Promise<void> {
    if (!this.#keyIsKept) await this.write();
  }

  /** Writes what is remembered now. */
  async write(): Promise<void> {
    await this.#writing;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #write(): Promise<void> {
    const positions: Record<string, LogPosition> = {};
    for (const [i, log] of this.#ledger.logs.entries()) {
      const { origin, size } = positionOf(this.#ledger, log);
      positions[log] = { origin, size: this.dedupe.settledSize(i, size) };
    }
    this.#written = { ids: this.dedupe.ids.next, entries: this.#entries(), atMs: this.#base.clock.monotonicMs() };
    await this.#snapshots.write(this.dedupe, this.#key, positions);
    this.#keyIsKept = true;
  }

  async #replay(positions: ReadonlyMap<string, number> | undefined): Promise<void> {
    const began = this.#base.clock.monotonicMs();
    let entries = 0;
    this.dedupe.sequences.hold();
    for (const [i, log] of this.#ledger.logs.entries()) {
      const state = this.#ledger.state(log);
      const from = Math.max(state.firstIdx, positions?.get(log) ?? 0);
      if (state.size - from > REPLAY_SAID_FROM)
        this.#base.log.info({ log, from, to: state.size }, 'reading ids of events back from the ledger');
      for await (const chunk of this.#ledger.read(log, from, state.size)) replayChunk(this.dedupe, i, chunk);
      entries += state.size - from;
    }
    this.dedupe.sequences.release();
    const ms = Math.round(this.#base.clock.monotonicMs() - began);
    if (entries > 0) this.#base.log.info({ entries, ms, snapshot: positions !== undefined }, 'the memory of doubles is complete');
    if (entries > SNAPSHOT_ENTRIES) await this.write();
    this.#written = { ids: this.dedupe.ids.next, entries: this.#entries(), atMs: this.#base.clock.monotonicMs() };
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(CHECK_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted || !this.#due()) continue;
      // A snapshot only shortens the next start; without it the ledger is read instead.
      await this.write().catch((error: unknown) =>
        this.#base.log.warn({ err: error }, 'the memory of doubles was not written; the next start reads more of the ledger'),
      );
    }
  }

  #due(): boolean {
    const ids = this.dedupe.ids.next - this.#written.ids;
    const entries = this.#entries() - this.#written.entries;
    if (ids >= SNAPSHOT_IDS || entries >= SNAPSHOT_ENTRIES) return true;
    return entries > 0 && this.#base.clock.monotonicMs() - this.#written.atMs >= SNAPSHOT_MS;
  }

  #entries(): number {
    return this.#ledger.logs.reduce((sum, log) => sum + this.#ledger.state(log).size, 0);
  }
}

function positionOf(ledger: Ledger, log: string): LogPosition {
  const { origin, size } = ledger.state(log);
  return { origin, size };
}
