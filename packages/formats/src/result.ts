/** What a format says of one record. Every record of the input gives exactly one, in the input's order as far as records are whole. */
export interface Result extends Place, Verdict {
  /** Name of the format that read it: for a file of mixed formats not always the file's. */
  readonly format: string;
  /** The record as it stood, decoded: for quarantine, and as the original beside what was read from it. */
  readonly text: string;
}

/** Where a record stands in its input. */
export interface Place {
  /** Line on which it begins, from 1. */
  readonly line: number;
  /** Line on which it ends; the same for a record of one line. */
  readonly lastLine: number;
  /** First byte, from 0 at the beginning of the (unpacked) input. */
  readonly offset: number;
  /** The byte behind it, its line end included. */
  readonly end: number;
}

/** What a record is, apart from its place. */
export interface Verdict {
  readonly result: 'event' | 'noise' | 'quarantine';
  /** Which noise, or why quarantine: a word of `a-z_`, counted by it. */
  readonly code?: string | undefined;
  /** Why quarantine, as a sentence for people. */
  readonly reason?: string | undefined;
  /** Canonical field names (packages/protocol/src/fields.ts) and values that intake takes. */
  readonly event?: EventFields | undefined;
}

export type EventFields = Readonly<Record<string, unknown>>;

/** An event without its absent fields, so that formats need not ask for each: undefined, null, '' and empty lists and objects are left out. */
export function event(fields: EventFields, more?: EventFields): Verdict {
  const kept: Record<string, unknown> = {};
  keep(fields, kept);
  // Two objects walked cost a tenth of one spread into the other.
  if (more !== undefined) keep(more, kept);
  return { result: 'event', event: kept };
}

function keep(fields: EventFields, kept: Record<string, unknown>): void {
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || value === '' || value === null) continue;
    if (typeof value === 'object' && isEmpty(value)) continue;
    kept[name] = value;
  }
}

export const noise = (code: string): Verdict => ({ result: 'noise', code });
export const quarantine = (code: string, reason: string): Verdict => ({ result: 'quarantine', code, reason });

function isEmpty(value: object): boolean {
  for (const name in value) if (Object.hasOwn(value, name)) return false;
  return true;
}
