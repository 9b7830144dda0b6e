import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresMissing, type PostgresServer, startPostgres } from '../../../test/support/postgres.ts';
import { openShop, type Shop, SHOP_TABLES } from '../../../test/support/prisma/client.ts';
import { actingAs } from './context.ts';
import { prismaAudit } from './prisma.ts';
import { type Recorded, TestRecorder } from './test-recorder.ts';

const missing = postgresMissing();

/** One event in a line: who, what, how it ended. */
const line = ({ user_id, event_type, action, outcome, status_code, row_count }: Recorded) =>
  [user_id, event_type, action, outcome, status_code ?? '-', row_count ?? '-'].join(' ');

describe.skipIf(missing !== undefined)(`Prisma on a real PostgreSQL${missing === undefined ? '' : ` (${missing})`}`, () => {
  let server: PostgresServer;
  let recorder: TestRecorder;
  let bare: Shop;
  let shop: Shop;
  let weak: Shop;
  beforeAll(async () => {
    server = await startPostgres();
    await server.createDatabase('shop');
    recorder = await TestRecorder.open();
    bare = openShop(server.url('shop'));
    for (const table of [...SHOP_TABLES, 'CREATE ROLE weak LOGIN']) await bare.$executeRawUnsafe(table);
    shop = bare.$extends(prismaAudit(recorder.client, { event: { resource_parent: 'shop' } }));
    weak = openShop(server.url('shop', 'weak')).$extends(prismaAudit(recorder.client));
  }, 60_000);
  afterAll(async () => {
    await Promise.all([bare.$disconnect(), weak.$disconnect()]);
    await recorder.close();
    await server.stop();
  });

  /** What was recorded of `act`: so many events as lines are expected, and no more. */
  async function recorded(act: () => Promise<unknown>, expected: readonly string[]): Promise<Recorded[]> {
    const events = await recorder.during(act, expected.length);
    expect(events.map(line)).toEqual(expected);
    return events;
  }
  const failing = (act: Promise<unknown>, code: string) => expect(act).rejects.toMatchObject({ code });

  it('records reads and writes, each once, with who acts and rows, and no value', async () => {
    const events = await recorded(async () => {
      const ana = { id: 1, email: 'secret-1', orders: { create: [{ id: 1, total: 4111 }] } };
      await actingAs('ana', () => shop.person.create({ data: ana }));
      await actingAs('ana', () => shop.person.createMany({ data: [2, 3].map((id) => ({ id, email: `secret-${id}` })) }));
      expect(await actingAs('bob', () => shop.person.findMany({ where: { email: { startsWith: 'secret' } } }))).toHaveLength(3);
      expect(await actingAs('bob', () => shop.person.findUnique({ where: { id: 77 } }))).toBe(null);
      await actingAs('cyd', () => shop.person.update({ where: { id: 2 }, data: { name: 'secret' } }));
      await actingAs('cyd', () => shop.person.upsert({ where: { id: 2 }, update: { name: 'secret' }, create: { id: 2, email: 's' } }));
      expect(await shop.order.count()).toBe(1);
      await shop.order.aggregate({ _sum: { total: true } });
      await shop.order.groupBy({ by: ['personId'] });
      await actingAs('dan', () => shop.person.delete({ where: { id: 3 } }));
    }, [
      'ana Person.create create success - 1',
      'ana Person.createMany create success - 2',
      'bob Person.findMany read success - 3',
      'bob Person.findUnique read success - 0',
      'cyd Person.update update success - 1',
      'cyd Person.upsert update success - 1',
      'shop Order.count query success - 1',
      'shop Order.aggregate query success - 1',
      'shop Order.groupBy query success - 1',
      'dan Person.delete delete success - 1',
    ]); // biome-ignore format: a list
    expect(events[0]).toMatchObject({ resource: 'Person', resource_type: 'model', resource_parent: 'shop', protocol: 'prisma' });
    expect(JSON.stringify(events)).not.toMatch(/secret|4111/);
  });

  it('records failures by what the database says, and denials as such', async () => {
    const events = await recorded(async () => {
      await failing(actingAs('ana', () => shop.person.create({ data: { id: 9, email: 'secret-1' } })), 'P2002');
      await failing(actingAs('ana', () => shop.order.create({ data: { id: 9, total: 1, personId: 99 } })), 'P2003');
      await failing(actingAs('ana', () => shop.person.findUniqueOrThrow({ where: { id: 99 } })), 'P2025');
      await expect(actingAs('ana', () => shop.person.findMany({ where: { secret: 1 } }))).rejects.toThrow('Unknown argument');
      await failing(actingAs('eve', () => weak.person.findMany({})), 'P2039');
      await failing(actingAs('eve', () => weak.person.deleteMany({})), 'P2039');
      await failing(actingAs('eve', () => weak.$queryRaw`SELECT * FROM "Person"`), 'P2010');
      await failing(actingAs('eve', () => weak.$executeRaw`DELETE FROM "Person"`), 'P2010');
    }, [
      'ana Person.create create failure 23505 -',
      'ana Order.create create failure 23503 -',
      'ana Person.findUniqueOrThrow read failure P2025 -',
      'ana Person.findMany read failure - -',
      'eve Person.findMany read denied 42501 -',
      'eve Person.deleteMany delete denied 42501 -',
      'eve $queryRaw read denied 42501 -',
      'eve $executeRaw execute denied 42501 -',
    ]); // biome-ignore format: a list
    expect(events[3]).toMatchObject({ reason: 'PrismaClientValidationError' });
    expect(JSON.stringify(events)).not.toMatch(/secret|Person_email_key/);
  });

  it('records raw statements, and what is asked inside of transactions', async () => {
    const events = await recorded(async () => {
      expect(await actingAs('ana', () => shop.$queryRaw`SELECT id FROM "Person" WHERE email = ${'secret-1'}`)).toEqual([{ id: 1 }]);
      await failing(actingAs('ana', () => shop.$queryRawUnsafe("SELECT 'secret' FROM nowhere")), 'P2010');
      expect(await actingAs('ana', () => shop.$executeRaw`UPDATE "Person" SET name = 'secret'`)).toBe(2);
      await actingAs('bob', () => shop.$transaction([shop.person.findMany({}), shop.order.deleteMany({})]));
      await actingAs('cyd', () => shop.$transaction(async (tx) => {
        await tx.person.update({ where: { id: 2 }, data: { name: 'n' } });
        await tx.$queryRaw`SELECT 1`;
      }));
      await expect(actingAs('eve', () => shop.$transaction(async (tx) => {
        await tx.person.delete({ where: { id: 2 } });
        throw new Error('changed my mind');
      }))).rejects.toThrow('changed my mind');
    }, [
      'ana $queryRaw read success - 1',
      'ana $queryRawUnsafe read failure 42P01 -',
      'ana $executeRaw execute success - 2',
      'bob Person.findMany read success - 2',
      'bob Order.deleteMany delete success - 1',
      'cyd Person.update update success - 1',
      'cyd $queryRaw read success - 1',
      // It was deleted; that the transaction was rolled back is no operation of Prisma.
      'eve Person.delete delete success - 1',
    ]); // biome-ignore format: a list
    expect(await bare.person.count()).toBe(2);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('knows who asks, side by side and later', async () => {
    const users = Array.from({ length: 20 }, (_, i) => `u${i}`);
    // Prisma asks for rows by their key together, when several ask in one turn.
    const act = () => Promise.all(users.map((user, id) => actingAs(user, () => shop.person.findUnique({ where: { id } }))));
    const events = await recorder.during(act, users.length);
    expect(events).toHaveLength(users.length);
    expect(new Set(events.map(({ user_id }) => user_id))).toEqual(new Set(users));
    // A query that nobody awaits is not run; it is theirs who await it.
    await recorded(async () => {
      const asked = actingAs('ana', () => [shop.person.count(), shop.person.count()]);
      expect(await actingAs('bob', () => asked[0] ?? Promise.resolve(0))).toBe(2);
    }, ['bob Person.count query success - 2']); // biome-ignore format: a list
  });
});
