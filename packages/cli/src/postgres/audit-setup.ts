import type { Client } from 'pg';
import { textOf } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';
import { type Aim, auditSettings, objectStatements, type Setting } from './audit-settings.ts';
import { literal } from './outbox-sql.ts';

export interface SetupReport {
  /** What was changed, one line each. */
  readonly done: readonly string[];
  /** What is left to do, one line each; empty when all is in force. */
  readonly left: readonly string[];
}

/**
 * Brings a server to the settings. pgaudit's own can be set only when it is loaded, which takes a restart between: whoever calls this is told to come
 * again. What is right already is left alone, so that a second run changes nothing.
 */
export async function applySetup(client: Client, aim: Aim, objects: readonly string[]): Promise<SetupReport> {
  await mustBeInstalled(client);
  const done: string[] = [];
  const left: string[] = [];
  const loads = await preload(client, done);
  const settings = auditSettings(aim, objects).filter(({ name }) => loads || !name.startsWith('pgaudit.'));
  for (const setting of settings) await alter(client, setting, done);
  if (done.length > 0) await client.query('select pg_reload_conf()');
  for (const statement of objectStatements(objects)) await client.query(statement);
  if (objects.length > 0) done.push(`granted to the audit role: ${objects.join(', ')}`);
  if (!loads) left.push('restart PostgreSQL, then run the same command again: pgaudit takes its settings only when it is loaded');
  else {
    const { rowCount } = await client.query("select from pg_extension where extname = 'pgaudit'");
    if (rowCount === 0) done.push('create extension pgaudit, in this database');
    await client.query('create extension if not exists pgaudit');
  }
  const waiting = await pending(client);
  if (loads && waiting.length > 0) left.push(`restart PostgreSQL for: ${waiting.join(', ')}`);
  return { done, left };
}

/** A library that is not there, once preloaded, keeps PostgreSQL from starting: never written down untested. */
async function mustBeInstalled(client: Client): Promise<void> {
  const { rows } = await client.query("select from pg_available_extensions where name = 'pgaudit'");
  if (rows.length > 0) return;
  throw new CliError('pgaudit is not installed on this server.', {
    code: 'no_pgaudit',
    advice: 'Install it first: the package postgresql-15-pgaudit of Debian, pgaudit_15 of Red Hat (by the version of PostgreSQL).',
  });
}

/** Whether pgaudit is loaded now; else it is put beside what is to be loaded. */
async function preload(client: Client, done: string[]): Promise<boolean> {
  const { rows } = await client.query<{ now: string; file: string | null }>(
    `select current_setting('shared_preload_libraries') as now,
      (select setting from pg_file_settings where name = 'shared_preload_libraries' order by seqno desc limit 1) as file`,
  );
  const now = namesOf(rows[0]?.now ?? '');
  if (now.includes('pgaudit')) return true;
  // What waits for a restart already is not undone.
  const wanted = namesOf(rows[0]?.file ?? rows[0]?.now ?? '');
  if (wanted.includes('pgaudit')) return false;
  const list = [...new Set([...now, ...wanted, 'pgaudit'])];
  await client.query(`alter system set shared_preload_libraries = ${list.map(literal).join(', ')}`);
  done.push(`shared_preload_libraries = ${list.join(', ')}`);
  return false;
}

function namesOf(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '');
}

async function alter(client: Client, { name, value }: Setting, done: string[]): Promise<void> {
  const current = await settingOf(client, name);
  // Whoever has jsonlog or more already has what is needed.
  if (current === value || (name === 'log_destination' && /csvlog|jsonlog/.test(current))) return;
  await client.query(`alter system set ${name} = ${literal(value)}`);
  done.push(`${name} = ${value}`);
}

/** Of the server, as its files have it: what waits for a restart is not written again. */
async function settingOf(client: Client, name: string): Promise<string> {
  const { rows } = await client.query<{ value: unknown }>(
    `select coalesce((select setting from pg_file_settings where name = $1 order by seqno desc limit 1),
      (select reset_val from pg_settings where name = $1)) as value`,
    [name],
  );
  return textOf(rows[0]?.value);
}

/** Read out of the files, which is true at once; the flags of pg_settings follow a reload only after a while. */
async function pending(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from pg_file_settings f where not applied and error is not null
        and seqno = (select max(seqno) from pg_file_settings g where g.name = f.name) order by 1`,
  );
  return rows.map(({ name }) => name);
}
