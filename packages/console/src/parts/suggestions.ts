import { formatCondition } from '@daybook/protocol';
import { address, askJson } from '../api.ts';
import { visible } from '../event.ts';
import { FIELD_WORDS } from '../fields.ts';
import { whole } from '../numbers.ts';
import { useQuery } from '../use-query.ts';

export interface Suggestion {
  readonly label: string;
  readonly hint: string;
  /** Stands in place of what is being typed. */
  readonly insert: string;
}

interface Facets {
  readonly facets: Readonly<Record<string, readonly { readonly value: string; readonly count: number }[]>>;
}

const SUGGESTIONS_MAX = 9;
const WORD = /[^\s()"]*$/;

/** What could be meant at the caret: a field, or a value of the field that was named; the values that occur, most frequent first. */
export function useSuggestions(
  text: string,
  caret: number,
  span: { readonly from: string; readonly to: string } | undefined,
): {
  readonly suggestions: readonly Suggestion[];
  readonly replaces: { readonly from: number; readonly to: number };
} {
  const word = WORD.exec(text.slice(0, caret))?.[0] ?? '';
  const from = caret - word.length;
  const match = /^(-?)([a-z_]+):(.*)$/.exec(word);
  const field = FIELD_WORDS.find(({ name }) => name === match?.[2]);
  const asks = field !== undefined && field.values.length === 0 && span !== undefined;
  const { data } = useQuery(asks ? `${field.name} ${span.from} ${span.to}` : undefined, (signal) =>
    askJson<Facets>(address('/v1/events/summary', { from: span?.from, to: span?.to, field: field?.name, values: 100, buckets: 0 }), {
      signal,
    }),
  );
  const replaces = { from, to: caret };
  if (field === undefined) return { suggestions: fieldsLike(word), replaces };
  const [, minus = '', name = '', typed = ''] = match ?? [];
  const known = asks ? (data?.facets[name] ?? []) : field.values.map((value) => ({ value, count: undefined }));
  const suggestions = known
    .filter(({ value }) => value.toLowerCase().includes(typed.toLowerCase()) && value !== typed)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ value, count }) => ({
      label: visible(value),
      hint: count === undefined ? '' : whole(count),
      insert: `${formatCondition({ field: name, operator: ':', not: minus !== '', values: [{ text: value, pattern: false }] })} `,
    }));
  return { suggestions, replaces };
}

function fieldsLike(word: string): Suggestion[] {
  const minus = word.startsWith('-') ? '-' : '';
  const typed = word.slice(minus.length).toLowerCase();
  const begin = FIELD_WORDS.filter(({ name }) => name.startsWith(typed));
  const hold = typed === '' ? [] : FIELD_WORDS.filter(({ name }) => !name.startsWith(typed) && name.includes(typed));
  return [...begin, ...hold]
    .slice(0, SUGGESTIONS_MAX)
    .map(({ name, doc }) => ({ label: `${minus}${name}:`, hint: doc.replaceAll('`', ''), insert: `${minus}${name}:` }));
}
