import { DaybookError, parseTime, textToMicros } from '@daybook/protocol';
import type { Scope } from '../../base/policy.ts';
import { maskedFields } from '../../base/scope.ts';
import { scopeCondition } from '../scope/scope-view.ts';
import { timeLiteral } from '../schema/literals.ts';
import { type Where, whereOf } from './where.ts';

/** What a look over many events is about: a filter and a span of time. */
export interface Range {
  readonly filter: string;
  readonly fromMicros: number;
  readonly toMicros: number;
  /** Of who asks. */
  readonly scope: Scope | null;
}

/** Reads `q`, `from` (inclusive) and `to` (exclusive). Throws `bad_request`. */
export function parseRange(query: Readonly<Record<string, unknown>>, scope: Scope | null): Range {
  const fromMicros = timeOf(query, 'from');
  const toMicros = timeOf(query, 'to');
  if (fromMicros >= toMicros) throw new DaybookError('bad_request', '`from` is before `to`.', { field: 'to' });
  const filter = query['q'] ?? '';
  if (typeof filter !== 'string') throw new DaybookError('bad_request', '`q` is given once.', { field: 'q' });
  return { filter, fromMicros, toMicros, scope };
}

function timeOf(query: Readonly<Record<string, unknown>>, name: string): number {
  const value = query[name];
  const time = typeof value === 'string' ? parseTime(value) : undefined;
  if (time === undefined) throw new DaybookError('bad_request', `${name} is a time: 2026-01-31T00:00:00Z.`, { field: name });
  return textToMicros(time.text);
}

/** The WHERE of a range; without the conditions on one field, where the values of that field are to be counted. */
export function whereOfRange({ filter, fromMicros, toMicros, scope }: Range, except?: string): Where {
  const { sql, parameters } = whereOf(filter, { except, hidden: hiddenFrom(scope) });
  const within = scope === null ? '' : `${scopeCondition(scope)} AND `;
  const span = `${within}timestamp >= ${timeLiteral(fromMicros)} AND timestamp < ${timeLiteral(toMicros)}`;
  return { sql: sql === '1' ? span : `${span} AND ${sql}`, parameters };
}

export function hiddenFrom(scope: Scope | null): ReadonlySet<string> {
  return scope === null ? new Set() : maskedFields(scope);
}
