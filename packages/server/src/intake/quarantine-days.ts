import path from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { isRecord, parseJson } from '@daybook/protocol';
import type { Files } from '../base/files.ts';

/** Reads the quarantine's files: a record is named by its day and where its line begins, `2026-01-31-4711`. */
export interface Stored {
  readonly id: string;
  readonly date: string;
  readonly offset: number;
  /** The record, as it was written. */
  readonly record: Readonly<Record<string, unknown>>;
}

const READ_BYTES = 1024 * 1024;
const FILE = /^(\d{4}-\d\d-\d\d)\.ndjson$/;
const ID = /^(\d{4}-\d\d-\d\d)-(\d{1,12})$/;
const LINE_FEED = 0x0a;

export class QuarantineDays {
  readonly #files: Files;
  readonly #dir: string;

  constructor(files: Files, dir: string) {
    this.#files = files;
    this.#dir = dir;
  }

  /** Days that have something, the oldest first. */
  async dates(): Promise<string[]> {
    return (await this.#files.list(this.#dir)).flatMap((name) => FILE.exec(name)?.[1] ?? []);
  }

  async bytes(date: string): Promise<number> {
    return (await this.#files.stat(this.#file(date)))?.bytes ?? 0;
  }

  /** Whole lines of a day from a place on, the oldest first; what a crash tore off is left out. */
  async *forward(date: string, from: number): AsyncGenerator<{ readonly stored: Stored | undefined; readonly end: number }> {
    let at = from;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const bytes = await this.#read(date, at + rest.length, READ_BYTES);
      if (bytes.length === 0) return;
      const chunk = Buffer.concat([rest, bytes]);
      let begin = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, begin)) {
        yield { stored: storedOf(date, at + begin, chunk.subarray(begin, end)), end: at + end + 1 };
        begin = end + 1;
      }
      rest = chunk.subarray(begin);
      at += begin;
      await yieldToOthers();
    }
  }

  /** Whole lines of a day that begin before a place, the newest first. */
  async *backward(date: string, before: number): AsyncGenerator<Stored> {
    let end = Math.min(before, await this.bytes(date));
    let rest: Buffer = Buffer.alloc(0);
    while (end > 0) {
      const from = Math.max(0, end - READ_BYTES);
      const bytes = await this.#read(date, from, end - from);
      const chunk = Buffer.concat([bytes, rest]);
      // The first line of a chunk has its beginning in the one before, unless that is where the file begins.
      const firstBegin = from === 0 ? 0 : 1;
      let stop = chunk.length;
      for (let begin = lineBegin(chunk, stop); begin >= firstBegin; begin = lineBegin(chunk, stop)) {
        const stored = chunk[stop - 1] === LINE_FEED ? storedOf(date, from + begin, chunk.subarray(begin, stop - 1)) : undefined;
        if (stored !== undefined) yield stored;
        stop = begin;
      }
      rest = chunk.subarray(0, stop);
      end = from;
      await yieldToOthers();
    }
  }

  /** The record of an id; undefined when there is none. */
  async get(id: string): Promise<Stored | undefined> {
    const place = placeOf(id);
    if (place === undefined) return undefined;
    const { date, offset } = place;
    if (offset > 0 && (await this.#read(date, offset - 1, 1))[0] !== LINE_FEED) return undefined;
    const bytes = await this.#read(date, offset, LINE_READ_BYTES);
    const end = bytes.indexOf(LINE_FEED);
    return end < 0 ? undefined : storedOf(date, offset, bytes.subarray(0, end));
  }

  async #read(date: string, position: number, length: number): Promise<Buffer> {
    // Opening creates: what is not there stays away.
    if ((await this.#files.stat(this.#file(date))) === undefined) return Buffer.alloc(0);
    const file = await this.#files.open(this.#file(date));
    try {
      return await file.read(position, length);
    } finally {
      await file.close();
    }
  }

  #file(date: string): string {
    return path.join(this.#dir, `${date}.ndjson`);
  }
}

/** A record and some more: they have at most 64 KiB. */
const LINE_READ_BYTES = 80 * 1024;

export function placeOf(id: string): { readonly date: string; readonly offset: number } | undefined {
  const [, date, offset] = ID.exec(id) ?? [];
  return date === undefined ? undefined : { date, offset: Number(offset) };
}

/** Where the line begins that ends (with its line feed) at `stop`; 0 also when that is before the chunk; -1 when nothing is left. */
function lineBegin(chunk: Buffer, stop: number): number {
  if (stop === 0) return -1;
  return stop < 2 ? 0 : chunk.lastIndexOf(LINE_FEED, stop - 2) + 1;
}

function storedOf(date: string, offset: number, line: Buffer): Stored | undefined {
  try {
    const record: unknown = parseJson(line.toString('utf8'));
    return isRecord(record) ? { id: `${date}-${offset}`, date, offset, record } : undefined;
  } catch {
    // `verify` finds it; here there is nothing to show.
    return undefined;
  }
}
