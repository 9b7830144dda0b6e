import type { MappingRow } from '../format.ts';
import { PRODUCERS } from './producers.ts';
import { WELL_KNOWN } from './well-known.ts';

/** What the formats make of records about which they know nothing but the names: made from the tables by which they do it. */
export const CLAIMS_MAPPING: readonly MappingRow[] = [
  {
    record: 'without a mapping',
    field: 'every field',
    from: 'its canonical name or an alias of it, as the server takes them; then as below',
  },
  { record: 'with a mapping', field: 'every field', from: 'what the mapping says; then its canonical name' },
  { record: '*', field: 'action', from: "action, else the verb that event_type stands for, else the request's method, else access" },
  {
    record: '*',
    field: 'outcome',
    from: 'a word or a status: success, failure, denied; of several the one that says a failure; else unknown',
  },
  { record: '*', field: 'attributes', from: 'everything else, unchanged but for secrets; objects whole' },
  ...rows('*', WELL_KNOWN),
];

/** The programs whose records are told by their names: a part of the reference page of its own, for all three formats have them. */
export const PRODUCER_ROWS: readonly MappingRow[] = PRODUCERS.flatMap(({ title, when, names }) => [
  { record: title, field: '', from: `told by ${when.map((one) => one.replaceAll('|', ' or ').replaceAll('·', ' ')).join(', and ')}` },
  ...rows(title, names),
]);

function rows(record: string, names: Readonly<Record<string, string>>): MappingRow[] {
  return Object.entries(names)
    .filter(([, list]) => list !== '')
    .map(([field, list]) => ({ record, field, from: list.startsWith("'") ? list.slice(1, -1) : list.split(' ').map(told).join(', ') }));
}

/** A name without the word for how it is read; `a+b` are two names. */
function told(text: string): string {
  return (text.split(':')[0] ?? '').replace('+', ' and ').replaceAll('·', ' ');
}
