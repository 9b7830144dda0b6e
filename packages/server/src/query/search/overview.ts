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
import { isDear, lookOnce } from './one-look.ts';
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
  const narrow = hidden.size > 0;
  const source = byHour({ range, covered: asking.covered }, { fields: [], widthS });
  const sides = cubeOf(widthS, source.second);
  const dear = !narrow && !source.rolledUp && isDear(range.filter);
  const once = dear ? await lookOnce(asking, source, sides, { tops: manyOf(shown), limit: VALUES }) : undefined;
  const { cube, tops } = once ?? (await looks(asking, range, shown, () => (narrow ? undefined : countCube(asking, source, sides))));
  const few = cube === undefined ? await oneByOne(asking, range, shown) : listsOf(cube);
  const found: Readonly<Record<string, readonly ValueCount[]>> = { ...tops, ...few };
  const lists = Object.fromEntries(shown.map(([name, { field, also }]) => [name, { field, also, values: found[name] ?? [] }]));
  return { bucket_s: widthS, buckets: cube === undefined ? await countOverTime(asking, range, widthS) : bucketsOf(cube), lists };
}

type Shown = readonly (readonly [string, (typeof LISTS)[string]])[];

/** Lists of fields with many values, which no cube holds. */
function manyOf(shown: Shown): Readonly<Record<string, (typeof LISTS)[string]>> {
  return Object.fromEntries(shown.filter(([name]) => !OF_CUBE.includes(name)));
}

/** A look for the cube, and one for each field of many values: side by side, and from roll-ups where these tell. */
async function looks(asking: Asking, range: Range, shown: Shown, cubeLook: () => Promise<CubeRow[] | undefined> | undefined) {
  const conditionsOn = (field: string) =>
    Object.fromEntries(shown.flatMap(([name, list]) => (list.field === field ? [[name, list.sql]] : [])));
  const tops = async (field: string) => {
    const conditions = conditionsOn(field);
    return Object.keys(conditions).length === 0 ? {} : countTops(asking, range, field, conditions, VALUES);
  };
  const [cube, byUser, byResource, byAddress] = await Promise.all([
    cubeLook(),
    tops('user_id'),
    tops('resource'),
    'failed_logins_by_address' in conditionsOn('ip_address')
      ? countValues(asking, range, { field: 'ip_address', limit: VALUES, also: LOGIN_FAILED.sql, ownConditions: true })
      : [],
  ]);
  return { cube, tops: { ...byUser, ...byResource, failed_logins_by_address: byAddress } };
}

const OF_CUBE = ['sources', 'sensitive_kinds', 'outcomes_of_logins'];

/** Where the cube would be too large, or a hidden field would be a side of it. */
async function oneByOne(asking: Asking, range: Range, shown: Shown): Promise<Record<string, ValueCount[]>> {
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
