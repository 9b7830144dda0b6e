import path from 'node:path';
import { microsToText } from '@daybook/protocol';
import type { Base } from '../base/types.ts';
import { placeOf, QuarantineDays, type Stored } from './quarantine-days.ts';
import { type Mark, type MarkResult, QuarantineMarks } from './quarantine-marks.ts';
import { Sequences } from './sequences.ts';

/** A record as it is shown. */
export interface Shown {
  readonly id: string;
  readonly at: string;
  readonly producer: string;
  readonly source: string;
  readonly format: string;
  readonly code: string;
  readonly field: string;
  readonly reason: string;
  readonly line: number | null;
  readonly file: string | null;
  /** What came, redacted: text, bytes, or an item of JSON; none when it was too long to be kept. */
  readonly content:
    | { readonly kind: 'text' | 'base64'; readonly value: string }
    | { readonly kind: 'item'; readonly value: unknown }
    | { readonly kind: 'none' };
  /** Length of what came, where that is more than is kept. */
  readonly bytes: number | null;
  readonly mark: Pick<Mark, 'result' | 'at' | 'by'> | null;
}

export interface Choice {
  readonly source?: string | undefined;
  readonly format?: string | undefined;
  readonly code?: string | undefined;
  /** Whether records that were settled are shown, too. */
  readonly settled?: boolean | undefined;
}

export interface Page {
  readonly records: readonly Shown[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

export interface Group {
  readonly source: string;
  readonly format: string;
  readonly code: string;
  readonly count: number;
  /** Neither imported again nor dismissed. */
  readonly open: number;
  readonly last: string;
}

/** Bytes that one page looks through: a tenth of a second or so; a page may so be short or empty and still have a next one. */
const PAGE_BYTES = 32 * 1024 * 1024;
/** Kinds of trouble a day: beyond it they are counted as `…`. */
const GROUPS_MAX = 2000;

interface Day {
  scanned: number;
  readonly groups: Map<string, { count: number; last: string }>;
  /** Group of each settled record. */
  readonly keys: Map<number, string>;
}

/** Shows what is in quarantine. */
export class QuarantineView {
  readonly days: QuarantineDays;
  readonly marks: QuarantineMarks;
  readonly #clock: Base['clock'];
  readonly #known = new Map<string, Day>();
  /** Numbers of producers' counters that lie here: gaps that are explained. */
  readonly #explained = new Sequences();
  #scanning: Promise<unknown> = Promise.resolve();

  constructor(base: Pick<Base, 'clock' | 'files' | 'config'>, dir: string) {
    this.#clock = base.clock;
    this.days = new QuarantineDays(base.files, dir);
    this.marks = new QuarantineMarks(base.files, path.join(base.config.dataDir, 'control', 'quarantine'));
  }

  /** The newest first, before the record `before`. */
  async page(choice: Choice, { before, limit }: { readonly before?: string | undefined; readonly limit: number }): Promise<Page> {
    const from = before === undefined ? undefined : placeOf(before);
    const records: Shown[] = [];
    let looked = 0;
    let last: Stored | undefined;
    for (const date of (await this.days.dates()).toReversed()) {
      if (from !== undefined && date > from.date) continue;
      const marks = await this.marks.of(date);
      for await (const stored of this.days.backward(date, from?.date === date ? from.offset : Number.MAX_SAFE_INTEGER)) {
        if (records.length === limit || looked > PAGE_BYTES) return { records, next: last?.id ?? null };
        looked += last?.date === date ? last.offset - stored.offset : 0;
        last = stored;
        const shown = shownOf(stored, marks.get(stored.offset));
        if (isChosen(shown, choice)) records.push(shown);
      }
    }
    return { records, next: null };
  }

  async get(id: string): Promise<{ readonly stored: Stored; readonly shown: Shown } | undefined> {
    const stored = await this.days.get(id);
    return stored === undefined ? undefined : { stored, shown: shownOf(stored, (await this.marks.of(stored.date)).get(stored.offset)) };
  }

  async settle(settled: readonly { readonly id: string; readonly result: MarkResult }[], by: string): Promise<void> {
    const at = microsToText(this.#clock.nowMicros());
    const byDate = new Map<string, Mark[]>();
    for (const { id, result } of settled) {
      const place = placeOf(id);
      if (place === undefined) continue;
      byDate.set(place.date, [...(byDate.get(place.date) ?? []), { offset: place.offset, result, at, by }]);
    }
    for (const [date, marks] of byDate) await this.marks.add(date, marks);
  }

  /** What lies in the newest `days` days, by source, format and code. */
  async groups(days: number): Promise<Group[]> {
    await this.#scan();
    const from = microsToText(this.#clock.nowMicros() - (days - 1) * DAY_MICROS).slice(0, 10);
    const all = new Map<string, { count: number; open: number; last: string }>();
    for (const [date, day] of this.#known) {
      if (date < from) continue;
      const settled = await this.#settledBy(date, day);
      for (const [key, { count, last }] of day.groups) {
        const sum = all.get(key) ?? { count: 0, open: 0, last: '' };
        const open = count - (settled.get(key) ?? 0);
        all.set(key, { count: sum.count + count, open: sum.open + open, last: last > sum.last ? last : sum.last });
      }
    }
    return [...all]
      .map(([key, sum]) => {
        const [source = '', format = '', code = ''] = key.split('\0');
        return { source, format, code, ...sum };
      })
      .sort((a, b) => b.open - a.open || b.count - a.count || (a.source < b.source ? -1 : 1));
  }

  /** Whether a number of a producer's counter lies here. */
  async explained(): Promise<(src: string, n: number) => boolean> {
    await this.#scan();
    return (src, n) => this.#explained.has(src, n);
  }

  async #settledBy(date: string, day: Day): Promise<Map<string, number>> {
    const settled = new Map<string, number>();
    for (const offset of (await this.marks.of(date)).keys()) {
      const key = day.keys.get(offset);
      if (key !== undefined) settled.set(key, (settled.get(key) ?? 0) + 1);
    }
    return settled;
  }

  /** Reads what has come since; one scan at a time. */
  #scan(): Promise<unknown> {
    const scan = async () => {
      for (const date of await this.days.dates()) {
        const day = this.#known.get(date) ?? { scanned: 0, groups: new Map(), keys: new Map() };
        this.#known.set(date, day);
        if (day.scanned >= (await this.days.bytes(date))) continue;
        for await (const { stored, end } of this.days.forward(date, day.scanned)) {
          day.scanned = end;
          if (stored !== undefined) this.#note(day, stored);
        }
      }
    };
    this.#scanning = this.#scanning.then(scan, scan);
    return this.#scanning;
  }

  #note(day: Day, stored: Stored): void {
    const { source, format, code, at } = shownOf(stored, undefined);
    const wanted = `${source}\0${format}\0${code}`;
    const key = day.groups.has(wanted) || day.groups.size < GROUPS_MAX ? wanted : '…\0…\0…';
    const group = day.groups.get(key) ?? { count: 0, last: '' };
    day.groups.set(key, { count: group.count + 1, last: at > group.last ? at : group.last });
    if (day.keys.size < KEYS_MAX) day.keys.set(stored.offset, key);
    const { src, sseq } = stored.record;
    if (typeof src === 'string' && typeof sseq === 'number') this.#explained.add(src, sseq);
  }
}

/** Records of a day whose group is remembered, for the count of open ones: beyond it, settled ones count as open. */
const KEYS_MAX = 200_000;
const DAY_MICROS = 86_400_000_000;

function shownOf({ id, record }: Stored, mark: Mark | undefined): Shown {
  const text = (name: string) => (typeof record[name] === 'string' ? record[name] : '');
  const number = (name: string) => (typeof record[name] === 'number' ? record[name] : null);
  const isLine = record['kind'] === 'line';
  return {
    id,
    at: text('at'),
    producer: text('producer'),
    source: isLine ? text('source') : text('producer'),
    format: isLine ? text('format') : 'json',
    code: text('code'),
    field: text('field'),
    reason: text('reason'),
    line: number('line'),
    file: typeof record['file'] === 'string' ? record['file'] : null,
    content: contentOf(record),
    bytes: number('bytes') ?? number('item_bytes'),
    mark: mark === undefined ? null : { result: mark.result, at: mark.at, by: mark.by },
  };
}

function contentOf(record: Stored['record']): Shown['content'] {
  if (typeof record['text'] === 'string') return { kind: 'text', value: record['text'] };
  if (typeof record['base64'] === 'string') return { kind: 'base64', value: record['base64'] };
  return 'item' in record ? { kind: 'item', value: record['item'] } : { kind: 'none' };
}

function isChosen(shown: Shown, { source, format, code, settled }: Choice): boolean {
  if (source !== undefined && shown.source !== source) return false;
  if (format !== undefined && shown.format !== format) return false;
  if (code !== undefined && shown.code !== code) return false;
  return settled === true || shown.mark === null;
}
