import type { Client } from 'pg';
import { codeOf } from '@daybook/protocol';
import { CliError, usageError } from '../cli-error.ts';
import type { Io } from '../io.ts';

/** A server that does not answer is told so after this: a person waits. */
const CONNECT_MS = 10_000;

/** Where the database is: from the environment alone, for it may hold a password, and arguments show in the process list. */
export function databaseUrl(io: Io): string {
  const url = io.env['DAYBOOK_POSTGRES_URL'] ?? '';
  if (url === '')
    throw usageError(
      'DAYBOOK_POSTGRES_URL is not set.',
      'Set it like postgres://user@host/database; a password may stand in ~/.pgpass or PGPASSWORD.',
    );
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url))
    throw usageError('DAYBOOK_POSTGRES_URL is no address of PostgreSQL.', 'Set it like postgres://user@host/database.');
  return url;
}

/** Connects. node-postgres is loaded here, for only these commands need it. */
export async function openDatabase(url: string, { queryMs }: { readonly queryMs?: number } = {}): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url,
    application_name: 'daybook',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    ...(queryMs === undefined ? {} : { query_timeout: queryMs }),
  });
  // A connection that breaks between two statements is met at the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw databaseError(error);
  }
}

/** Runs, and closes the connection. */
export async function withDatabase<T>(url: string, act: (client: Client) => Promise<T>): Promise<T> {
  const client = await openDatabase(url);
  try {
    return await act(client).catch((error: unknown) => {
      throw databaseError(error);
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** In one transaction: all of it, or nothing. */
export async function inTransaction<T>(client: Client, act: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const done = await act();
    await client.query('commit');
    return done;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** PostgreSQL's own message, which names neither address nor password. */
export function databaseError(error: unknown): unknown {
  if (error instanceof CliError) return error;
  const code = codeOf(error);
  const message = error instanceof Error && error.message !== '' ? error.message : (code ?? 'no answer');
  const advice = code === undefined ? undefined : ADVICE[code];
  return new CliError(`PostgreSQL: ${message}`, { code: 'postgres', ...(advice === undefined ? {} : { advice }), cause: error });
}

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: see DAYBOOK_POSTGRES_URL.',
  '42501': 'Settings of the server need a superuser; triggers the owner of the tables, and CREATE on the database.',
  '55P03': 'The tables are in use by long transactions; nothing was changed. Run it again at a quieter time.',
  '3F000': 'Run `daybook postgres triggers --tables … --apply` on this database first.',
  '42P01': 'Is it the right database? The outbox is made by `daybook postgres triggers --tables … --apply`.',
};
