import { COLUMNS } from '../schema/columns.ts';
import { type Asking, type Bucket, bucketsOf, countCube, countOverTime, countValues, topOf, type ValueCount } from './counts.ts';
import { hiddenFrom, type Range } from './range.ts';
import { byHour } from './source.ts';
import { conditionsOf } from './where.ts';

const FEW_VALUES: ReadonlySet<string> = new Set(
  COLUMNS.filter(({ kind, definition }) => kind === 'enum' || (kind === 'string' && definition.startsWith('LowCardinality'))).map(
    ({ name }) => name,
  ),
);

interface Wanted {
  readonly fields: readonly string[];
  /** Values of each field. */
  readonly limit: number;
  /** Of the buckets; 0: none. */
  readonly widthS: number;
}

export interface Summary {
  readonly buckets: readonly Bucket[];
  readonly facets: Readonly<Record<string, readonly ValueCount[]>>;
}

/**
 * Counts over time and the values of several fields. Those of few values, and without conditions of their own, come by one look at the rows; where that look is at
 * the events themselves, which is what takes the time, the counts over time come by the same one.
 */
export async function summaryOf(asking: Asking, range: Range, { fields, limit, widthS }: Wanted): Promise<Summary> {
  const hidden = hiddenFrom(range.scope);
  const named = new Set(conditionsOf(range.filter).flatMap(({ field, not }) => (field === undefined || not ? [] : [field])));
  const few = fields.filter((field) => FEW_VALUES.has(field) && !named.has(field) && !hidden.has(field));
  const source = byHour({ range, covered: asking.covered }, { fields: few });
  const withTime = widthS > 0 && few.length > 0 && !source.rolledUp && !hidden.has('outcome');
  const together = withTime || few.length > 1 ? few : [];
  const one = async (field: string) => [field, await countValues(asking, range, { field, limit })] as const;
  const overTime = async () => (widthS === 0 ? [] : countOverTime(asking, range, widthS));
  const [cube, buckets, ...singles] = await Promise.all([
    together.length === 0
      ? undefined
      : countCube(asking, source, sidesOf(together, withTime ? { second: source.second, widthS } : undefined)),
    withTime ? undefined : overTime(),
    ...fields.filter((field) => !together.includes(field)).map(one),
  ]);
  const found = new Map<string, ValueCount[]>(singles);
  for (const field of together) found.set(field, cube === undefined ? (await one(field))[1] : topOf(cube, field, limit));
  return {
    buckets: buckets ?? (cube === undefined ? await overTime() : bucketsOf(cube)),
    facets: Object.fromEntries(fields.map((field) => [field, found.get(field) ?? []])),
  };
}

function sidesOf(
  fields: readonly string[],
  time: { readonly second: string; readonly widthS: number } | undefined,
): Record<string, string> {
  const sides = Object.fromEntries(fields.map((field) => [field, field]));
  return time === undefined ? sides : { ...sides, outcome: 'outcome', at: `intDiv(${time.second}, ${time.widthS}) * ${time.widthS}` };
}
