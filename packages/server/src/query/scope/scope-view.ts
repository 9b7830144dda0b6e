import { hash } from 'node:crypto';
import type { Filter, Scope } from '../../base/policy.ts';
import { maskedFields } from '../../base/scope.ts';
import { INTERNAL_DATABASE } from '../engine/connection.ts';
import { COLUMNS } from '../schema/columns.ts';
import { quoteName, quoteString } from '../sql/lexer.ts';

const IP_TEXT = "if(ip_address = toIPv6('::'), '', replaceRegexpOne(IPv6NumToString(ip_address), '^::ffff:', ''))";

/** The rows of a scope, as a condition over columns; `inScope` in base/scope.ts says the same of a single event. */
export function scopeCondition(scope: Scope, prefix = ''): string {
  const matches = (filter: Filter) =>
    Object.entries(filter).map(
      ([field, values]) => `${prefix}${quoteName(field)} IN (${values.map((value) => quoteString(value)).join(', ')})`,
    );
  const all = [`${prefix}kind = 'event'`, ...(scope.own === null ? [] : matches(scope.own))];
  if (scope.any.length > 0) all.push(`(${scope.any.map((filter) => `(${matches(filter).join(' AND ')})`).join(' OR ')})`);
  return all.join(' AND ');
}

/** Named by what it shows: two people with the same scope share a view, and a changed scope is another view. */
export function scopeViewName(scope: Scope): string {
  return `scope_${hash('sha256', scopeViewSelect(scope), 'hex').slice(0, 32)}`;
}

/**
 * The scope's view. Two barriers stand between a question and a row outside: the WHERE, and that every column is computed as nothing outside of the scope. The engine may
 * move a question's conditions in front of ours to save work, and a condition that fails, sleeps or divides by zero would tell what it saw; it sees nothing.
 */
export function scopeView(scope: Scope): string {
  return `CREATE OR REPLACE VIEW ${INTERNAL_DATABASE}.${scopeViewName(scope)} AS ${scopeViewSelect(scope)}`;
}

function scopeViewSelect(scope: Scope): string {
  const hidden = maskedFields(scope);
  const condition = scopeCondition(scope, 't.');
  const columns = COLUMNS.map(({ name, definition }) => {
    const column = `t.${quoteName(name)}`;
    const nothing = `defaultValueOfArgumentType(${column})`;
    const value = hidden.has(name) ? nothing : `if(${condition}, ${column}, ${nothing})`;
    // Tools look at types: they stay those of the table.
    return `CAST(${value}, ${quoteString(typeOf(definition))}) AS ${quoteName(name)}`;
  });
  return `SELECT *, ${IP_TEXT} AS ip FROM (SELECT ${columns.join(', ')} FROM default.access_logs AS t WHERE ${condition})`;
}

function typeOf(definition: string): string {
  return definition.replace(/ (?:DEFAULT|CODEC)\b.*$/, '');
}

/**
 * Settings of every statement that runs over a scope's view: the question's own conditions stay where they stand, above the view; and no answer tells how many rows and bytes
 * of the table below it were read.
 */
export const SCOPED_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['query_plan_filter_push_down', '0'],
  ['query_plan_merge_filters', '0'],
  ['enable_optimize_predicate_expression', '0'],
  ['output_format_write_statistics', '0'],
]);
