import { expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const { io, written } = testIo({ env });
  return { status: await main(['postgres', ...args], io), ...written };
}

it('setup prints settings by aim, and the role of object audit only when asked for', async () => {
  const changes = await run(['setup', '--aim', 'changes']);
  expect(changes).toMatchObject({ status: 0, err: '' });
  expect(changes.out).toMatch(/^pgaudit\.log = 'write,role,ddl' /m);
  expect(changes.out).toMatch(/^pgaudit\.log_rows = 'on' /m);
  expect(changes.out).not.toContain('pgaudit.role');
  const objects = await run(['setup', '--aim', 'admin', '--objects', `card, sales."O'Hara"`]);
  expect(objects.out).toMatch(/^pgaudit\.role = 'daybook_audit' /m);
  expect(objects.out).toContain(`'sales."O''Hara"'::regclass`);
  expect(await run(['setup', '--aim', 'world'])).toMatchObject({ status: 2 });
});

it('triggers prints one transaction, with names as literals', async () => {
  const { status, out } = await run(['triggers', '--tables', "people,sales.o'x", '--mask', 'people.ssn', '--mask', 'people.card']);
  expect(status).toBe(0);
  expect(out.startsWith('begin;\n')).toBe(true);
  expect(out.endsWith('commit;\n')).toBe(true);
  expect(out).toContain("select daybook.watch('people', array['ssn', 'card']::text[], true);");
  expect(out).toContain("select daybook.watch('sales.o''x', array[]::text[], true);");
  const dropped = await run(['triggers', '--tables', 'people', '--drop']);
  expect(dropped.out).toContain("select daybook.unwatch('people');");
  expect(dropped.out).not.toContain('create');
  expect(await run(['triggers', '--tables', 'people', '--mask', 'persons.ssn'])).toMatchObject({ status: 2, out: '' });
  expect(await run(['triggers', '--tables', ' , '])).toMatchObject({ status: 2, out: '' });
});

it('takes the address from the environment, and never shows it', async () => {
  expect((await run(['setup', '--apply'])).err).toContain('DAYBOOK_POSTGRES_URL is not set');
  expect((await run(['setup', '--apply'], { DAYBOOK_POSTGRES_URL: 'mysql://u:hunter2@x/y' })).err).not.toContain('hunter2');
  // Port 1 has no PostgreSQL.
  const { status, err } = await run(['setup', '--apply'], { DAYBOOK_POSTGRES_URL: 'postgres://u:hunter2@127.0.0.1:1/shop' });
  expect(status).toBe(1);
  expect(err).toContain('Nothing listens there');
  expect(err).not.toContain('hunter2');
});
