import { DaybookError, parseFilter, parseTime, textToMicros } from '@daybook/protocol';
import type { Scope } from '../../base/policy.ts';
import { maskedFields } from '../../base/scope.ts';
import { type Column, COLUMNS } from '../schema/columns.ts';
import { isAddress } from '../schema/literals.ts';
import { type Where, whereOf } from '../search/where.ts';
import { type Cursor, parseCursor } from './cursor.ts';

/** What `GET /v1/events?…` asks for. */
export interface Lookup {
  /** Column → the values that it may have; all columns must match. */
  readonly equals: ReadonlyMap<string, readonly string[]>;
  /** The filter as people type it. */
  readonly where: Where;
  /** Microseconds; inclusive. */
  readonly fromMicros: number | undefined;
  /** Exclusive. */
  readonly toMicros: number | undefined;
  readonly limit: number;
  readonly cursor: Cursor | undefined;
  /** Within which rows; null: all of them. */
  readonly scope: Scope | null;
}

export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 1000;
/** Values in one request: more is a question for SQL. */
const VALUES_MAX = 100;
const VALUE_CHARS_MAX = 4096;

const BY_NAME: ReadonlyMap<string, Column> = new Map(COLUMNS.map((column) => [column.name, column]));
/** Columns whose text has no equality that a person would expect. */
const NOT_COMPARED: ReadonlySet<string> = new Set(COLUMNS.filter(({ kind }) => kind === 'json' || kind === 'map').map(({ name }) => name));
const BOUNDS: ReadonlySet<string> = new Set(['q', 'from', 'to', 'limit', 'cursor']);

/** Reads the query string, already split; a repeated name means any of its values. Throws `bad_request`. */
export function parseLookup(query: Readonly<Record<string, unknown>>, scope: Scope | null = null): Lookup {
  const hidden = scope === null ? new Set<string>() : maskedFields(scope);
  const equals = new Map<string, readonly string[]>();
  let values = 0;
  for (const [name, given] of Object.entries(query)) {
    if (BOUNDS.has(name)) continue;
    const column = BY_NAME.get(name);
    if (column === undefined || NOT_COMPARED.has(name))
      throw bad(`${name.slice(0, 64)} is no field that can be looked up; text within others is a question for /sql.`, name);
    // That a guess matches would tell what is hidden.
    if (hidden.has(name)) throw new DaybookError('forbidden', `${name} is hidden from you: it cannot be looked up.`, { field: name });
    const texts = (Array.isArray(given) ? given : [given]).map((value) => checked(column, value));
    values += texts.length;
    equals.set(name, texts);
  }
  if (values > VALUES_MAX) throw bad(`at most ${VALUES_MAX} values in one look-up; ask /sql for more.`);
  const fromMicros = timeOf(query, 'from');
  const toMicros = timeOf(query, 'to');
  const cursorText = single(query, 'cursor');
  const cursor = cursorText === undefined ? undefined : parseCursor(cursorText);
  if (cursorText !== undefined && cursor === undefined)
    throw bad('the cursor is not one that this server gave; begin without it.', 'cursor');
  const filter = single(query, 'q') ?? '';
  const where = whereOf(filter, { hidden });
  const one = equals.size === 0 ? oneEquality(filter) : undefined;
  if (one !== undefined) {
    equals.set(one.field, [checked(one.column, one.value)]);
    return { equals, where: whereOf(''), fromMicros, toMicros, limit: limitOf(query), cursor, scope };
  }
  return { equals, where, fromMicros, toMicros, limit: limitOf(query), cursor, scope };
}

/** A typed filter that is one value of one field is the look-up by it, which may have a projection of its own. */
function oneEquality(filter: string): { readonly field: string; readonly column: Column; readonly value: string } | undefined {
  const [only, ...more] = parseFilter(filter);
  const [value, ...others] = only?.values ?? [];
  if (only === undefined || more.length > 0 || value === undefined || others.length > 0) return undefined;
  const { field = '', operator, not } = only;
  const column = BY_NAME.get(field);
  const plain = operator === ':' && !not && !value.pattern && column !== undefined && (column.kind === 'string' || column.kind === 'ip');
  // A network is no address.
  return plain && !value.text.includes('/', column.kind === 'ip' ? 0 : Number.POSITIVE_INFINITY)
    ? { field, column, value: value.text }
    : undefined;
}

function checked(column: Column, value: unknown): string {
  if (typeof value !== 'string' || value.length > VALUE_CHARS_MAX)
    throw bad(`${column.name}: a value has at most ${VALUE_CHARS_MAX} characters.`, column.name);
  const fits = FITS[column.kind]?.(value, column) ?? true;
  if (!fits) throw bad(`${column.name}: this value cannot be one of this field.`, column.name);
  return column.kind === 'time' ? String(microsOf(value)) : value;
}

const UINT = /^\d{1,16}$/;
const FITS: Partial<Record<Column['kind'], (value: string, column: Column) => boolean>> = {
  enum: (value, column) => column.words?.includes(value) ?? false,
  time: (value) => microsOf(value) !== undefined,
  uint8: (value) => /^\d{1,3}$/.test(value) && Number(value) <= 255,
  uint64: (value) => UINT.test(value),
  'nullable-uint64': (value) => UINT.test(value),
  'nullable-float64': (value) => /^-?\d{1,15}(\.\d{1,15})?$/.test(value),
  'nullable-bool': (value) => value === 'true' || value === 'false',
  ip: isAddress,
};

function single(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > VALUE_CHARS_MAX) throw bad(`${name} is given once.`, name);
  return value;
}

function timeOf(query: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const text = single(query, name);
  if (text === undefined) return undefined;
  const micros = microsOf(text);
  if (micros === undefined) throw bad(`${name} is a time: 2026-01-31T00:00:00Z.`, name);
  return micros;
}

function microsOf(text: string): number | undefined {
  const time = parseTime(text);
  return time === undefined ? undefined : textToMicros(time.text);
}

function limitOf(query: Readonly<Record<string, unknown>>): number {
  const text = single(query, 'limit');
  if (text === undefined) return LIMIT_DEFAULT;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > LIMIT_MAX) throw bad(`limit is a number from 1 to ${LIMIT_MAX}.`, 'limit');
  return limit;
}

function bad(detail: string, field?: string): DaybookError {
  return new DaybookError('bad_request', detail, field === undefined ? {} : { field });
}
