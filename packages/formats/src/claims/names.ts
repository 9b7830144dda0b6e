import { FIELD_INDEX, FIELDS, KEYS } from '@daybook/protocol';
import { PRODUCERS } from './producers.ts';
import { CONTAINERS, WELL_KNOWN } from './well-known.ts';

/** What a value under a name may be. */
export interface Meaning {
  readonly field: number;
  /** The lowest wins. */
  readonly rank: number;
  /** A reader of readers.ts; undefined: by the field's type. */
  readonly reader: string | undefined;
  /** Only in records of this producer; -1 in all. */
  readonly producer: number;
}

/** All that is known of a name, or of a path of names. */
export interface Name {
  /** By rank. */
  readonly meanings: readonly Meaning[];
  /** Names inside of it mean something. */
  readonly opens: boolean;
  /** Names inside of it are as the record's own. */
  readonly contains: boolean;
  /** Producers that may be told by it. */
  readonly tells: readonly number[];
}

/** Ranks: the canonical name, what a producer means, the aliases, what is known of names at large; those inside of a container come behind. */
export const CANONICAL = 0;
const PRODUCER_RANK = 10;
export const ALIAS_RANK = 1000;
export const FOLDED_ALIAS_RANK = 1100;
export const WELL_KNOWN_RANK = 2000;
export const CONTAINED_RANK = 10_000;

/** One of several paths must be there, with one of the values when there are some. */
export interface Condition {
  readonly paths: readonly { readonly path: string; readonly reader: string | undefined }[];
  readonly values: ReadonlySet<string> | undefined;
}

export const CONDITIONS: readonly (readonly Condition[])[] = PRODUCERS.map(({ when }) => when.map(conditionOf));

/** Fields that a producer gives as constants, or that are not what their names say. */
export const CONSTANTS: readonly (readonly { readonly field: number; readonly value: string }[])[] = PRODUCERS.map(({ names }) =>
  Object.entries(names).flatMap(([field, paths]) =>
    /^(?:'.*')?$/.test(paths) ? [{ field: mustIndex(field), value: paths.slice(1, -1) }] : [],
  ),
);

function conditionOf(text: string): Condition {
  const [left = '', right] = text.split('=');
  const paths = left.split('|').map(pathOf);
  return { paths, values: right === undefined ? undefined : new Set(right.split('|')) };
}

/** A point in the middle stands for a blank in a name, since blanks part the names of a list. */
function pathOf(text: string): { path: string; reader: string | undefined } {
  const [path = '', reader] = text.split(':');
  return { path: path.replaceAll('·', ' '), reader };
}

function mustIndex(name: string): number {
  const index = FIELD_INDEX.get(name);
  if (index === undefined) throw new Error(`no field ${name}`);
  return index;
}

// ---- the tables

const exact = new Map<string, Meaning[]>();
const folded = new Map<string, Meaning[]>();
/** Aliases whatever their case: for names of one step only. */
const foldedAliases = new Map<string, Meaning[]>();
const openers = new Set<string>();
const foldedOpeners = new Set<string>();
const tellers = new Map<string, number[]>();
const containers = new Set(CONTAINERS);
/** Fields whose names mean them only as they stand: an `Event ID` may be the number of a kind, a `Source` or a `Channel` anything. */
const LITERAL: ReadonlySet<string> = new Set([
  'event_id',
  'source_event_id',
  'source',
  'channel',
  'tenant_id',
  'importance',
  'attributes',
  'labels',
  'changes',
  'severity',
  'category',
  'location',
  'purpose',
]);

for (const [key, meaning] of KEYS) {
  if (meaning.kind !== 'field') continue;
  const { field, rank } = meaning;
  add(exact, key, { field, rank: rank === 0 ? CANONICAL : ALIAS_RANK + rank, reader: undefined, producer: -1 });
  if (!LITERAL.has(FIELDS[field]?.name ?? ''))
    add(foldedAliases, foldedName(key), { field, rank: FOLDED_ALIAS_RANK + rank, reader: undefined, producer: -1 });
}
for (const [producer, { names }] of PRODUCERS.entries())
  for (const { path, ...meaning } of meanings(names, PRODUCER_RANK, producer)) {
    add(exact, path, meaning);
    for (const opener of stepsBefore(path)) openers.add(opener);
  }
for (const { path, ...meaning } of meanings(WELL_KNOWN, WELL_KNOWN_RANK, -1)) {
  add(folded, foldedName(path), meaning);
  for (const opener of stepsBefore(path)) foldedOpeners.add(foldedName(opener));
}
for (const [producer, [first]] of CONDITIONS.entries())
  for (const { path } of first?.paths ?? []) {
    tellers.set(path, [...(tellers.get(path) ?? []), producer]);
    for (const opener of stepsBefore(path)) openers.add(opener);
  }

function* meanings(names: Readonly<Record<string, string>>, base: number, producer: number): Generator<Meaning & { path: string }> {
  for (const [field, list] of Object.entries(names)) {
    if (/^(?:'.*')?$/.test(list)) continue;
    for (const [i, text] of list.split(' ').entries()) {
      const { path, reader } = pathOf(text);
      const [first = '', second] = path.split('+');
      yield { path: first, field: mustIndex(field), rank: base + i, reader: second === undefined ? reader : `with ${second}`, producer };
    }
  }
}

function add(table: Map<string, Meaning[]>, name: string, meaning: Meaning): void {
  table.set(name, [...(table.get(name) ?? []), meaning]);
}

function stepsBefore(path: string): string[] {
  const steps = path.split('.');
  return steps.slice(1).map((_, i) => steps.slice(0, i + 1).join('.'));
}

/** Without case, blanks, `_`, `-`, points, and what stands in brackets behind: `Date (UTC)`. */
export function foldedName(name: string): string {
  return name
    .toLowerCase()
    .replace(/\s?\([^()]{1,12}\)$/, '')
    .replace(/[\s_.-]/g, '');
}

// ---- look-up

/** Names are remembered, also that they mean nothing: logs have some hundred. Beyond, and longer ones, are looked up each time, or mean nothing. */
const REMEMBERED_MAX = 8192;
const NAME_CHARS_MAX = 128;
const remembered = new Map<string, Name>();
const NOTHING: Name = { meanings: [], opens: false, contains: false, tells: [] };

/** What is known of a name at the top of a record, or of a path with points. */
export function nameOf(path: string): Name {
  const known = remembered.get(path);
  if (known !== undefined) return known;
  if (path.length > NAME_CHARS_MAX) return NOTHING;
  const found = lookUp(path);
  if (remembered.size < REMEMBERED_MAX) remembered.set(path, found);
  return found;
}

function lookUp(path: string): Name {
  const fold = foldedName(path);
  const all = [...(exact.get(path) ?? []), ...(path.includes('.') ? [] : (foldedAliases.get(fold) ?? [])), ...(folded.get(fold) ?? [])];
  const opens = openers.has(path) || foldedOpeners.has(fold);
  const contains = containers.has(path);
  const tells = tellers.get(path) ?? [];
  if (all.length === 0 && !opens && !contains && tells.length === 0) return NOTHING;
  return { meanings: all.toSorted((a, b) => a.rank - b.rank), opens, contains, tells };
}
