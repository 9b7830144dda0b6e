import { DaybookError, ENTRY_KINDS, FIELDS, parseJson } from '@daybook/protocol';
import { isRecord } from '../base/json.ts';
import type { Scope } from '../base/policy.ts';
import { inScope, masked, maskedFields } from '../base/scope.ts';
import type { EntryText } from './row-text.ts';

/**
 * The filter of a tail: `field=value`, repeated values are alternatives, different fields must all match. Fields are those of the event, and `kind`
 * and `src` of the entry; lists match when they hold the value; `labels.KEY` and `attributes.KEY` look inside.
 */
export interface TailFilter {
  /** Cheap and never wrong about a match: false only when the entry can't match. */
  maybe(entry: Buffer): boolean;
  matches(entry: EntryText): boolean;
  /** The entry as the reader may see it; undefined when it is outside of the scope. */
  seen(entry: EntryText): EntryText | undefined;
}

const FRAME_FIELDS = ['kind', 'src'];
/** A filter is typed by a person. */
const CONDITIONS_MAX = 50;

interface Condition {
  readonly path: readonly string[];
  readonly values: readonly string[];
}

export function parseTailFilter(parameters: ReadonlyMap<string, readonly string[]>, scope: Scope | null = null): TailFilter {
  const conditions = [...parameters].map(([name, values]) => parseCondition(name, values));
  if (conditions.flatMap((c) => c.values).length > CONDITIONS_MAX) throw bad(`At most ${CONDITIONS_MAX} values.`, 'query');
  const hidden = scope === null ? new Set<string>() : maskedFields(scope);
  const guessed = conditions.find((c) => hidden.has(c.path[0] ?? ''));
  // That a guess matches would tell what is hidden.
  if (guessed !== undefined) throw new DaybookError('forbidden', `${guessed.path[0]} is hidden from you: it cannot be filtered by.`);
  const inFrame = conditions.filter((c) => FRAME_FIELDS.includes(c.path[0] ?? ''));
  const inEvent = conditions.filter((c) => !FRAME_FIELDS.includes(c.path[0] ?? ''));
  const marks = inEvent.map((c) => c.values.map((value) => Buffer.from(JSON.stringify(value).slice(1, -1))));
  return {
    // Every matching entry holds the value's canonical text: looking for bytes is ten times cheaper than parsing.
    maybe: (entry) => marks.every((alternatives) => alternatives.some((mark) => entry.includes(mark))),
    seen: (entry) => (scope === null ? entry : seenWithin(scope, entry)),
    matches({ event, frame }) {
      if (!inFrame.every((c) => holds(frame[c.path[0] ?? ''], c.values))) return false;
      if (inEvent.length === 0) return true;
      const fields: unknown = parseJson(event);
      return inEvent.every((c) => holds(at(fields, c.path), c.values));
    },
  };
}

function parseCondition(name: string, values: readonly string[]): Condition {
  const dot = name.indexOf('.');
  const path = dot < 0 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
  const field = FIELDS.find((f) => f.name === path[0]);
  const known = dot < 0 ? field !== undefined || FRAME_FIELDS.includes(name) : field?.type === 'map' || field?.type === 'json';
  if (!known) throw bad(`\`${name.slice(0, 60)}\` is no field to filter by; see the reference of event fields.`, name.slice(0, 60));
  if (name === 'kind') {
    const unknown = values.find((value) => !(ENTRY_KINDS as readonly string[]).includes(value));
    if (unknown !== undefined) throw bad(`There is no kind \`${unknown.slice(0, 60)}\`; kinds are ${ENTRY_KINDS.join(', ')}.`, 'kind');
  }
  return { path, values };
}

function seenWithin(scope: Scope, { event, frame }: EntryText): EntryText | undefined {
  const fields: unknown = parseJson(event);
  if (!isRecord(fields) || !inScope(scope, frame['kind'], fields)) return undefined;
  if (scope.masks.length === 0) return { event, frame };
  const { raw: _raw, ...rest } = frame;
  return { event: JSON.stringify(masked(scope, fields)), frame: rest };
}

function at(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (!isRecord(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

function holds(value: unknown, wanted: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((one) => holds(one, wanted));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return wanted.includes(String(value));
  // Absent is empty: `tenant_id=` finds what has none.
  return value === undefined && wanted.includes('');
}

function bad(message: string, field: string): DaybookError {
  return new DaybookError('bad_request', message, { field });
}
