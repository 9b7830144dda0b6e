import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { drizzle } from 'drizzle-orm/node-postgres';
import { eq } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { Client, Pool, type Submittable } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresMissing, type PostgresServer, startPostgres } from '../../../test/support/postgres.ts';
import { actingAs } from './context.ts';
import { drizzleAudit } from './drizzle.ts';
import { httpAudit } from './http.ts';
import { pgAudit } from './pg.ts';
import { prismaAudit } from './prisma.ts';
import { listening, TestRecorder } from './test-recorder.ts';

const Cursor = createRequire(import.meta.url)('pg-cursor') as new (
  text: string,
) => Submittable & {
  read(rows: number): Promise<unknown[]>;
  close(): Promise<void>;
};

const missing = postgresMissing();

describe.skipIf(missing !== undefined)(`on a real PostgreSQL${missing === undefined ? '' : ` (${missing})`}`, () => {
  let server: PostgresServer;
  let recorder: TestRecorder;
  let pool: Pool;
  beforeAll(async () => {
    server = await startPostgres();
    await server.createDatabase('shop');
    recorder = await TestRecorder.open();
    pool = pgAudit(recorder.client, new Pool({ connectionString: server.url('shop'), max: 2 }));
    await pool.query('CREATE TABLE people (id int PRIMARY KEY, name text, card text)');
  }, 60_000);
  afterAll(async () => {
    await pool.end();
    await recorder.close();
    await server.stop();
  });

  it('records statements of a pool with who acts, rows and outcome, and no value', async () => {
    const events = await recorder.during(async () => {
      await actingAs('ana', () => pool.query('INSERT INTO people VALUES ($1, $2, $3), (2, \'Bob\', \'4111\')', [1, 'Ana', 'secret-card']));
      await actingAs('bob', () => pool.query({ text: 'SELECT * FROM people WHERE id < 10' }));
      await actingAs('eve', () => pool.query('SELECT * FROM nowhere WHERE a = \'secret\'')).catch(() => undefined);
      await pool.query('DELETE FROM people WHERE id = 99');
    }, 4); // biome-ignore format: a list
    expect(events).toMatchObject([
      {
        user_id: 'ana',
        event_type: 'insert',
        action: 'create',
        category: 'data',
        resource: 'people',
        resource_type: 'table',
        resource_parent: 'shop',
        query_text: 'INSERT INTO people VALUES (?, …), …',
        row_count: 2,
        outcome: 'success',
        protocol: 'postgres',
        effective_user_id: 'daybook',
      },
      { user_id: 'bob', action: 'read', row_count: 2, outcome: 'success' },
      { user_id: 'eve', action: 'read', outcome: 'failure', status_code: '42P01', resource: 'nowhere' },
      { user_id: 'shop', actor_type: 'service', action: 'delete', row_count: 0 },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/secret|4111|Bob/);
  });

  it('tells the session who acts, and never who acted before', async () => {
    const told = pgAudit(recorder.client, new Pool({ connectionString: server.url('shop'), max: 1 }), { session: true });
    const who = async () => (await told.query<{ who: string }>("SELECT current_setting('daybook.user', true) AS who")).rows[0]?.who;
    expect(await actingAs('ana\0', who)).toBe('ana');
    expect(await who()).toBe('');
    // What is said in a transaction goes with it.
    const client = await told.connect();
    await client.query('BEGIN');
    await actingAs('bob', () => client.query('SELECT 1'));
    await client.query('ROLLBACK');
    const asked = await actingAs('eve', () => client.query<{ who: string }>("SELECT current_setting('daybook.user') AS who"));
    expect(asked.rows[0]?.who).toBe('eve');
    await client.query('BEGIN');
    await client.query('SELECT * FROM nowhere').catch(() => undefined);
    await expect(client.query('SELECT 1')).rejects.toThrow('current transaction is aborted');
    await client.query('ROLLBACK');
    // Asked for side by side on one connection: each as who asked.
    const both = await Promise.all(
      ['u1', 'u2'].map((user) => actingAs(user, () => client.query<{ who: string }>("SELECT current_setting('daybook.user') AS who"))),
    );
    expect(both.map(({ rows }) => rows[0]?.who)).toEqual(['u1', 'u2']);
    client.release();
    await told.end();
  });

  it('tells denials', async () => {
    await pool.query('CREATE ROLE weak');
    const client = await pool.connect();
    const events = await recorder.during(async () => {
      await client.query('SET ROLE weak');
      await actingAs('eve', () => client.query('SELECT * FROM people')).catch(() => undefined);
      await client.query('RESET ROLE');
    });
    client.release();
    expect(events).toMatchObject([{ user_id: 'eve', outcome: 'denied', status_code: '42501' }]);
  });

  it('knows who asked, also for those who waited for a connection', async () => {
    const users = Array.from({ length: 20 }, (_, i) => `u${i}`);
    const events = await recorder.during(
      () => Promise.all(users.map((user) => actingAs(user, () => pool.query(`SELECT pg_sleep(0.002), name AS ${user} FROM people`)))),
      users.length,
    );
    for (const event of events) expect(event['query_text']).toContain(`AS ${String(event['user_id'])} FROM`);
    expect(new Set(events.map(({ user_id }) => user_id)).size).toBe(users.length);
  });

  /** Runs `act` in the handler of a request. */
  async function inRequest<T>(who: () => string, act: () => Promise<T>): Promise<T> {
    let acted: Promise<T> | undefined;
    const handler: RequestListener = (_req, res) => {
      acted = act();
      acted.then(
        () => res.end(),
        () => res.end(),
      );
    };
    const { url, close } = await listening(httpAudit(recorder.client, handler, { who }));
    await fetch(url, { headers: { 'x-request-id': 'request-of-ana' } });
    await close();
    if (acted === undefined) throw new Error('the request did not arrive');
    return acted;
  }

  it('does not take whoever opened a connection for who asks', async () => {
    const lazy = pgAudit(recorder.client, new Pool({ connectionString: server.url('shop'), max: 1 }));
    const events = await recorder.during(async () => {
      await inRequest(() => 'ana', () => lazy.query('SELECT name FROM people'));
      // Of nobody: a job beside the requests. Its answer comes in by the connection that ana's request opened.
      await lazy.query('SELECT card FROM people');
      await actingAs('bob', () => lazy.query('SELECT id FROM people'));
    }, 4); // biome-ignore format: a list
    await lazy.end();
    const statements = events.filter(({ category }) => category === 'data');
    expect(statements.map(({ user_id, request_id, query_text }) => [user_id, request_id, query_text])).toEqual([
      ['ana', 'request-of-ana', 'SELECT name FROM people'],
      ['shop', undefined, 'SELECT card FROM people'],
      ['bob', undefined, 'SELECT id FROM people'],
    ]);
  });

  it('a resolver of the application that throws costs the event, not the statement', async () => {
    recorder.problems.length = 0;
    const who = () => {
      throw new Error('no such user');
    };
    const { rows } = await inRequest(who, () => pool.query('SELECT 1 AS one FROM people LIMIT 1'));
    expect(rows).toEqual([{ one: 1 }]);
    expect(recorder.problems).toMatchObject([{ kind: 'internal', message: 'a statement could not be recorded' }]);
  });

  it('knows callbacks, cursors, and single clients', async () => {
    const client = pgAudit(recorder.client, new Client({ connectionString: server.url('shop') }));
    await client.connect();
    const events = await recorder.during(async () => {
      await new Promise((resolve) => actingAs('cb', () => client.query('SELECT name FROM people', (_error, result) => resolve(result))));
      const cursor = actingAs('cur', () => client.query(new Cursor('SELECT id FROM people ORDER BY id')));
      expect(await cursor.read(1)).toHaveLength(1);
      await cursor.close();
    }, 2);
    await client.end();
    expect(events).toMatchObject([
      { user_id: 'cb', row_count: 2 },
      { user_id: 'cur', action: 'read' },
    ]);
  });

  it('records Drizzle, with its transactions', async () => {
    const people = pgTable('people', { id: integer().primaryKey(), name: text(), card: text() });
    const plain = new Pool({ connectionString: server.url('shop') });
    const db = drizzleAudit(recorder.client, drizzle(plain), { database: 'shop' });
    const events = await recorder.during(async () => {
      await actingAs('ana', () => db.select().from(people).where(eq(people.name, 'secret-name')));
      await actingAs('bob', () => db.transaction(async (tx) => void (await tx.insert(people).values({ id: 7, name: 'secret-name' }))));
      await actingAs('eve', () => db.insert(people).values({ id: 7 })).catch(() => undefined);
    }, 3); // biome-ignore format: a list
    await plain.end();
    expect(events).toMatchObject([
      {
        user_id: 'ana',
        action: 'read',
        resource: 'people',
        resource_parent: 'shop',
        row_count: 0,
        protocol: 'postgres',
        outcome: 'success',
      },
      { user_id: 'bob', action: 'create', row_count: 1, outcome: 'success' },
      { user_id: 'eve', action: 'create', outcome: 'failure', status_code: '23505' },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret-name');
  });

  it('records operations as Prisma hands them to an extension', async () => {
    const { query } = prismaAudit(recorder.client, { event: { resource_parent: 'shop' } });
    const ask = (operation: string, answer: () => unknown) =>
      query.$allOperations({ model: 'User', operation, args: { where: { name: 'secret' } }, query: async () => answer() });
    const events = await recorder.during(async () => {
      expect(await actingAs('ana', () => ask('findMany', () => [1, 2]))).toEqual([1, 2]);
      await actingAs('bob', () => ask('updateMany', () => ({ count: 3 })));
      await expect(ask('create', () => { throw Object.assign(new Error('secret'), { code: 'P2002' }); })).rejects.toThrow('secret'); // biome-ignore format: one thought
    }, 3);
    expect(events).toMatchObject([
      { user_id: 'ana', event_type: 'User.findMany', action: 'read', resource: 'User', row_count: 2, outcome: 'success' },
      { user_id: 'bob', event_type: 'User.updateMany', action: 'update', row_count: 3 },
      { user_id: 'shop', actor_type: 'service', action: 'create', outcome: 'failure', status_code: 'P2002', reason: 'Error' },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });
});
