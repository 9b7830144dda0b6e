import path from 'node:path';
import { ledgerPaths, logPaths, sealSegment } from '@daybook/logfiles';
import { DaybookError, type EntryKind } from '@daybook/protocol';
import { mustHave } from '../base/assert.ts';
import { isNoSpace } from '../base/files.ts';
import { Blobs } from './blobs.ts';
import { controlEvent } from './control-event.ts';
import type { LedgerKeys } from './keys.ts';
import { NoRoom } from './commit.ts';
import { type LedgerMetrics, ledgerMetrics } from './metrics.ts';
import { LIMITS, type LedgerLimits, type LedgerOptions } from './options.ts';
import { DISK_FULL_RETRY_S, Log } from './log.ts';
import { LogReader } from './reader.ts';
import { recoverLog } from './recover.ts';
import { Sealing } from './sealing.ts';
import { Sinks, pause } from './sinks.ts';
import { Space } from './space.ts';
import { runThinning } from './thinning.ts';
import { Turn } from './turn.ts';
import type { EntryChunk, EventBatch, Ledger, LogId, LogState, Receipt } from './types.ts';

/** Control and reader-audit entries lie here; every ledger has it. */
const CONTROL_LOG: LogId = 'important';
/** Steps of the reserve that one control entry may use up before it is refused. */
const RESERVE_TRIES = 16;

interface OpenLog {
  readonly log: Log;
  readonly reader: LogReader;
}

/** A ledger whose keys and lock are had; `recover` before anything else. */
export class OpenedLedger implements Ledger {
  readonly turn = new Turn();
  readonly #options: LedgerOptions;
  readonly #limits: LedgerLimits;
  readonly #keys: LedgerKeys;
  readonly #lock: { release(): void };
  readonly #metrics: LedgerMetrics;
  readonly #space: Space;
  readonly #sinks: Sinks;
  readonly #blobs: Blobs;
  readonly #logs = new Map<LogId, OpenLog>();
  readonly #stop = new AbortController();
  #background: Promise<void>[] = [];
  #failed: unknown;

  constructor(options: LedgerOptions, keys: LedgerKeys, lock: { release(): void }) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#keys = keys;
    this.#lock = lock;
    this.#metrics = ledgerMetrics(options.metrics);
    this.#space = new Space({ ...options, ...this.#limits });
    this.#sinks = new Sinks({
      ...options,
      targets: options.checkpointSinks,
      metrics: this.#metrics,
      intervalMs: this.#limits.sinkIntervalMs,
    });
    this.#blobs = new Blobs({ ...options, dir: ledgerPaths(options.ledgerDir).blobs });
  }

  get logs(): readonly LogId[] {
    return [...this.#logs.keys()];
  }

  async recover(): Promise<void> {
    const { ledgerDir, files, lastSignedDir } = this.#options;
    const paths = ledgerPaths(ledgerDir);
    const lastSigned = lastSignedDir ?? paths.lastSigned;
    await files.makeDir(lastSigned);
    await files.makeDir(paths.blobs);
    await this.#space.open();
    let tornBytes = 0;
    for (const log of this.#keys.signers.keys()) tornBytes += await this.#openLog(log, lastSigned);
    await files.syncDir(ledgerDir);
    this.#startBackground();
    for (const log of this.logs) await this.#noteKey(log);
    if (tornBytes > 0) await this.#note('daybook.gap', { attributes: { torn_bytes: tornBytes }, reason: TORN });
    await this.#note('daybook.start', {});
  }

  /** After a failed start: lets go of everything. */
  async abandon(): Promise<void> {
    this.#failed ??= new Error('the start failed');
    await this.close();
  }

  state(log: LogId): LogState {
    return this.#log(log).log.state();
  }

  append(log: LogId, batch: EventBatch): Promise<Receipt> {
    return this.#log(log).log.append(batch);
  }

  record(kind: Exclude<EntryKind, 'event'>, event: Readonly<Record<string, unknown>>): Promise<Receipt> {
    return this.#record(CONTROL_LOG, kind, event);
  }

  async #record(id: LogId, kind: Exclude<EntryKind, 'event'>, event: Readonly<Record<string, unknown>>): Promise<Receipt> {
    const { log } = this.#log(id);
    for (let tries = 0; ; tries++) {
      while (this.turn.taken !== undefined) await this.turn.taken;
      try {
        return await log.appendControl(kind, (rt) => controlEvent(kind, { importance: id, ...event }, rt));
      } catch (error) {
        if (!(error instanceof DaybookError) || error.code !== 'disk_full') throw error;
        if (tries === RESERVE_TRIES || !(await this.#releaseReserve())) throw error;
      }
    }
  }

  async committed(log: LogId, size: number, signal?: AbortSignal): Promise<string> {
    const open = this.#log(log).log;
    await open.published.reached(size, signal);
    return open.head.note;
  }

  read(log: LogId, from: number, to: number, signal?: AbortSignal): AsyncIterable<EntryChunk> {
    return this.#log(log).reader.read(from, to, signal);
  }

  tail(log: LogId, from: number, signal: AbortSignal): AsyncIterable<EntryChunk> {
    return this.#log(log).reader.tail(from, signal);
  }

  entry(log: LogId, idx: number): Promise<Buffer> {
    return this.#log(log).reader.entry(idx);
  }

  checkpoint(log: LogId): string {
    return this.#log(log).log.head.note;
  }

  tile(log: LogId, level: number | 'entries', n: number, width: number): Promise<Buffer | undefined> {
    return this.#log(log).reader.tile(level, n, width);
  }

  proof(log: LogId, idx: number): Promise<string> {
    return this.#log(log).reader.proof(idx);
  }

  verifierKeys(): readonly string[] {
    return [...this.#keys.signers.values()].map((signer) => signer.verifierKey);
  }

  async putBlob(bytes: Buffer): Promise<string> {
    if (this.#failed !== undefined) throw new DaybookError('ledger_unavailable');
    if (this.#space.full) throw new DaybookError('disk_full', undefined, { retryAfterS: DISK_FULL_RETRY_S });
    try {
      return await this.#blobs.put(bytes);
    } catch (error) {
      if (isNoSpace(error)) {
        this.#space.markFull();
        throw new DaybookError('disk_full', undefined, { cause: error, retryAfterS: DISK_FULL_RETRY_S });
      }
      this.#fail(error);
      throw new DaybookError('ledger_unavailable', undefined, { cause: error });
    }
  }

  getBlob(name: string): Promise<Buffer | undefined> {
    return this.#blobs.get(name);
  }

  health(): ReturnType<Ledger['health']> {
    if (this.#failed !== undefined) return { ok: false, code: 'ledger_unavailable', detail: 'a write to the ledger failed' };
    if (this.#space.full)
      return { ok: false, code: 'disk_full', detail: 'the ledger disk has no room', reserveSpent: this.#space.reserveSpent };
    return { ok: true };
  }

  async close(): Promise<void> {
    try {
      if (this.#failed === undefined) await this.#finish();
    } catch (error) {
      // What could not be written is said already, by `fatal` or here; what is open is closed all the same.
      this.#options.log.error({ err: error }, 'the ledger did not end as it should; the next start checks it');
    }
    const closed = new DaybookError('shutting_down');
    this.#stop.abort(closed);
    for (const { log } of this.#logs.values()) log.close(closed);
    await Promise.all(this.#background);
    for (const { log } of this.#logs.values()) {
      await log.parts.segments.close();
      await log.parts.tiles.close();
    }
    await this.#space.close();
    this.#lock.release();
  }

  async #releaseReserve(): Promise<boolean> {
    try {
      return await this.#space.release();
    } catch (error) {
      this.#fail(error);
      throw new DaybookError('ledger_unavailable', undefined, { cause: error });
    }
  }

  async #finish(): Promise<void> {
    await this.#note('daybook.stop', {});
    for (const { log } of this.#logs.values()) {
      log.refuse(new DaybookError('shutting_down'));
      await log.drained();
    }
    this.#stop.abort();
    await Promise.all(this.#background);
    if (this.#failed !== undefined) return;
    for (const { log } of this.#logs.values()) {
      await log.checkpoint().catch((error: unknown) => {
        if (!(error instanceof NoRoom)) this.#fail(error);
      });
    }
  }

  /** The first entry of the control log names the keys; after `restore --new-origin`, the first of every log also names the head before it. */
  async #noteKey(log: LogId): Promise<void> {
    const previous = this.#options.previous?.get(log);
    if (this.state(log).size > 0 || (log !== CONTROL_LOG && previous === undefined)) return;
    await this.#note('daybook.key', { attributes: { keys: this.verifierKeys(), ...(previous === undefined ? {} : { previous }) } }, log);
  }

  /** Records what the ledger itself does. A full disk is no reason not to start or to stop. */
  async #note(kind: Exclude<EntryKind, 'event'>, event: Readonly<Record<string, unknown>>, log = CONTROL_LOG): Promise<void> {
    try {
      await this.#record(log, kind, { outcome: 'success', ...event });
    } catch (error) {
      if (!(error instanceof DaybookError) || error.code !== 'disk_full') throw error;
      this.#options.log.warn({ err: error, kind }, 'there was no room to record this');
    }
  }

  #log(log: LogId): OpenLog {
    const open = this.#logs.get(log);
    if (open === undefined) throw new DaybookError('not_found', `there is no log ${log}`);
    return open;
  }

  async #openLog(id: LogId, lastSignedDir: string): Promise<number> {
    const { ledgerDir, files, clock, log: logger, randomText } = this.#options;
    const signer = mustHave(this.#keys.signers.get(id), `the signer of ${id}`);
    const { dir } = logPaths(ledgerDir, id);
    const recovered = await recoverLog({ log: id, dir, lastSignedFile: path.join(lastSignedDir, id), signer, files, logger });
    const log = new Log({
      log: id,
      origin: signer.origin,
      ...recovered,
      clock,
      randomText,
      space: this.#space,
      limits: this.#limits,
      metrics: this.#metrics,
      logger,
      failed: (error) => this.#fail(error),
      onPublished: (head) => this.#sinks.offer({ log: id, origin: signer.origin, ...head }),
    });
    this.#logs.set(id, { log, reader: new LogReader(log) });
    return recovered.tornBytes;
  }

  #startBackground(): void {
    const { files, log: logger, seal = sealSegment, clock } = this.#options;
    const logs = [...this.#logs.values()].map(({ log }) => log);
    const { sealIntervalMs: intervalMs, waitingSegmentsMax } = this.#limits;
    const sealing = new Sealing({ files, seal, logger, metrics: this.#metrics, intervalMs, waitingSegmentsMax });
    for (const log of logs) {
      this.#run('signing', (signal) => log.runCheckpoints(signal));
      this.#run('thinning', (signal) => runThinning(log.parts.heads, () => clock.nowMicros() / 1000, signal));
    }
    this.#run('the watch on free space', (signal) => this.#watchSpace(signal));
    this.#run('sealing', (signal) => sealing.run(logs, signal));
    this.#run('sending checkpoints', (signal) => this.#sinks.run(signal));
  }

  #run(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    const running = work(this.#stop.signal).catch((error: unknown) =>
      this.#fail(new Error(`${name} failed: ${error instanceof Error ? error.message : 'unknown'}`, { cause: error })),
    );
    this.#background.push(running);
  }

  async #watchSpace(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#limits.spacePollMs, signal);
      this.#metrics.diskFull.set(this.#space.full ? 1 : 0);
      if (this.#space.full) await this.#space.poll();
    }
  }

  /** Nothing is written after a failure of which nobody knows what it left: the process ends, and recovery reads what is true. */
  #fail(error: unknown): void {
    if (this.#failed !== undefined) return;
    this.#failed = error;
    const told = new DaybookError('ledger_unavailable', undefined, { cause: error });
    for (const { log } of this.#logs.values()) log.refuse(told);
    this.#options.fatal(error);
    for (const { log } of this.#logs.values()) log.close(told);
  }
}

const TORN = 'the last write before the start was torn and never acknowledged; its bytes were dropped';
