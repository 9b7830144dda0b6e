import { ACCESS_KINDS, type AccessKindName, microsToText } from '@daybook/protocol';
import type { Scope } from '../../base/policy.ts';
import type { EngineConnection } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { timeLiteral } from '../schema/literals.ts';
import { scopeCondition } from '../scope/scope-view.ts';
import { hiddenFrom } from '../search/range.ts';
import { whereOf } from '../search/where.ts';
import { LAST } from './last.ts';

export interface SeenQuestion {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly scope: Scope | null;
  readonly signal?: AbortSignal;
}

/** Events of one source and kind of access. */
export interface Seen {
  readonly source: string;
  readonly kind: AccessKindName;
  readonly count: number;
  /** Time of the newest, as canonical text. */
  readonly last: string;
}

/** Far more than any company has; a producer that invents sources is no source. Beyond: the busiest are told. */
const ROWS_MAX = 20_000;
const SETTINGS = { max_execution_time: 30, max_threads: 2, max_memory_usage: '1000000000' } as const;

/** What each source showed in a span of time, by kind of access: one look at the rows. Throws `forbidden` when the scope hides what kinds are made of. */
export async function seenKinds(connection: EngineConnection, { fromMicros, toMicros, scope, signal }: SeenQuestion): Promise<Seen[]> {
  const { sql: kind, parameters } = kindExpression(scope);
  const within = scope === null ? `kind = 'event'` : scopeCondition(scope);
  const rows = await connection.rows<{ source: string; access: AccessKindName; n: number; last: number }>(
    `SELECT source, ${kind} AS access, count() AS n, toUnixTimestamp64Micro(max(${LAST})) AS last FROM ${EVENTS_TABLE}
     WHERE ${within} AND timestamp >= ${timeLiteral(fromMicros)} AND timestamp < ${timeLiteral(toMicros)}
     GROUP BY source, access ORDER BY n DESC LIMIT ${ROWS_MAX}`,
    { lane: 'long', settings: SETTINGS, parameters, ...(signal === undefined ? {} : { signal }) },
  );
  return rows.map(({ source, access, n, last }) => ({ source, kind: access, count: n, last: microsToText(last) }));
}

/** The kind of a row, made of the filters that people see: the one table of kinds. */
export function kindExpression(scope: Scope | null): { readonly sql: string; readonly parameters: Readonly<Record<string, unknown>> } {
  const hidden = hiddenFrom(scope);
  const parameters: Record<string, unknown> = {};
  const branches = ACCESS_KINDS.map(({ name, filter }) => {
    const where = whereOf(filter, { hidden });
    const prefix = `${name}_`;
    const sql = where.sql.replaceAll(/\{(\w+):/g, `{${prefix}$1:`);
    for (const [key, value] of Object.entries(where.parameters)) parameters[prefix + key] = value;
    return `${sql}, '${name}'`;
  });
  return { sql: `multiIf(${branches.join(', ')}, 'other')`, parameters };
}
