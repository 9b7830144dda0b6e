import path from 'node:path';
import { crc32 } from 'node:zlib';
import { microsToText, parseJson } from '@daybook/protocol';
import type { Base } from '../base/types.ts';

/**
 * What became of the lines that importers, agents and receivers read: events, noise by kind (understood, but no access), folded by kind (repetitions
 * counted into one event), quarantined by code. By day of receipt, source and format.
 *
 * On disk, below `control/capture-counts/<UTC date>.json`: one line of JSON, newline, its CRC-32 in hex, newline; replaced as a whole. A count is answered
 * when it is on disk.
 */
export interface LineCounts {
  events: number;
  noise: Record<string, number>;
  folded: Record<string, number>;
  quarantine: Record<string, number>;
}

export interface CountReport {
  readonly source: string;
  readonly format: string;
  /** The same id is counted once. */
  readonly id?: string | undefined;
  readonly events: number;
  readonly noise: Readonly<Record<string, number>>;
  readonly folded: Readonly<Record<string, number>>;
  readonly quarantine: Readonly<Record<string, number>>;
}

interface Day {
  readonly v: 1;
  /** Key: source, NUL, format. */
  readonly counts: Record<string, LineCounts>;
  readonly ids: string[];
}

/** Sources × formats of a day: beyond it they are counted together as source `…`. */
export const KEYS_MAX = 2000;
/** Kinds of one source and format: beyond it they are counted as `other`. */
export const KINDS_MAX = 100;
/** Ids of reports that are remembered: a repetition comes within seconds, not thousands of reports later. */
export const IDS_MAX = 1000;
/** Days kept: what coverage looks back over at the most. */
export const DAYS_MAX = 100;

type CountsBase = Pick<Base, 'config' | 'files' | 'clock'>;

export class CaptureCounts {
  readonly #base: CountsBase;
  readonly #dir: string;
  #date = '';
  #day: Day = { v: 1, counts: {}, ids: [] };
  #ids = new Set<string>();
  #work: Promise<unknown> = Promise.resolve();
  #waiting: CountReport[] = [];
  #written: Promise<void> | undefined;

  constructor(base: CountsBase) {
    this.#base = base;
    this.#dir = path.join(base.config.dataDir, 'control', 'capture-counts');
  }

  /** Counts; resolves when it is on disk. What waits while another write is on its way goes out in one. */
  add(reports: readonly CountReport[]): Promise<void> {
    if (reports.length === 0) return Promise.resolve();
    for (const report of reports) this.#waiting.push(report);
    this.#written ??= this.#exclusive(async () => {
      this.#written = undefined;
      const taken = this.#waiting;
      this.#waiting = [];
      await this.#open(microsToText(this.#base.clock.nowMicros()).slice(0, 10));
      for (const report of taken) this.#count(report);
      await this.#write();
    });
    return this.#written;
  }

  /** Sums of the newest `days` days by source, NUL, format. */
  sums(days: number): Promise<Map<string, LineCounts>> {
    return this.#exclusive(async () => {
      const today = microsToText(this.#base.clock.nowMicros()).slice(0, 10);
      await this.#open(today);
      const from = microsToText(this.#base.clock.nowMicros() - (days - 1) * DAY_MICROS).slice(0, 10);
      const sums = new Map<string, LineCounts>();
      for (const name of await this.#base.files.list(this.#dir)) {
        const date = /^(\d{4}-\d\d-\d\d)\.json$/.exec(name)?.[1];
        if (date === undefined || date < from || date > today) continue;
        const day = date === this.#date ? this.#day : await this.#read(date);
        for (const [key, counts] of Object.entries(day.counts)) addCounts(entryOf(sums, key), counts);
      }
      return sums;
    });
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work, work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #open(date: string): Promise<void> {
    if (date === this.#date) return;
    this.#day = await this.#read(date);
    this.#ids = new Set(this.#day.ids);
    this.#date = date;
    await this.#removeOld(date);
  }

  async #read(date: string): Promise<Day> {
    const bytes = await this.#base.files.read(this.#file(date));
    const [text = '', crc = ''] = (bytes?.toString('utf8') ?? '').split('\n');
    if (text === '' || crc !== crc32(text).toString(16)) return { v: 1, counts: {}, ids: [] };
    const day: unknown = parseJson(text);
    return isDay(day) ? day : { v: 1, counts: {}, ids: [] };
  }

  async #write(): Promise<void> {
    const text = JSON.stringify({ ...this.#day, ids: [...this.#ids] } satisfies Day);
    await this.#base.files.makeDir(this.#dir);
    await this.#base.files.replace(this.#file(this.#date), Buffer.from(`${text}\n${crc32(text).toString(16)}\n`));
  }

  #count(report: CountReport): void {
    if (report.id !== undefined) {
      if (this.#ids.has(report.id)) return;
      this.#ids.add(report.id);
      for (const oldest of this.#ids) {
        if (this.#ids.size <= IDS_MAX) break;
        this.#ids.delete(oldest);
      }
    }
    const { counts } = this.#day;
    const key = `${report.source}\0${report.format}`;
    const known = Object.hasOwn(counts, key) || Object.keys(counts).length < KEYS_MAX;
    const at = known ? key : OTHERS;
    addCounts((counts[at] ??= emptyCounts()), report);
  }

  async #removeOld(today: string): Promise<void> {
    const old = (await this.#base.files.list(this.#dir))
      .filter((name) => /^\d{4}-\d\d-\d\d\.json$/.test(name) && name < today)
      .slice(0, -DAYS_MAX);
    for (const name of old) await this.#base.files.remove(path.join(this.#dir, name));
  }

  #file(date: string): string {
    return path.join(this.#dir, `${date}.json`);
  }
}

export function emptyCounts(): LineCounts {
  return { events: 0, noise: {}, folded: {}, quarantine: {} };
}

export function addCounts(to: LineCounts, from: Omit<CountReport, 'source' | 'format' | 'id'>): void {
  to.events += from.events;
  for (const part of ['noise', 'folded', 'quarantine'] as const) {
    const kinds = to[part];
    for (const [kind, count] of Object.entries(from[part])) {
      const name = Object.hasOwn(kinds, kind) || Object.keys(kinds).length < KINDS_MAX ? kind : 'other';
      kinds[name] = (kinds[name] ?? 0) + count;
    }
  }
}

function entryOf(sums: Map<string, LineCounts>, key: string): LineCounts {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const made = emptyCounts();
  sums.set(key, made);
  return made;
}

/** Our own bytes, whole by their CRC: the version is what there is to check. */
function isDay(value: unknown): value is Day {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === 1;
}

const DAY_MICROS = 86_400_000_000;
const OTHERS = '…\0…';
