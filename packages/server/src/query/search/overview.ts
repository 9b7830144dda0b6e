import { parseFilter } from '@daybook/protocol';
import { type Asking, type Bucket, countOverTime, countValues, type ValueCount } from './counts.ts';
import { hiddenFrom, type Range } from './range.ts';

/** A list of the overview, and the conditions beside `q` that lead to the events behind it. */
export interface Top {
  readonly field: string;
  /** In the language of filters. */
  readonly also: string;
  readonly values: readonly ValueCount[];
}

export interface Overview {
  readonly bucket_s: number;
  readonly buckets: readonly Bucket[];
  readonly lists: Readonly<Record<string, Top>>;
}

const VALUES = 8;

/** SQL and filter say the same; the filter is what the console links to. */
const LISTS = {
  users: { field: 'user_id', also: '', sql: '1' },
  resources: { field: 'resource', also: '', sql: '1' },
  sources: { field: 'source', also: '', sql: '1' },
  failed_logins_by_user: { field: 'user_id', also: 'action:login outcome:(failure denied)', sql: "action = 'login' AND outcome IN ('failure', 'denied')" },
  failed_logins_by_address: { field: 'ip_address', also: 'action:login outcome:(failure denied)', sql: "action = 'login' AND outcome IN ('failure', 'denied')" },
  denied_by_user: { field: 'user_id', also: 'outcome:denied', sql: "outcome = 'denied'" },
  denied_by_resource: { field: 'resource', also: 'outcome:denied', sql: "outcome = 'denied'" },
  sensitive_by_user: { field: 'user_id', also: 'resource_sensitivity:*', sql: "resource_sensitivity != ''" },
  sensitive_by_resource: { field: 'resource', also: 'resource_sensitivity:*', sql: "resource_sensitivity != ''" },
  sensitive_kinds: { field: 'resource_sensitivity', also: 'resource_sensitivity:*', sql: "resource_sensitivity != ''" },
  outcomes_of_logins: { field: 'outcome', also: 'action:login', sql: "action = 'login'" },
} as const; // biome-ignore format: a table

/** All that the first page shows, in one answer. */
export async function overviewOf(asking: Asking, range: Range, widthS: number): Promise<Overview> {
  const hidden = hiddenFrom(range.scope);
  // A list that a hidden field has chosen would tell what stands in it.
  const names = Object.entries(LISTS).filter(([, { also }]) => !parseFilter(also).some(({ field }) => hidden.has(field ?? '')));
  const [buckets, ...values] = await Promise.all([
    countOverTime(asking, range, widthS),
    ...names.map(([name, { field, sql }]) =>
      countValues({ ...asking, queryId: `${asking.queryId}-${name}` }, range, { field, limit: VALUES, also: sql, ownConditions: true }),
    ),
  ]);
  const lists = Object.fromEntries(names.map(([name, { field, also }], i) => [name, { field, also, values: values[i] ?? [] }]));
  return { bucket_s: widthS, buckets, lists };
}
