import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf } from '@daybook/protocol';
import { type Result, UTC, formatNamed, openReader, recognise } from '@daybook/formats';
import { pgauditMissing, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { until } from '../harness/until.ts';

/**
 * A real PostgreSQL 15 with pgaudit writes its log to all three destinations at once; what was done is compared, one to one, with what each of the
 * formats reads.
 */
const missing = pgauditMissing();

/** What was done by `alice`, and what must be recorded of it: command, object, action, outcome, rows. With pgaudit.log_rows a query is logged at its end. */
const DONE: readonly (readonly [sql: string, ...recorded: string[]])[] = [
  ["insert into account values (1, 'a', 'x, \"y\"\nz'), (2, 'b', '')", 'INSERT public.account create success 2'],
  ['select * from account', 'SELECT public.account read success 2'],
  [
    'select a.id from account a join branch b on b.id = a.id',
    'SELECT public.account read success 0',
    'SELECT public.branch read success 0',
  ],
  ["update account set name = 'c' where id = 1", 'UPDATE public.account update success 1'],
  ['delete from account where id = 2', 'DELETE public.account delete success 1'],
  ['truncate branch', 'TRUNCATE TABLE branch delete success'],
  ['copy account to stdout', 'COPY account export success'],
  ['do $$ begin perform 1; end $$', 'DO shop execute unknown', 'SELECT shop read success 1'],
  ['create table t (id int)', 'CREATE TABLE public.t create success'],
  ['alter table t add column b int', 'ALTER TABLE public.t update success'],
  ['drop table t', 'DROP TABLE public.t delete success'],
  ['create function f() returns int language sql as $$ select 7 $$', 'CREATE FUNCTION public.f() create success'],
  ['grant select on account to bob', 'GRANT account grant success'],
  ['revoke select on account from bob', 'REVOKE account revoke success'],
  ["create role carol login password 'hunter2'", 'CREATE ROLE carol create success'],
  ["alter role carol password 'hunter2'", 'ALTER ROLE carol update success'],
  ['drop role carol', 'DROP ROLE carol delete success'],
  ['begin', 'BEGIN shop other success'],
  ['rollback', 'ROLLBACK shop other success'],
  ['set work_mem = 4096', 'SET shop configure success'],
  ['show work_mem', 'SHOW shop read success'],
  ['vacuum account', 'VACUUM account other success'],
  ['prepare p as select * from account where id = $1', 'PREPARE account query success'],
  ['execute p(1)', 'SELECT public.account read success 1', 'EXECUTE p execute success'],
  ['explain select * from branch', 'SELECT public.branch read success 0', 'EXPLAIN branch query success'],
  ['select 1 / 0', 'SELECT shop read failure'],
  ['select * from nosuch', 'SELECT nosuch read failure'],
  ["insert into account values (1, 'twice', '')", 'INSERT account create failure'],
];

const FILES = [
  ['pgaudit-stderr', 'pg.log'],
  ['pgaudit-csv', 'pg.csv'],
  ['pgaudit-json', 'pg.json'],
] as const;

let server: PostgresServer;

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'books' });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return;
  }
  for (const sql of statements) await client.query(sql).catch(() => undefined);
  await client.end();
}

const SETTINGS = {
  shared_preload_libraries: 'pgaudit',
  logging_collector: 'on',
  log_destination: 'stderr,csvlog,jsonlog',
  log_directory: 'log',
  log_filename: 'pg.log',
  log_file_mode: '0644',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_timezone: 'UTC',
  log_connections: 'on',
  log_disconnections: 'on',
  'pgaudit.log': 'all',
  'pgaudit.log_relation': 'on',
  'pgaudit.log_rows': 'on',
  'pgaudit.log_parameter': 'on',
};

describe.skipIf(missing !== undefined)('PostgreSQL 15 with pgaudit', () => {
  beforeAll(async () => {
    const hba = ['host all mallory 127.0.0.1/32 reject', 'host all pat 127.0.0.1/32 scram-sha-256'];
    server = await startPostgres({ settings: SETTINGS, hba });
    await server.createDatabase('shop');
    await run(server.url('shop'), [
      'create extension pgaudit', "create role alice superuser login; create role bob login; create role pat login password 'right'",
      'create table account (id int primary key, name text, note text); create table branch (id int)',
    ]); // biome-ignore format: short
    await run(
      server.url('shop', 'alice'),
      DONE.map(([sql]) => sql),
    );
    await run(server.url('shop', 'bob'), ['select * from account', 'drop table account']);
    await run(server.url('shop', 'nobody'), []);
    await run(server.url('shop', 'mallory'), []);
    await run(server.url('shop', 'pat:wrong'), []);
    await run(server.url('nosuch', 'bob'), []);
    // The collector writes behind the client's back: when the last message is there, all are.
    const isLast = (text: Buffer) => /database (?:\\?"){1,2}nosuch/.test(text.toString());
    await until('the last message in every log', () => (FILES.every(([, file]) => isLast(log(file))) ? true : undefined), { ms: 20_000 });
  });
  afterAll(() => server.stop());

  it.each(FILES)('%s records what was done, one to one', (name, file) => {
    const bytes = log(file);
    expect(recognise(bytes.subarray(0, 65_536).toString(), file)?.name).toBe(name);
    const events = eventsOf(name, bytes);
    const of = (user: string, action?: string) =>
      events.filter(({ user_id, event_type }) => user_id === user && (action === undefined || event_type === action));

    const login = ['connection authorized shop login success'];
    const work = of('alice').filter(({ event_type }) => !/^(?:connection|disconnection)/.test(String(event_type)));
    expect(work.map(told)).toEqual(DONE.flatMap(([, ...recorded]) => recorded));
    expect(of('alice', 'connection authorized').map(told)).toEqual(login);
    expect(of('alice', 'disconnection')).toMatchObject([{ action: 'disconnect', ip_address: '127.0.0.1' }]);
    expect(work.every((event) => event['ip_address'] === '127.0.0.1' && event['user_agent'] === 'books')).toBe(true);

    expect(
      of('bob')
        .filter(({ outcome }) => outcome === 'denied')
        .map(told),
    ).toEqual(['SELECT account read denied', 'DROP TABLE account delete denied']);
    // `daybook` asks whether the server is up, before it is.
    const refused = events.filter(
      ({ category, outcome, user_id }) => category === 'authentication' && outcome !== 'success' && user_id !== 'daybook',
    );
    expect(refused.map(toldLogin)).toEqual([
      'nobody failure role does not exist',
      'mallory denied pg_hba.conf rejects connection',
      'pat failure password authentication failed',
      'bob failure database does not exist',
    ]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  it('nothing of it is quarantined', () => {
    for (const [name, file] of FILES) expect(resultsOf(name, log(file)).filter(({ result }) => result === 'quarantine')).toEqual([]);
  });
});

function log(file: string): Buffer {
  return readFileSync(path.join(server.data, 'log', file));
}

function resultsOf(name: string, bytes: Uint8Array): readonly Result[] {
  const format = formatNamed(name);
  if (format === undefined) throw new Error(`there is no format ${name}`);
  const reader = openReader(format, { writtenMs: Date.now(), zone: UTC, options: {} });
  return [...reader.push(bytes), ...reader.end()];
}

function eventsOf(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>>[] {
  return resultsOf(name, bytes).flatMap(({ event }) => (event === undefined ? [] : [event]));
}

function told({ event_type, resource, action, outcome, row_count }: Readonly<Record<string, unknown>>): string {
  return [event_type, resource, action, outcome, row_count].map(textOf).join(' ').trimEnd();
}

function toldLogin({ user_id, outcome, event_type }: Readonly<Record<string, unknown>>): string {
  return [user_id, outcome, event_type]
    .map(String)
    .join(' ')
    .replace(/ for user$/, '');
}
