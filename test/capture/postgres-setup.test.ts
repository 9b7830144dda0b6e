import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../packages/cli/src/main.ts';
import { testIo } from '../../packages/cli/src/test-io.ts';
import { answerJson, testServer } from '../../packages/cli/src/test-server.ts';
import { Daybook, environment, PROGRAM } from '../harness/daybook.ts';
import { seeded } from '../harness/load.ts';
import { until } from '../harness/until.ts';
import { pgauditMissing, type PostgresServer, startPostgres } from '../support/postgres.ts';

/** `daybook postgres` on a real PostgreSQL with pgaudit, and a real server behind it. */
const missing = pgauditMissing();
const SEED = Number(process.env['DAYBOOK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const KILLS = process.env['DAYBOOK_LONG'] === '1' ? 60 : 4;

/** As in docs/guides/capture-postgres.md. */
const GRANTS = `create role courier login;
grant usage on schema daybook to courier;
grant select, delete on daybook.outbox to courier;
grant insert on daybook.refused to courier;
grant select, update on daybook.delivery to courier;`;

let server: PostgresServer;
let daybook: Daybook;
let db: Client;
let delivery: ChildProcess | undefined;

/** In this process, since starting one costs more than most of these do; the delivery that is killed is the built program. */
async function cli(args: readonly string[], database = 'shop', user = 'daybook') {
  const { io, written } = testIo({
    env: environment(daybook.home, { DAYBOOK_POSTGRES_URL: server.url(database, user) }),
    cwd: daybook.home,
  });
  const status = await main(['postgres', ...args], io);
  return { status, ...written };
}

async function ok(args: readonly string[], database?: string, user?: string): Promise<string> {
  const { status, out, err } = await cli(args, database, user);
  expect({ status, said: status === 0 ? '' : out + err }).toEqual({ status: 0, said: '' });
  return out;
}

async function connected(user = 'daybook'): Promise<Client> {
  const client = new Client({ connectionString: server.url('shop', user), application_name: 'books' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function rows(select: string): Promise<string[]> {
  await daybook.indexed();
  return (await daybook.sql(select)).split('\n').filter((row) => row !== '');
}

function startDelivery(): void {
  delivery = spawn(process.execPath, [PROGRAM, 'postgres', 'deliver', '--source', 'rows'], {
    cwd: daybook.home,
    env: environment(daybook.home, { DAYBOOK_POSTGRES_URL: server.url('shop') }),
    stdio: 'ignore',
  });
}

async function endDelivery(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (delivery === undefined || delivery.exitCode !== null || delivery.signalCode !== null) return;
  const ended = once(delivery, 'exit');
  delivery.kill(signal);
  await ended;
}

async function outboxEmpty(): Promise<void> {
  const left = 'select (select count(*) from daybook.outbox) + cardinality(claimed) as n from daybook.delivery';
  const isEmpty = async () => ((await db.query<{ n: string }>(left)).rows[0]?.n === '0' ? true : undefined);
  await until('the outbox is empty', isEmpty, { ms: 30_000 });
}

describe.skipIf(missing !== undefined)('daybook postgres', () => {
  beforeAll(async () => {
    [server, daybook] = await Promise.all([startPostgres(), Daybook.start()]);
    await server.createDatabase('shop');
    db = await connected();
    await db.query(
      "create role alice login; create table people (id int primary key, name text, ssn text); insert into people values (1, 'Ana', '078-05-1120')",
    );
    await db.query(
      'grant select, insert, update, delete on people to alice; create table secret (id int); create table card (id int); create table hers (id int); alter table hers owner to alice; grant create on database shop to alice',
    );
    await db.end();
  });
  afterEach(() => endDelivery());
  afterAll(async () => {
    await db.end().catch(() => undefined);
    await daybook.stop();
    daybook.remove();
    await server.stop();
  });

  it('setup --apply makes the settings, over a restart, and then pgaudit tells what is done', async () => {
    const first = await cli(['setup', '--objects', 'card', '--apply']);
    expect(first.status).toBe(1);
    expect(first.out).toMatch(/^set {3}shared_preload_libraries = pgaudit$/m);
    expect(first.out).toMatch(/^left {2}restart PostgreSQL, then run the same command again/m);
    await server.restart();
    expect(await ok(['setup', '--objects', 'card', '--apply'])).toMatch(/pgaudit\.log_rows = on[^]*All is in force for new sessions/);
    expect(await ok(['setup', '--apply'])).toBe('All is as it should be.\n');

    db = await connected('alice');
    await db.query('select * from people');
    await expect(db.query('select * from secret')).rejects.toThrow('permission denied');
    await db.end();
    const log = path.join(server.data, 'log');
    const files = readdirSync(log)
      .filter((name) => name.endsWith('.csv'))
      .map((name) => path.join(log, name));
    const select =
      "SELECT event_type, resource, outcome, ip_address FROM access_logs WHERE source = 'shop-db' AND user_id = 'alice' AND category IN ('data', 'authentication') AND action != 'connect' ORDER BY timestamp";
    const told = await until(
      'the last line is in the log',
      async () => {
        await daybook.cli(['import', '--source', 'shop-db', ...files]);
        const found = await rows(select);
        return found.length >= 3 ? found : undefined;
      },
      { ms: 20_000, everyMs: 100 },
    );
    expect(told).toEqual([
      'connection authorized\tshop\tsuccess\t::ffff:127.0.0.1',
      'SELECT\tpublic.people\tsuccess\t::ffff:127.0.0.1',
      'SELECT\tsecret\tdenied\t::ffff:127.0.0.1',
    ]);
  });

  it('triggers record what was committed, with who acts, and never a masked value', async () => {
    expect((await cli(['triggers', '--tables', 'people', '--mask', 'people.nosuch', '--apply'])).err).toContain(
      'has no column nosuch to mask',
    );
    await ok(['triggers', '--tables', 'people', '--mask', 'people.ssn', '--apply']);
    expect((await cli(['triggers', '--tables', 'hers', '--apply'])).err).toContain('a superuser must not record the table hers');
    expect((await cli(['triggers', '--tables', 'hers', '--apply'], 'shop', 'alice')).err).toContain(
      'belongs to daybook: install as that role',
    );
    db = await connected('alice');
    await db.query("select set_config('daybook.user', 'ana', false), set_config('daybook.request', 'r-1', false)");
    await db.query("insert into people values (2, 'Bob', '219-09-9999')");
    await db.query("update people set name = 'Rob', ssn = '1' where id = 2");
    await db.query('begin; delete from people; rollback');
    await db.query("select set_config('daybook.user', '', false)");
    await db.query('delete from people where id = 2');
    await db.end();
    db = await connected();
    await db.query('truncate people; set role alice');
    await db.query('insert into people values (3, repeat($1, 10000), null)', ['x']);
    await ok(['deliver', '--source', 'rows', '--once']);
    const select =
      "SELECT user_id, effective_user_id, event_type, resource, resource_id, row_count, outcome, request_id, changes FROM access_logs WHERE source = 'rows' ORDER BY sseq";
    const told = await rows(select);
    expect(told.slice(0, 4)).toEqual([
      'ana\talice\tinsert\tpublic.people\t2\t1\tsuccess\tr-1\t{"after":{"id":2,"name":"Bob","ssn":"[masked]"}}',
      'ana\talice\tupdate\tpublic.people\t2\t1\tsuccess\tr-1\t{"after":{"name":"Rob","ssn":"[masked]"},"before":{"name":"Bob","ssn":"[masked]"}}',
      'alice\t\tdelete\tpublic.people\t2\t1\tsuccess\tr-1\t{"before":{"id":2,"name":"Rob","ssn":"[masked]"}}',
      'daybook\t\ttruncate\tpublic.people\t\t\\N\tsuccess\t\t',
    ]);
    expect(told[4]).toMatch(/^daybook\talice\tinsert\t.*x\[cut: 10002 bytes\]/);
    expect(told.length).toBe(5);
    // A mask that no longer fits hides all.
    await db.query('reset role');
    await db.query("alter table people rename ssn to tax; update people set tax = '3'");
    await ok(['deliver', '--source', 'rows', '--once']);
    expect((await rows(select))[5]).toContain('\t{"after":{"tax":"[masked]"},"before":{"tax":"[masked]"}}');
    await ok(['triggers', '--tables', 'people', '--drop', '--apply']);
    await db.query('delete from people');
    expect((await db.query('select from daybook.outbox')).rowCount).toBe(0);
    await db.end();
  });

  it('whatever a row holds is an event that the server takes, delivered with few rights', async () => {
    db = await connected();
    await db.query(GRANTS);
    const columns = Array.from({ length: 300 }, (_, i) => `c${i} int default ${i}`).join(', ');
    await db.query(`create table public.odd (a bigint, b text, c text, primary key (b, a), big numeric, deep jsonb, long jsonb, bytes bytea, tags text[], at timestamptz, none text);
      create table public.wide (${columns})`);
    await ok(['triggers', '--tables', 'public.odd,public.wide', '--apply', '--no-notify']);
    const deep = `${'['.repeat(60)}1${']'.repeat(60)}`;
    await db.query(
      `insert into public.odd values (9007199254740993, 'k', $1, 1e40 + 0.1, $2, $3, decode(repeat('00', 200000), 'hex'), array['x', null], '2026-01-02 03:04:05Z', null);
      insert into public.wide default values`
        .replace('$1', "E'\\u0001\\u202e\\U0001F600'")
        .replace('$2', `'${deep}'`)
        .replace('$3', `'{"n": 12345678901234567890, "password": "p"}'`),
    );
    await ok(['deliver', '--source', 'rows', '--once'], 'shop', 'courier');
    const told = await rows("SELECT resource_id, changes FROM access_logs WHERE resource IN ('public.odd', 'public.wide') ORDER BY sseq");
    expect(told[0]).toMatch(/^k,9007199254740993\t/);
    expect(told[0]).toContain('"a":"9007199254740993"');
    expect(told[0]).toMatch(/"bytes":".{1,1040}\[cut: 400005 bytes\]"/);
    expect(told[1]).toContain('{"after":{"row":"{');
    expect(told.length).toBe(2);
    expect((await db.query('select from daybook.refused')).rowCount).toBe(0);
    await db.end();
  });

  it(`delivers each change once, killed ${KILLS} times (DAYBOOK_SEED=${SEED})`, { timeout: 20_000 * KILLS }, async () => {
    const random = seeded(SEED);
    db = await connected();
    await db.query('create table public.item (id int primary key, n int)');
    await ok(['triggers', '--tables', 'public.item', '--apply']);
    const late = await connected();
    let made = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      startDelivery();
      // Its ids are below those that are committed before it: it becomes visible late.
      await late.query(`begin; insert into public.item values (${made++}, 0)`);
      const end = performance.now() + 300 + random() * 900;
      while (performance.now() < end) {
        const count = 1 + Math.floor(random() * 200);
        await db.query(`insert into public.item select g, 0 from generate_series(${made}, ${made + count - 1}) g`);
        made += count;
        await db.query('begin; update public.item set n = -1 where id < 10; rollback');
        await pause(random() * 20);
      }
      await endDelivery();
      await late.query('commit');
    }
    await late.end();
    startDelivery();
    await outboxEmpty();
    await endDelivery('SIGTERM');
    expect(delivery?.exitCode).toBe(0);
    const counts =
      "SELECT count(), groupBitmap(toUInt64(resource_id)), countIf(event_type != 'insert') FROM access_logs WHERE resource = 'public.item'";
    expect(await rows(counts)).toEqual([`${made}\t${made}\t0`]);
    // Numbered from one without a hole, so that Daybook would name a loss.
    const numbers = "SELECT min(sseq), max(sseq) - count(), uniqExact(src) FROM access_logs WHERE source = 'rows'";
    expect(await rows(numbers)).toEqual(['1\t0\t1']);
    expect((await db.query('select from daybook.refused')).rowCount).toBe(0);
    await db.end();
  });

  it('goes on when its connection is ended', async () => {
    db = await connected();
    startDelivery();
    for (let id = 0; id < 3; id++) {
      await db.query('insert into public.odd (a, b) values ($1, $2)', [id, 'ended']);
      await outboxEmpty();
      await db.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'daybook'");
    }
    await endDelivery('SIGTERM');
    expect(delivery?.exitCode).toBe(0);
    await db.end();
    const told = await rows(
      "SELECT resource_id FROM access_logs WHERE resource = 'public.odd' AND startsWith(resource_id, 'ended') ORDER BY sseq",
    );
    expect(told).toEqual(['ended,0', 'ended,1', 'ended,2']);
  });

  it('gives up a change only for a refusal of that change, and keeps it then', async () => {
    db = await connected();
    let reply: object = {};
    const fake = await testServer((request, response) =>
      answerJson(response, 200, request.method === 'GET' ? { name: 'fake', role: 'admin', sources: null } : reply),
    );
    const deliver = () => cli(['deliver', '--source', 'rows', '--once', '--url', fake.url, '--token', 't']);
    const left = async () => (await db.query<{ id: string }>('select id from daybook.outbox order by id')).rows.length;
    await db.query("insert into public.odd (a, b) select g, 'refused' from generate_series(1, 3) g");
    const refusal = (code: string) => ({ item: 1, code, field: '', message: 'no' });
    for (const answer of [
      { accepted: 2, duplicates: [], rejected: [] },
      { accepted: 2, duplicates: [], rejected: [refusal('ledger_unavailable')] },
      { accepted: 2, duplicates: [], rejected: [{ ...refusal('item_too_large'), item: 7 }] },
    ]) {
      reply = answer;
      expect(await deliver()).toMatchObject({ status: 1 });
      expect(await left()).toBe(3);
    }
    reply = { accepted: 1, duplicates: [{ item: 0, log: 'routine', idx: null }], rejected: [refusal('item_too_large')] };
    expect((await deliver()).err).toContain('The server refused 1 changes, now in daybook.refused: item_too_large');
    expect(await left()).toBe(0);
    const kept = await db.query("select code, message, change->'row_after'->>'b' as b, change->>'row_key' as row_key from daybook.refused");
    expect(kept.rows).toEqual([{ code: 'item_too_large', message: 'no', b: 'refused', row_key: 'refused,2' }]);
    await fake.close();
    await db.end();
  });

  it('a copy of the database takes nothing from its original', async () => {
    db = await connected();
    await db.query('insert into public.item values (-1, 0)');
    await db.end();
    await server.createDatabase('copy template shop');
    for (const [database, id] of [
      ['shop', -2],
      ['copy', -3],
    ] as const) {
      db = new Client({ connectionString: server.url(database) });
      await db.connect();
      await db.query('insert into public.item values ($1, 0)', [id]);
      await db.end();
    }
    await ok(['deliver', '--source', 'rows', '--once'], 'copy');
    await ok(['deliver', '--source', 'rows', '--once']);
    const told = await rows(
      "SELECT resource_id, resource_parent FROM access_logs WHERE resource = 'public.item' AND startsWith(resource_id, '-') ORDER BY resource_id",
    );
    // What both held is of both: they are two databases. Both count from the same number, and neither's is taken for the other's.
    expect(told.toSorted()).toEqual(['-1\tcopy', '-1\tshop', '-2\tshop', '-3\tcopy']);
    // Every instance has counted from one without a hole, whoever sent in between.
    const numbers = "SELECT min(sseq), max(sseq) - count() FROM access_logs WHERE source = 'rows' GROUP BY src";
    expect(new Set(await rows(numbers))).toEqual(new Set(['1\t0']));
  });
});
