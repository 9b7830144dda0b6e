/** Milliseconds since 1970. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export type Zone = 'local' | 'utc';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Ranges that end now, by their word in the address. */
export const PRESETS = [
  { word: '15m', label: 'Last 15 minutes', ms: 15 * MINUTE },
  { word: '1h', label: 'Last hour', ms: HOUR },
  { word: '24h', label: 'Last 24 hours', ms: DAY },
  { word: '7d', label: 'Last 7 days', ms: 7 * DAY },
  { word: '30d', label: 'Last 30 days', ms: 30 * DAY },
  { word: '90d', label: 'Last 90 days', ms: 90 * DAY },
  { word: '1y', label: 'Last year', ms: 365 * DAY },
] as const;

export const DEFAULT_RANGE = '7d';

/** A preset's word, or two times with `..` between them; what is neither is the default. */
export function spanOf(range: string, atMs: number): Span {
  const preset = PRESETS.find(({ word }) => word === range) ?? PRESETS.find(({ word }) => word === DEFAULT_RANGE);
  const [from, to] = range.split('..').map((text) => Date.parse(text));
  if (from !== undefined && to !== undefined && from < to) return { fromMs: from, toMs: to };
  return { fromMs: atMs - (preset?.ms ?? DAY), toMs: atMs };
}

export function rangeOf({ fromMs, toMs }: Span): string {
  return `${isoOf(fromMs)}..${isoOf(toMs)}`;
}

export function isoOf(ms: number): string {
  return new Date(Math.round(ms)).toISOString().replace('.000Z', 'Z');
}

/** One place decides how times look, so that none is local without saying so. */
export class Times {
  readonly zone: Zone;
  readonly name: string;
  readonly #zone: { readonly timeZone?: string };
  readonly #cache = new Map<string, Intl.DateTimeFormat>();

  constructor(zone: Zone, atMs: number) {
    this.zone = zone;
    this.#zone = zone === 'utc' ? { timeZone: 'UTC' } : {};
    this.name =
      zone === 'utc'
        ? 'UTC'
        : (this.#format('zone', { timeZoneName: 'shortOffset' })
            .formatToParts(atMs)
            .find(({ type }) => type === 'timeZoneName')?.value ?? 'local time');
  }

  #format(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const made = new Intl.DateTimeFormat('en-GB', { ...options, ...this.#zone });
    this.#cache.set(key, made);
    return made;
  }

  /** 4 Nov 12:34:56.789 */
  row(ms: number): string {
    const date = this.#format('row-date', { day: '2-digit', month: 'short' }).format(ms);
    const time = this.#format('row-time', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms);
    return `${date} ${time}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
  }

  /** 4 Nov 2026, 12:34 */
  moment(ms: number): string {
    return this.#format('moment', {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(ms);
  }

  /** 4 November 2026, 12:34:56 */
  whole(ms: number): string {
    return this.#format('whole', {
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    }).format(ms);
  }

  /** Of an axis: as much as the width of a bucket needs. */
  tick(ms: number, spanMs: number): string {
    if (spanMs <= 2 * DAY) return this.#format('tick-time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
    if (spanMs <= 200 * DAY) return this.#format('tick-day', { day: 'numeric', month: 'short' }).format(ms);
    return this.#format('tick-month', { month: 'short', year: 'numeric' }).format(ms);
  }

  span({ fromMs, toMs }: Span): string {
    return `${this.moment(fromMs)} – ${this.moment(toMs)}`;
  }

  /** Monday is 0. */
  hourOfWeek(ms: number): { readonly day: number; readonly hour: number } {
    const date = new Date(ms);
    if (this.zone === 'utc') return { day: (date.getUTCDay() + 6) % 7, hour: date.getUTCHours() };
    return { day: (date.getDay() + 6) % 7, hour: date.getHours() };
  }
}

/** 1.2 s, 350 ms, 4 min: of a length of time. */
export function lengthOf(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} days`;
}
