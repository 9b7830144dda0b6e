import { literal } from './outbox-sql.ts';

/** What the log is wanted for, and what pgaudit then logs of every session. */
export const AIMS = {
  data: 'read,write,role,ddl',
  changes: 'write,role,ddl',
  admin: 'role,ddl',
  everything: 'all',
} as const;
export type Aim = keyof typeof AIMS;

/** Nobody can be it: it only holds the grants that say which accesses are logged. */
export const AUDIT_ROLE = 'daybook_audit';

export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly why: string;
}

/** Settings in the order in which a person reads them. */
export function auditSettings(aim: Aim, objects: readonly string[]): readonly Setting[] {
  const role = { name: 'pgaudit.role', value: AUDIT_ROLE, why: 'whatever touches what this role is granted is logged' };
  return [
    { name: 'pgaudit.log', value: AIMS[aim], why: `classes of statements, of every session (${aim})` },
    ...(objects.length === 0 ? [] : [role]),
    { name: 'pgaudit.log_rows', value: 'on', why: 'written when the statement has ended: a success, with its rows' },
    { name: 'pgaudit.log_relation', value: 'on', why: 'a record for each table of a join' },
    { name: 'pgaudit.log_catalog', value: 'off', why: 'what tools ask of the catalogue is noise' },
    { name: 'pgaudit.log_parameter', value: 'off', why: 'parameters are values, often personal' },
    { name: 'log_connections', value: 'on', why: 'logins, and from where' },
    { name: 'log_disconnections', value: 'on', why: 'how long a session was' },
    { name: 'log_min_error_statement', value: 'error', why: 'the statement beside its refusal' },
    { name: 'log_destination', value: 'csvlog', why: 'says for each line who, from where, in which session' },
    { name: 'logging_collector', value: 'on', why: 'writes csvlog to files; needs a restart' },
    { name: 'log_timezone', value: 'UTC', why: 'stamps that nobody has to guess' },
  ];
}

/** Statements that make the role and give it what is to be logged. */
export function objectStatements(objects: readonly string[]): readonly string[] {
  if (objects.length === 0) return [];
  return [
    `do $$ begin if to_regrole('${AUDIT_ROLE}') is null then create role ${AUDIT_ROLE} nologin; end if; end $$`,
    // By regclass, so that a name is quoted as PostgreSQL does it, and one that is no table is told.
    ...objects.map(
      (table) =>
        `do $do$ begin execute format('grant select, insert, update, delete on %s to ${AUDIT_ROLE}', ${literal(table)}::regclass); end $do$`,
    ),
  ];
}

/** As `--apply` does it: for whoever would rather do it. */
export function settingsText(aim: Aim, objects: readonly string[]): string {
  const lines = [
    { name: 'shared_preload_libraries', value: 'pgaudit', why: 'beside what is there; needs a restart' },
    ...auditSettings(aim, objects),
  ].map(({ name, value, why }) => `${`${name} = '${value}'`.padEnd(46)}# ${why}`);
  const sql = ['create extension if not exists pgaudit', ...objectStatements(objects)].map((statement) => `--   ${statement};`);
  return [
    '# postgresql.conf, or the parameter group of a cloud',
    ...lines,
    '',
    '-- Then restart, and in each database:',
    ...sql.map((line) => line.replace(/^-- {3}/, '')),
  ].join('\n');
}
