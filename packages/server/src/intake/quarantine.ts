import path from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { microsToText } from '@daybook/protocol';
import type { OpenFile } from '../base/files.ts';
import type { Base } from '../base/types.ts';
import { SLICE_BYTES, SLICE_ITEMS } from './limits.ts';
import { LINE_BYTES_MAX, lineRecord, type QuarantineLine, refusedRecord, type Refused, type Written } from './quarantine-record.ts';
import type { Redaction } from './redact.ts';

/**
 * What came and could not become an event is kept, redacted, with the reason, so that it can be looked at and imported again: items that were
 * understood as JSON but refused, and lines of which no parser knew what to make. JSON from the API that could not be parsed is only counted: nobody
 * can say what of it is secret.
 *
 * One file a day, `ledger/quarantine/<UTC date>.ndjson`, one record per line; `quarantine-record.ts` tells what stands in one.
 */

/** Whoever sends nothing but rubbish must not fill the ledger's disk. Beyond: not kept, the sender is told, and the ledger says so once a day. */
export const DAY_BYTES_MAX = 256 * 1024 * 1024;
/** A quarter of a day: one broken source leaves room for what others cannot say. */
export const SOURCE_BYTES_MAX = DAY_BYTES_MAX / 4;
/** All days together: months of what a company that looks at its quarantine has. Beyond: as above, until a day is removed. */
export const ALL_BYTES_MAX = 4 * 1024 * 1024 * 1024;

export interface Kept {
  readonly kept: number;
  /** Over a bound. */
  readonly dropped: number;
}

interface Record extends Written {
  readonly source: string;
}

export class Quarantine {
  readonly #base: Pick<Base, 'clock' | 'files'>;
  readonly dir: string;
  #tail: Promise<unknown> = Promise.resolve();
  #date = '';
  /** Of this day, since the start of the server: a restart gives a source its share anew, the bound of the day stands. */
  readonly #bySource = new Map<string, number>();
  /** Bytes of the days before. */
  #before = 0;

  constructor(base: Pick<Base, 'clock' | 'files' | 'config'>) {
    this.#base = base;
    this.dir = path.join(base.config.dataDir, 'ledger', 'quarantine');
  }

  /** Appends refused items. They are no evidence (the sender was told and has them): a power cut may lose the last ones. */
  keep(refused: readonly Refused[], redaction: Redaction): Promise<Kept> {
    const at = microsToText(this.#base.clock.nowMicros());
    return this.#queue(at, () => recordsOf(refused, (one) => ({ source: one.producer, ...refusedRecord(one, at, redaction) })), false);
  }

  /** Appends lines, durably: the sender forgets them when it hears that they are kept. */
  keepLines(producer: string, lines: readonly QuarantineLine[], redaction: Redaction): Promise<Kept> {
    const at = microsToText(this.#base.clock.nowMicros());
    const make = (one: QuarantineLine) => ({ source: one.source, ...lineRecord(producer, one, at, redaction) });
    return this.#queue(at, () => recordsOf(lines, make), true);
  }

  /** One writer at a time: calls queue. */
  #queue(at: string, make: () => Promise<Record[]>, durable: boolean): Promise<Kept> {
    const kept = this.#tail.then(async () => this.#append(at.slice(0, 10), await make(), durable));
    this.#tail = kept.catch(() => undefined);
    return kept;
  }

  async #append(date: string, records: readonly Record[], durable: boolean): Promise<Kept> {
    const { files } = this.#base;
    await files.makeDir(this.dir);
    const file = await files.open(path.join(this.dir, `${date}.ndjson`));
    try {
      if (date !== this.#date) await this.#newDay(date, file);
      const size = await file.size();
      const fitting = this.#fitting(records, size);
      if (fitting.length > 0) await file.write(fitting, size);
      if (durable && fitting.length > 0) await file.datasync();
      if (durable && size === 0) await files.syncDir(this.dir);
      return { kept: fitting.length, dropped: records.length - fitting.length };
    } finally {
      await file.close();
    }
  }

  /** The first write of a day, or of a start: what a crash tore off was never acknowledged. */
  async #newDay(date: string, file: OpenFile): Promise<void> {
    await cutTorn(file);
    const { files } = this.#base;
    let before = 0;
    for (const name of await files.list(this.dir))
      if (name !== `${date}.ndjson`) before += (await files.stat(path.join(this.dir, name)))?.bytes ?? 0;
    this.#before = before;
    this.#bySource.clear();
    this.#date = date;
  }

  #fitting(records: readonly Record[], size: number): Buffer[] {
    let bytes = size;
    const fitting: Buffer[] = [];
    for (const record of records) {
      const ofSource = (this.#bySource.get(record.source) ?? 0) + record.bytes.length;
      const ofDay = bytes + record.bytes.length;
      if (ofSource > SOURCE_BYTES_MAX || ofDay > DAY_BYTES_MAX || this.#before + ofDay > ALL_BYTES_MAX) continue;
      bytes = ofDay;
      this.#bySource.set(record.source, ofSource);
      fitting.push(record.bytes);
    }
    return fitting;
  }
}

/** Takes a last line away that has no end. */
async function cutTorn(file: OpenFile): Promise<void> {
  const size = await file.size();
  if (size === 0) return;
  const from = Math.max(0, size - LINE_BYTES_MAX);
  const tail = await file.read(from, size - from);
  const end = from + tail.lastIndexOf(LINE_FEED) + 1;
  if (end < size) await file.truncate(end);
}

/** Each in one step, for the redaction is everybody's; and a pause after as many as others may wait for. */
async function recordsOf<T>(items: readonly T[], make: (item: T) => Record): Promise<Record[]> {
  const records: Record[] = [];
  let sliceFrom = 0;
  let sliceBytes = 0;
  for (const item of items) {
    const record = make(item);
    records.push(record);
    sliceBytes += record.writtenBytes;
    if (records.length - sliceFrom < SLICE_ITEMS && sliceBytes < SLICE_BYTES) continue;
    sliceFrom = records.length;
    sliceBytes = 0;
    await yieldToOthers();
  }
  return records;
}

const LINE_FEED = 0x0a;
