import path from 'node:path';
import type { Readable } from 'node:stream';
import { DaybookError } from '@daybook/protocol';
import type { Logger } from 'pino';
import type { Files, OpenFile } from '../../base/files.ts';
import { problemOf } from '../../base/problem.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/types.ts';
import type { Journal } from '../lookup/journal.ts';
import { BYTES_MAX, KEPT_MS, LISTED_EACH_MAX, RUNNING_EACH_MAX, RUNNING_MAX } from './bounds.ts';
import { fileRows } from './file-rows.ts';
import { type ExportState, type Job, OUTDATED, type Owner, type Question } from './job.ts';
import { parquetRows } from './parquet-rows.ts';
import { partOf, writeFile } from './write-file.ts';

/** 128 bits: nobody guesses the export of somebody else, who would be refused all the same. */
const ID_BYTES = 16;
const CANCELLED = new DaybookError('conflict', 'This export was cancelled.');

/** The rows of a new export. */
export interface Rows {
  /** How many there will be; undefined where it takes too long to tell. */
  count(signal: AbortSignal): Promise<number | undefined>;
  read(signal: AbortSignal): Promise<Readable>;
}

export interface NewExport {
  readonly owner: Owner;
  readonly rights: string;
  readonly question: Question;
  readonly rows: Rows;
  /** Given the id of the export. */
  readonly journal: (id: string) => Journal;
}

export interface ExportsOptions {
  readonly dir: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The rights of an owner now; undefined when there is none any more, or who may not read. */
  readonly rightsNow: (owner: Owner) => string | undefined;
  /** Of all files together; BYTES_MAX. */
  readonly bytesMax?: number;
}

/**
 * Exports that are made in the background. The list is in memory, and this object alone writes in the directory; so a restart ends and removes them all, and who made one makes it
 * again. A job is `running` until its file is whole (`done`), its work failed (`failed`) or its owner ended it (`cancelled`); it never runs again.
 */
export class Exports {
  readonly #options: ExportsOptions;
  readonly #jobs = new Map<string, Job>();

  constructor(options: ExportsOptions) {
    this.#options = options;
  }

  /** Removes what an earlier process left. */
  async open(): Promise<void> {
    const { dir, files, log } = this.#options;
    for (const name of await files.list(dir))
      await files.remove(path.join(dir, name)).catch((error: unknown) => log.warn({ err: error }, 'an old export could not be removed'));
  }

  /** Starts an export when it is durable who asked for it. Throws too_busy, exports_full, or what the journal throws. */
  async start({ owner, rights, question, rows, journal }: NewExport): Promise<Job> {
    const job = this.#newJob({ owner, rights, question });
    const told = journal(job.id);
    // It takes its place before the first wait: of two at once only one gets the last.
    this.#jobs.set(job.id, job);
    const asked = told.asked();
    job.work = asked.then(
      () => this.#run(job, rows, told),
      () => void this.#jobs.delete(job.id),
    );
    await asked;
    return job;
  }

  /** Newest first. */
  list(owner: Owner): Job[] {
    return this.#of(owner).toReversed();
  }

  /** Throws not_found: of others' exports nobody learns whether they exist. */
  get(owner: Owner, id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined || !same(job.owner, owner) || this.#over(job))
      throw new DaybookError('not_found', 'There is no such export of yours; they expire, and end with a restart of the server.', {
        field: 'id',
      });
    return job;
  }

  /** The file of an export that is done, for whom may still read what stands in it. The caller closes it. */
  async openFile(job: Job, rights: string): Promise<OpenFile> {
    if (job.state === 'running') throw new DaybookError('conflict', 'This export is still being made.');
    if (job.rights !== rights || job.error?.code === 'export_outdated') throw outdated();
    if (job.state !== 'done') throw new DaybookError('conflict', 'This export has no file: it failed or was cancelled.');
    const file = await this.#options.files.open(this.#fileOf(job));
    if ((await file.size()) === job.bytes) return file;
    await file.close();
    // It was removed in this very moment; opening has made an empty one.
    await this.#removeFile(job);
    throw new DaybookError('not_found', 'There is no such export any more.', { field: 'id' });
  }

  /** Ends one that runs; it stays in the list, as does one that has ended by itself meanwhile. */
  async cancel(job: Job): Promise<void> {
    job.ending.abort(CANCELLED);
    await job.work;
  }

  /** Takes one that has ended out of the list, and its file away. */
  async remove(job: Job): Promise<void> {
    this.#jobs.delete(job.id);
    await this.#removeFile(job);
  }

  /** Removes what has expired, and what its owner may not have any more. */
  async sweep(): Promise<void> {
    for (const job of this.#jobs.values()) {
      if (this.#over(job)) {
        job.ending.abort(CANCELLED);
        await job.work;
        this.#jobs.delete(job.id);
        await this.#removeFile(job);
      } else if ((job.state === 'running' || job.state === 'done') && this.#options.rightsNow(job.owner) !== job.rights) {
        job.ending.abort(outdated());
        await job.work;
        await this.#removeFile(job);
        Object.assign(job, { state: 'failed', error: wordsOf(outdated()), bytes: 0 });
      }
    }
  }

  /** Ends what runs: the stop of the server does not wait for it. */
  end(): void {
    for (const job of this.#jobs.values()) job.ending.abort(new DaybookError('shutting_down', 'The server was stopped.'));
  }

  /** Ends what runs and removes all files. */
  async close(): Promise<void> {
    this.end();
    for (const job of this.#jobs.values()) {
      await job.work;
      await this.#removeFile(job);
    }
    this.#jobs.clear();
  }

  #newJob({ owner, rights, question }: Pick<Job, 'owner' | 'rights' | 'question'>): Job {
    this.#admit(owner);
    const createdMicros = this.#options.clock.nowMicros();
    return {
      id: this.#options.random.text(ID_BYTES),
      owner,
      rights,
      question,
      createdMicros,
      expiresMicros: createdMicros + KEPT_MS * 1000,
      ending: new AbortController(),
      state: 'running',
      total: undefined,
      rows: undefined,
      bytes: 0,
      endedMicros: undefined,
      error: undefined,
      work: Promise.resolve(),
    };
  }

  #admit(owner: Owner): void {
    const running = [...this.#jobs.values()].filter(({ state }) => state === 'running');
    if (running.filter((job) => same(job.owner, owner)).length >= RUNNING_EACH_MAX)
      throw new DaybookError('too_busy', 'An export of yours is being made: wait for it, or cancel it.', { retryAfterS: 10 });
    if (running.length >= RUNNING_MAX)
      throw new DaybookError('too_busy', `${RUNNING_MAX} exports of others are being made: try again when one of them is done.`, {
        retryAfterS: 30,
      });
    if (this.#bytes() >= this.#bytesMax) throw full();
    const own = this.#of(owner);
    if (own.length < LISTED_EACH_MAX) return;
    const without = own.find(({ state }) => state !== 'done' && state !== 'running');
    if (without === undefined) throw new DaybookError('exports_full', `You have ${LISTED_EACH_MAX} exports: remove one of them.`);
    this.#jobs.delete(without.id);
  }

  async #run(job: Job, rows: Rows, journal: Journal): Promise<void> {
    const { clock, log } = this.#options;
    const startedMs = clock.monotonicMs();
    let state: ExportState = 'done';
    try {
      await this.#write(job, rows);
    } catch (caught) {
      const { aborted, reason } = job.ending.signal;
      const error: unknown = aborted ? reason : caught;
      state = error === CANCELLED ? 'cancelled' : 'failed';
      if (state === 'failed') {
        job.error = wordsOf(error);
        log.warn({ err: error, export: job.id }, 'an export failed');
      }
      job.bytes = 0;
    }
    const reason = state === 'done' ? {} : { reason: job.error?.code ?? state };
    journal.ended({
      failed: state !== 'done',
      rows: job.rows,
      bytes: job.bytes,
      durationMs: clock.monotonicMs() - startedMs,
      ...reason,
    });
    job.endedMicros = clock.nowMicros();
    job.state = state;
  }

  async #write(job: Job, rows: Rows): Promise<void> {
    const { signal } = job.ending;
    signal.throwIfAborted();
    job.total = await rows.count(signal);
    const counter = fileRows(job.question.format);
    await writeFile({
      files: this.#options.files,
      file: this.#fileOf(job),
      rows: await rows.read(signal),
      signal,
      take: (piece) => {
        if (this.#bytes() + piece.length > this.#bytesMax) throw full();
        counter.add(piece);
        job.bytes += piece.length;
        job.rows = counter.rows();
      },
      look: async (file) => {
        if (job.question.format === 'parquet') job.rows = await parquetRows(file, job.bytes);
      },
    });
  }

  get #bytesMax(): number {
    return this.#options.bytesMax ?? BYTES_MAX;
  }

  #bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#jobs.values()) sum += bytes;
    return sum;
  }

  #of(owner: Owner): Job[] {
    return [...this.#jobs.values()].filter((job) => same(job.owner, owner) && !this.#over(job));
  }

  #over(job: Job): boolean {
    return job.expiresMicros <= this.#options.clock.nowMicros();
  }

  #fileOf({ id, question }: Job): string {
    return path.join(this.#options.dir, `${id}.${question.format}`);
  }

  async #removeFile(job: Job): Promise<void> {
    await this.#options.files.remove(this.#fileOf(job));
    await this.#options.files.remove(partOf(this.#fileOf(job)));
  }
}

function same(a: Owner, b: Owner): boolean {
  return a.kind === b.kind && a.id === b.id;
}

function wordsOf(error: unknown) {
  const { code, detail } = problemOf(error);
  return { code, detail };
}

function outdated(): DaybookError {
  return new DaybookError(OUTDATED.code, OUTDATED.detail);
}

function full(): DaybookError {
  return new DaybookError('exports_full', 'The exports that are kept here have taken all the room that they may have.');
}
