import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DISK_RETRY_MS, EMPTY_AT_BYTES, GAP_RESERVE_BYTES, HEARTBEAT_MS, RECOVER_INTERVAL_MS, SEGMENT_BYTES } from '../bounds.ts';
import type { GapReason } from '../gap.ts';
import { codeOf } from '../objects.ts';
import { monotonicMs } from '../outside.ts';
import type { Report } from '../report.ts';
import { isOwned, removeLock, touchLock, writeLock } from './lock.ts';
import { MemoryLines } from './memory.ts';
import { type Batch, Segment, type Waiting } from './segment.ts';

export interface SpoolOptions {
  readonly directory: string;
  /** The producer's name; files of other names in the directory are none of ours. */
  readonly name: string;
  readonly instance: string;
  readonly bytesMax: number;
  readonly report: Report;
  /** A piece of a line at the end of a dead process's file. */
  readonly onTorn: (rest: Buffer) => void;
  /** Lines have found their end. */
  readonly onSettled: () => void;
}

/**
 * What was recorded and has not arrived yet. Files `NAME.INSTANCE.NUMBER.ndjson`, each written by one process, readable by anyone as NDJSON. A file
 * goes when all of it has arrived; what a killed process left is taken over by renaming, which only one of many can do.
 */
export class Spool {
  readonly memory = new MemoryLines();
  /** Bytes of all files that are ours. */
  bytes = 0;
  /** Bytes that have not found their end, in memory too. */
  waitingBytes = 0;
  readonly #options: SpoolOptions;
  readonly #report: Report;
  readonly #prefix: string;
  readonly #lock: string;
  #segments: Segment[] = [];
  #active: Segment | undefined;
  #numbers = 0;
  #locked = false;
  #diskAtMs = Number.NEGATIVE_INFINITY;
  #touchedMs = 0;
  #recoveredMs = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#report = options.report;
    this.#prefix = path.join(options.directory, `${options.name}.${options.instance}.`);
    this.#lock = `${this.#prefix}lock`;
  }

  /** Takes over what dead processes left. Without a usable directory everything waits in memory. */
  open(): void {
    if (this.#onDisk(() => this.#acquire())) this.recover();
  }

  // ---- writing

  /** Puts a line on disk or, for want of one, in memory; returns why it could not be kept. */
  append(line: string, { reserve = false }: { readonly reserve?: boolean } = {}): GapReason | undefined {
    const bytes = Buffer.byteLength(line);
    const max = this.#options.bytesMax + (reserve ? GAP_RESERVE_BYTES : 0);
    if (this.bytes + bytes > max) return 'spool_full';
    if (this.#isDiskDue()) {
      if (this.memory.hasMore) this.#spill();
      if (this.#isDiskDue() && this.#onDisk(() => this.#write(line, bytes))) return undefined;
    }
    if (!this.memory.push(line, bytes)) return 'disk_failed';
    this.waitingBytes += bytes;
    return undefined;
  }

  #write(line: string, bytes: number): void {
    const segment = this.#active !== undefined && this.#active.size + bytes <= SEGMENT_BYTES ? this.#active : this.#next();
    segment.append(line, bytes);
    this.bytes += bytes;
    this.waitingBytes += bytes;
  }

  #next(): Segment {
    this.#acquire();
    const segment = Segment.create(`${this.#prefix}${String(++this.#numbers).padStart(6, '0')}.ndjson`);
    this.#segments.push(segment);
    this.#active = segment;
    return segment;
  }

  #acquire(): void {
    if (this.#locked) return;
    mkdirSync(this.#options.directory, { recursive: true, mode: 0o700 });
    writeLock(this.#lock);
    this.#locked = true;
    this.#touchedMs = monotonicMs();
  }

  /** Lines in memory go to the disk before any other: from then on a kill can't take them. */
  #spill(): void {
    const { text, bytes } = this.memory.waiting;
    if (!this.#onDisk(() => this.#write(text, bytes))) return;
    this.waitingBytes -= bytes;
    this.memory.forget();
  }

  #isDiskDue(): boolean {
    return this.#diskAtMs === Number.NEGATIVE_INFINITY || monotonicMs() >= this.#diskAtMs;
  }

  /** Does something with the disk; false when the disk refused, and then it is left alone for a while. */
  #onDisk(act: () => void): boolean {
    try {
      act();
      this.#diskAtMs = Number.NEGATIVE_INFINITY;
      return true;
    } catch (error) {
      // A file that refused once is done with: what it holds is still sent.
      if (codeOf(error) !== 'ENOSPC') this.#active = undefined;
      if (codeOf(error) === 'ENOENT') this.#locked = false; // the directory went away
      this.#diskAtMs = monotonicMs() + DISK_RETRY_MS;
      const message = `the spool ${this.#options.directory} can't be written (${codeOf(error) || 'unknown'}): records wait in memory`;
      this.#report('memory', message, error);
      return false;
    }
  }

  // ---- reading

  /** Whether lines wait that nobody has taken. */
  get hasMore(): boolean {
    return this.memory.hasMore || this.#segments.some(({ hasMore }) => hasMore);
  }

  /** The next lines; undefined when there are none now. */
  take(): Promise<Batch | undefined> {
    const taken = this.#taking.then(() => this.#take());
    this.#taking = taken.catch(() => undefined);
    return taken;
  }
  #taking: Promise<unknown> = Promise.resolve();

  async #take(): Promise<Batch | undefined> {
    const first: Waiting | undefined = this.memory.hasMore ? this.memory : this.#segments.find(({ hasMore }) => hasMore);
    if (first === undefined) return undefined;
    const batch = await first.take();
    if (batch === undefined && first instanceof Segment && first.torn !== undefined) this.#tell(first);
    if (batch === undefined) return this.hasMore ? this.#take() : undefined;
    return {
      ...batch,
      settle: () => {
        batch.settle();
        this.waitingBytes -= batch.bytes.length;
        this.#tidy();
        this.#options.onSettled();
      },
    };
  }

  #tell(segment: Segment): void {
    const { torn } = segment;
    if (torn !== undefined && torn.length > 0) {
      this.waitingBytes -= torn.length;
      this.#options.onTorn(torn);
    }
    this.#tidy();
  }

  /** Removes files of which everything has arrived, and empties the one that is being written. */
  #tidy(): void {
    for (const segment of this.#segments) {
      if (segment.settled < segment.size) continue;
      if (segment !== this.#active) this.#remove(segment);
      else if (segment.size >= EMPTY_AT_BYTES) this.#empty(segment);
    }
  }

  #empty(segment: Segment): void {
    try {
      const { size } = segment;
      if (segment.empty()) this.bytes -= size;
    } catch (error) {
      this.#report('internal', 'a file of the spool could not be emptied', error);
    }
  }

  #remove(segment: Segment): void {
    const { size } = segment;
    try {
      if (!segment.remove()) return;
    } catch (error) {
      segment.close();
      if (codeOf(error) !== 'ENOENT') this.#report('internal', 'a file of the spool could not be removed', error);
    }
    this.bytes -= size;
    this.#segments = this.#segments.filter((other) => other !== segment);
  }

  /** What waits now, as it is: what comes later goes elsewhere. */
  sealed(): readonly Waiting[] {
    if (this.#active?.size !== 0) this.#active = undefined;
    return [...this.#segments];
  }

  // ---- keeping house

  /** Every second: what was written reaches the disk; the lock is touched; other processes' leavings are looked for. */
  async keepHouse(): Promise<void> {
    if (this.memory.hasMore && this.#isDiskDue()) this.#spill();
    const now = monotonicMs();
    if (this.#locked && now - this.#touchedMs >= HEARTBEAT_MS) {
      this.#touchedMs = now;
      this.#onDisk(() => touchLock(this.#lock));
    }
    if (now - this.#recoveredMs >= RECOVER_INTERVAL_MS) this.recover();
    const active = this.#active;
    if (active !== undefined) {
      this.#empty(active);
      // Whoever removed the file took the name, not what we still hold open: that is sent, and the next record gets a new file.
      if (active.isUnlinked) this.#active = undefined;
    }
    for (const segment of this.#segments) await segment.sync();
  }

  /** Takes over the files of dead owners. Their numbers go on being theirs: the lines carry them. */
  recover(): void {
    this.#recoveredMs = monotonicMs();
    const { directory, name } = this.#options;
    try {
      const mine = path.basename(this.#prefix);
      const files = readdirSync(directory).filter((file) => file.startsWith(`${name}.`) && !file.startsWith(mine));
      const dead = new Map<string, boolean>();
      for (const file of files.sort()) {
        const [, instance, rest] = FILE.exec(file.slice(name.length)) ?? [];
        if (instance === undefined) continue;
        const lock = path.join(directory, `${name}.${instance}.lock`);
        if (!dead.has(instance)) dead.set(instance, !isOwned(lock));
        if (dead.get(instance) !== true) continue;
        if (rest === 'lock') removeLock(lock);
        else this.#adopt(path.join(directory, file));
      }
    } catch (error) {
      this.#report('internal', `the spool ${directory} could not be looked through`, error);
    }
  }

  #adopt(file: string): void {
    const own = `${this.#prefix}r${String(++this.#numbers).padStart(6, '0')}.ndjson`;
    try {
      renameSync(file, own);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return; // another process was first
      throw error;
    }
    const segment = Segment.adopt(own);
    this.bytes += segment.size;
    this.waitingBytes += segment.size;
    this.#segments.unshift(segment);
    this.#tidy();
  }

  /** Leaves what waits to the next process, and the directory clean when nothing does. */
  close(): void {
    if (this.memory.hasMore) this.#spill();
    if (this.memory.hasMore) this.#report('lost', 'the disk took no more records before the end', undefined, this.memory.forget());
    this.#active = undefined;
    this.#tidy();
    for (const segment of this.#segments) {
      this.#onDisk(() => segment.syncNow());
      segment.closeNow();
    }
    this.#segments = [];
    if (this.#locked) removeLock(this.#lock);
    this.#locked = false;
  }
}

/** `.INSTANCE.lock`, `.INSTANCE.000001.ndjson`. */
const FILE = /^\.([a-z0-9]{8,32})\.(lock|r?\d+\.ndjson)$/;
