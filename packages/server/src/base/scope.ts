import { DaybookError } from '@daybook/protocol';
import type { Filter, Scope } from './policy.ts';

/** Fields by which a scope chooses rows: what the operator or the token decided, not what an event says of itself. */
export const SCOPE_FIELDS = ['source', 'tenant_id', 'resource_type', 'environment', 'host'] as const;
/** Without these a row could not be told from another, or its scope not be checked. */
export const NEVER_MASKED: readonly string[] = [
  'log',
  'idx',
  'kind',
  'timestamp',
  'recorded_at',
  'event_id',
  'importance',
  ...SCOPE_FIELDS,
];
/** Fields that tell what a masked one says, in other words. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  ip_address: ['ip', 'ip_chain'],
  query_text: ['query_hash'],
};
/** A list that a person keeps by hand. */
const VALUES_MAX = 100;
const VALUE_CHARS_MAX = 200;
const MASKS_MAX = 60;

/** Every column that a scope hides, the implied ones included. */
export function maskedFields(scope: Scope): ReadonlySet<string> {
  return new Set(scope.masks.flatMap((field) => [field, ...(IMPLIED[field] ?? [])]));
}

/** Whether someone with this scope may see an entry. */
export function inScope(scope: Scope, kind: unknown, event: Readonly<Record<string, unknown>>): boolean {
  if (kind !== 'event') return false;
  const matches = (filter: Filter) =>
    Object.entries(filter).every(([field, values]) => {
      const value = Object.hasOwn(event, field) ? event[field] : undefined;
      return typeof value === 'string' && values.includes(value);
    });
  return (scope.own === null || matches(scope.own)) && (scope.any.length === 0 || scope.any.some(matches));
}

/** An event without what the scope hides. */
export function masked(scope: Scope, event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const hidden = maskedFields(scope);
  return Object.fromEntries(Object.entries(event).filter(([field]) => !hidden.has(field)));
}

/** Checks a filter from outside; null and an empty one mean no filter. */
export function parseFilter(value: Readonly<Record<string, readonly string[]>> | null | undefined): Filter | null {
  if (value === null || value === undefined) return null;
  const entries = Object.entries(value);
  for (const [field, values] of entries) {
    if (!(SCOPE_FIELDS as readonly string[]).includes(field))
      throw new DaybookError('bad_request', `A scope chooses by ${SCOPE_FIELDS.join(', ')}; not by ${field.slice(0, 60)}.`, {
        field: 'scope',
      });
    if (values.length === 0 || values.length > VALUES_MAX || values.some((v) => v === '' || v.length > VALUE_CHARS_MAX))
      throw new DaybookError('bad_request', `A scope has 1 to ${VALUES_MAX} values of 1 to ${VALUE_CHARS_MAX} characters per field.`, {
        field: 'scope',
      });
  }
  // An empty filter would match every row: nobody who writes a scope means that.
  if (entries.length === 0)
    throw new DaybookError('bad_request', 'A scope names at least one field; leave it out for none.', { field: 'scope' });
  return Object.fromEntries(entries.map(([field, values]) => [field, [...new Set(values)].sort()]));
}

/** Checks masks from outside against the fields that exist. */
export function parseMasks(masks: readonly string[] | undefined, fields: readonly string[]): readonly string[] {
  const wanted = [...new Set(masks ?? [])].sort();
  const wrong = wanted.find((field) => !fields.includes(field) || NEVER_MASKED.includes(field));
  if (wrong !== undefined || wanted.length > MASKS_MAX)
    throw new DaybookError('bad_request', `${(wrong ?? 'So many').slice(0, 60)} cannot be masked.`, { field: 'masks' });
  return wanted;
}
