import { FIELDS } from './fields.ts';

/**
 * What each key of an incoming event means: a field by its canonical name, a field by an alias, a member beside the event (`src`, `sseq`), or
 * something that only the server may say. Keys that are not here go to `attributes` unchanged.
 */
export type KeyMeaning =
  | { readonly kind: 'field'; readonly field: number; readonly rank: number }
  | { readonly kind: 'src' | 'sseq' }
  | { readonly kind: 'server' };

/** Members and columns that only the server sets, beside the fields marked `serverOnly`. */
export const SERVER_KEYS = ['log', 'idx', 'recorded_at', 'kind', 'rt', 'n', 'v'] as const;

/** `rank` 0 is the canonical key, then the aliases in the order of the table: the lowest given rank wins. */
export const KEYS: ReadonlyMap<string, KeyMeaning> = new Map(keys());

/** FIELDS index by canonical name. */
export const FIELD_INDEX: ReadonlyMap<string, number> = new Map(FIELDS.map((field, index) => [field.name, index]));

/** FIELDS index of a name that is known to exist. */
export function mustField(name: string): number {
  const index = FIELD_INDEX.get(name);
  if (index === undefined) throw new Error(`no field ${name}`);
  return index;
}

function* keys(): Generator<[string, KeyMeaning]> {
  for (const [index, field] of FIELDS.entries()) {
    yield [field.name, field.serverOnly ? { kind: 'server' } : { kind: 'field', field: index, rank: 0 }];
    for (const [i, alias] of (field.aliases ?? []).entries()) yield [alias, { kind: 'field', field: index, rank: i + 1 }];
  }
  for (const key of SERVER_KEYS) yield [key, { kind: 'server' }];
  yield ['src', { kind: 'src' }];
  yield ['sseq', { kind: 'sseq' }];
}
