import type { Principal } from '../base/types.ts';
import { type CountReport, KINDS_MAX } from './capture-counts.ts';
import { countOf, type Fields, onlyKnown, sourceOf, textOf, WORD, WORD_CHARS_MAX } from './foreign-lines.ts';
import { isObject, Rejection } from './values.ts';

const KNOWN = new Set(['source', 'format', 'id', 'events', 'noise', 'folded']);

/** One line of POST /v1/capture-counts. What was quarantined is counted when it is put there, not told a second time. */
export function countReport(fields: Fields, principal: Principal): CountReport {
  onlyKnown(fields, KNOWN);
  return {
    source: sourceOf(fields, principal),
    format: textOf(fields, 'format', { max: WORD_CHARS_MAX, pattern: WORD }),
    // Another producer's id is another id.
    ...(fields['id'] === undefined ? {} : { id: `${principal.name}/${textOf(fields, 'id', { max: WORD_CHARS_MAX })}` }),
    events: countOf(fields['events'], 'events'),
    noise: kindsOf(fields, 'noise'),
    folded: kindsOf(fields, 'folded'),
    quarantine: {},
  };
}

function kindsOf(fields: Fields, name: string): Record<string, number> {
  const value = fields[name];
  if (value === undefined) return {};
  if (!isObject(value)) throw new Rejection('field_type', name, `${name} must be an object: kind → count.`);
  const kinds = Object.entries(value);
  if (kinds.length > KINDS_MAX || kinds.some(([kind]) => kind.length > WORD_CHARS_MAX || !WORD.test(kind)))
    throw new Rejection('field_range', name, `${name} has at most ${KINDS_MAX} kinds of the form ${WORD.source}.`);
  return Object.fromEntries(kinds.map(([kind, count]) => [kind, countOf(count, `${name}.${kind}`)]));
}
