import { parseFilter } from '@daybook/protocol';
import {
  type Asking,
  type Bucket,
  bucketsOf,
  countCube,
  countOverTime,
  type CubeRow,
  countTops,
  countValues,
  topOf,
  type ValueCount,
} from './counts.ts';
import { hiddenFrom, type Range } from './range.ts';
import { byHour } from './source.ts';

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
const LOGIN_FAILED = {
  also: 'action:login outcome:(failure denied)',
  sql: "action = 'login' AND outcome IN ('failure', 'denied')",
} as const;
const DENIED = { also: 'outcome:denied', sql: "outcome = 'denied'" } as const;
const SENSITIVE = { also: 'resource_sensitivity:*', sql: "resource_sensitivity != ''" } as const;
const ALL = { also: '', sql: '1' } as const;

/** SQL and filter say the same; the filter is what the console links to. */
const LISTS: Readonly<Record<string, { readonly field: string; readonly also: string; readonly sql: string }>> = {
  users: { field: 'user_id', ...ALL },
  resources: { field: 'resource', ...ALL },
  sources: { field: 'source', ...ALL },
  failed_logins_by_user: { field: 'user_id', ...LOGIN_FAILED },
  failed_logins_by_address: { field: 'ip_address', ...LOGIN_FAILED },
  denied_by_user: { field: 'user_id', ...DENIED },
  denied_by_resource: { field: 'resource', ...DENIED },
  sensitive_by_user: { field: 'user_id', ...SENSITIVE },
  sensitive_by_resource: { field: 'resource', ...SENSITIVE },
  sensitive_kinds: { field: 'resource_sensitivity', ...SENSITIVE },
  outcomes_of_logins: { field: 'outcome', also: 'action:login', sql: "action = 'login'" },
};

/** Everything by time, outcome and what else has few values: one look at the rows for the trend and three lists. */
const cubeOf = (widthS: number, second: string) => ({
  at: `intDiv(${second}, ${widthS}) * ${widthS}`,
  outcome: 'outcome',
  login: "action = 'login'",
  sensitivity: 'resource_sensitivity',
  source: 'source',
});

/** All that the first page shows, in one answer. */
export async function overviewOf(asking: Asking, range: Range, widthS: number): Promise<Overview> {
  const hidden = hiddenFrom(range.scope);
  const shown = Object.entries(LISTS).filter(
    ([, { field, also }]) => !hidden.has(field) && !parseFilter(also).some((one) => hidden.has(one.field ?? '')),
  );
  const conditionsOn = (field: string) =>
    Object.fromEntries(shown.flatMap(([name, list]) => (list.field === field ? [[name, list.sql]] : [])));
  const tops = async (field: string) => {
    const conditions = conditionsOn(field);
    return Object.keys(conditions).length === 0 ? {} : countTops(asking, range, field, conditions, VALUES);
  };
  const narrow = hidden.size > 0;
  const source = byHour({ range, covered: asking.covered }, { fields: [], widthS });
  const [cube, byUser, byResource, byAddress] = await Promise.all([
    narrow ? undefined : countCube(asking, source, cubeOf(widthS, source.second)),
    tops('user_id'),
    tops('resource'),
    'failed_logins_by_address' in conditionsOn('ip_address')
      ? countValues(asking, range, { field: 'ip_address', limit: VALUES, also: LOGIN_FAILED.sql, ownConditions: true })
      : [],
  ]);
  const few = cube === undefined ? await oneByOne(asking, range, shown) : listsOf(cube);
  const found: Readonly<Record<string, readonly ValueCount[]>> = { ...byUser, ...byResource, ...few, failed_logins_by_address: byAddress };
  const lists = Object.fromEntries(shown.map(([name, { field, also }]) => [name, { field, also, values: found[name] ?? [] }]));
  return { bucket_s: widthS, buckets: cube === undefined ? await countOverTime(asking, range, widthS) : bucketsOf(cube), lists };
}

const OF_CUBE = ['sources', 'sensitive_kinds', 'outcomes_of_logins'];

/** Where the cube would be too large, or a hidden field would be a side of it. */
async function oneByOne(
  asking: Asking,
  range: Range,
  shown: readonly (readonly [string, (typeof LISTS)[string]])[],
): Promise<Record<string, ValueCount[]>> {
  const found: Record<string, ValueCount[]> = {};
  for (const [name, { field, sql }] of shown)
    if (OF_CUBE.includes(name)) found[name] = await countValues(asking, range, { field, limit: VALUES, also: sql, ownConditions: true });
  return found;
}

function listsOf(cube: readonly CubeRow[]): Record<string, ValueCount[]> {
  return {
    sources: topOf(cube, 'source', VALUES),
    sensitive_kinds: topOf(cube, 'sensitivity', VALUES),
    outcomes_of_logins: topOf(
      cube.filter((row) => row['c_login'] === 1),
      'outcome',
      VALUES,
    ),
  };
}
