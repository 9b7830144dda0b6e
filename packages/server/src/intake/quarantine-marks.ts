import path from 'node:path';
import { isRecord, parseJson } from '@daybook/protocol';
import type { Files } from '../base/files.ts';

/**
 * What became of records of the quarantine: the records themselves never change. `control/quarantine/<UTC date of the record>.ndjson`, one line per
 * verdict: `{"at","by","offset","result"}`; the last one of an offset holds.
 */
export type MarkResult = 'event' | 'duplicate' | 'noise' | 'dismissed';

export interface Mark {
  readonly offset: number;
  readonly result: MarkResult;
  /** Canonical text. */
  readonly at: string;
  readonly by: string;
}

const RESULTS: ReadonlySet<unknown> = new Set<MarkResult>(['event', 'duplicate', 'noise', 'dismissed']);
/** Days whose marks are in memory, some 100 bytes a mark: the newest ones are looked at, older ones are read again. */
const DAYS_MAX = 200;

export class QuarantineMarks {
  readonly #files: Files;
  readonly #dir: string;
  readonly #days = new Map<string, Map<number, Mark>>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(files: Files, dir: string) {
    this.#files = files;
    this.#dir = dir;
  }

  async of(date: string): Promise<ReadonlyMap<number, Mark>> {
    const known = this.#days.get(date);
    if (known !== undefined) return known;
    const marks = new Map<number, Mark>();
    const text = (await this.#files.read(this.#file(date)))?.toString('utf8') ?? '';
    // What a crash tore off behind the last line feed was not acknowledged.
    for (const line of text.split('\n').slice(0, -1)) {
      const mark = markOf(line);
      if (mark !== undefined) marks.set(mark.offset, mark);
    }
    for (const oldest of this.#days.keys()) {
      if (this.#days.size < DAYS_MAX) break;
      this.#days.delete(oldest);
    }
    this.#days.set(date, marks);
    return marks;
  }

  /** Durable when it resolves. */
  add(date: string, marks: readonly Mark[]): Promise<void> {
    const written = this.#tail.then(() => this.#append(date, marks));
    this.#tail = written.catch(() => undefined);
    return written;
  }

  async #append(date: string, marks: readonly Mark[]): Promise<void> {
    if (marks.length === 0) return;
    await this.#files.makeDir(this.#dir);
    const file = await this.#files.open(this.#file(date));
    try {
      const size = await file.size();
      const torn = size > 0 && (await file.read(size - 1, 1))[0] !== LINE_FEED;
      const lines = marks.map(({ at, by, offset, result }) => `${JSON.stringify({ at, by, offset, result })}\n`).join('');
      // A torn line is ended, and is no mark.
      await file.write([Buffer.from((torn ? '\n' : '') + lines)], size);
      await file.datasync();
      if (size === 0) await this.#files.syncDir(this.#dir);
    } finally {
      await file.close();
    }
    const known = this.#days.get(date);
    for (const mark of marks) known?.set(mark.offset, mark);
  }

  #file(date: string): string {
    return path.join(this.#dir, `${date}.ndjson`);
  }
}

function markOf(line: string): Mark | undefined {
  try {
    const value: unknown = parseJson(line);
    if (!isRecord(value)) return undefined;
    const { offset, result, at, by } = value;
    if (typeof offset !== 'number' || typeof at !== 'string' || typeof by !== 'string' || !isResult(result)) return undefined;
    return { offset, result, at, by };
  } catch {
    return undefined;
  }
}

function isResult(value: unknown): value is MarkResult {
  return RESULTS.has(value);
}

const LINE_FEED = 0x0a;
