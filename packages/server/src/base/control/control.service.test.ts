import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { parseConfig } from '../parse-config.ts';
import { systemRandom } from '../random.ts';
import { type Control, openControl } from './control.ts';
import { controlFile } from './database.ts';
import { localCredentialsFile, offerLocally } from './local-credentials.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../../test/support/postgres.ts';

const ADMIN = { name: 'root', tokenId: 'T' };
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-control-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function configOf(env: Record<string, string>): Config {
  return parseConfig({ flags: {}, env: { DAYBOOK_DATA: dir, ...env }, cwd: dir, eventFields: [] });
}

function open(env: Record<string, string> = {}): Promise<Control> {
  return openControl({ config: configOf(env), clock: systemClock(), random: systemRandom() });
}

/** What both databases must do alike. */
function behavesAsControlState(env: () => Record<string, string>): void {
  test('a token opens from its creation to its revocation, and after a restart', async () => {
    const control = await open(env());
    const { token, secret } = await control.tokens.create({ name: 'shop', role: 'producer' }, ADMIN);
    expect(secret).toMatch(/^dbk_[A-Za-z0-9_-]{43}$/);
    // One id in 64 began with a dash, and `daybook token revoke` took it for an option.
    expect(token.id).toMatch(/^t_[A-Za-z0-9_-]{12}$/);
    expect(control.tokens.verify(secret)).toMatchObject({
      tokenId: token.id,
      name: 'shop',
      role: 'producer',
      sources: ['shop'],
      tenants: null,
    });
    expect(control.tokens.verify(`${secret}x`)).toBeUndefined();
    await control.close();

    const again = await open(env());
    expect(again.tokens.verify(secret)?.name).toBe('shop');
    await again.tokens.revoke(token.id, ADMIN);
    expect(again.tokens.verify(secret)).toBeUndefined();
    await expect(again.tokens.revoke(token.id, ADMIN)).rejects.toMatchObject({ code: 'conflict' });
    await again.close();

    const third = await open(env());
    expect(third.tokens.verify(secret)).toBeUndefined();
    const kept = (await third.tokens.list()).find((row) => row.id === token.id);
    expect(kept?.revoked_at).toMatch(/^\d{4}-.*Z$/);
    expect(kept?.last_used_at).toMatch(/Z$/);
    await third.close();
  });

  test('a name is one live token', async () => {
    const control = await open(env());
    const first = await control.tokens.create({ name: 'till', role: 'producer', sources: ['a', 'b'], tenants: ['t'] }, ADMIN);
    await expect(control.tokens.create({ name: 'till', role: 'auditor' }, ADMIN)).rejects.toMatchObject({
      code: 'conflict',
      field: 'name',
    });
    await control.tokens.revoke(first.token.id, ADMIN);
    const second = await control.tokens.create({ name: 'till', role: 'producer', sources: null }, ADMIN);
    expect(control.tokens.verify(second.secret)?.sources).toBeNull();
    expect(control.tokens.verify(first.secret)).toBeUndefined();
    await control.close();
  });

  test('every change is an outbox row, in order, until its entry is known', async () => {
    const control = await open({ ...env(), DAYBOOK_ADMIN_TOKEN: 'x'.repeat(40) });
    const before = (await control.outbox.pending(100)).length;
    const { token } = await control.tokens.create({ name: 'desk', role: 'auditor' }, ADMIN);
    await control.tokens.revoke(token.id, ADMIN);
    const rows = (await control.outbox.pending(100)).slice(before);
    expect(rows.map((row) => [row.change.action, row.change.id, row.change.by.name])).toEqual([
      ['create', token.id, 'root'],
      ['revoke', token.id, 'root'],
    ]);
    const [first] = rows;
    await control.outbox.trying(first?.id ?? '', 7);
    await control.outbox.trying(first?.id ?? '', 9);
    expect((await control.outbox.pending(100))[before]?.triedFrom).toBe(7);
    await control.outbox.done(first?.id ?? '', 'important', 8);
    expect((await control.outbox.pending(100)).map((row) => row.id)).not.toContain(first?.id);
    expect((await control.outbox.all()).find((row) => row.id === first?.id)).toMatchObject({ log: 'important', idx: 8 });
    await control.close();
  });

  test('users, sessions, links and roles are there after a restart, and gone when they are', async () => {
    const control = await open(env());
    await control.roles.create(
      { name: 'desk', permissions: ['events:read'], scope: { tenant_id: ['acme'] }, masks: ['query_text'] },
      ADMIN,
    );
    const user = await control.users.create({ name: 'Anna', email: 'Anna@Example.com', roles: ['desk'] }, ADMIN);
    const refused = [
      control.users.create({ name: 'anna', roles: ['auditor'] }, ADMIN),
      control.users.create({ name: 'other', email: 'anna@example.com', roles: ['auditor'] }, ADMIN),
    ];
    for (const one of refused) await expect(one).rejects.toMatchObject({ code: 'conflict' });
    const { secret } = await control.sessions.open(user.id, { ipAddress: '192.0.2.1', userAgent: 'x', method: 'password' });
    const link = await control.sessions.makeLink(user.id);
    await control.users.setTotp(user.id, control.secrets.seal('SECRET', user.id), ADMIN);
    const steps: boolean[] = [];
    for (const step of [7, 7, 6]) steps.push(await control.users.useTotpStep(user.id, step));
    expect(steps).toEqual([true, false, false]);
    await control.passkeys.add({ id: 'k', user_id: user.id, name: 'phone', public_key: 'AA', counter: 3 }, ADMIN);
    await control.close();

    const again = await open(env());
    expect(again.users.named('ANNA@example.COM')).toMatchObject({ name: 'Anna', roles: ['desk'], has_totp: true, passkeys: 1 });
    expect(again.users.access(user.id)?.scope).toEqual({ any: [{ tenant_id: ['acme'] }], own: null, masks: ['query_text'] });
    expect(again.users.secrets(user.id).totpStep).toBe(7);
    expect(again.secrets.open(again.users.secrets(user.id).totp ?? '', user.id)).toBe('SECRET');
    expect((await again.passkeys.get('k'))?.counter).toBe(3);
    expect(again.sessions.verify(secret)?.user_id).toBe(user.id);
    expect(again.sessions.verify(`${secret}x`)).toBeUndefined();
    expect([await again.sessions.useLink(link.secret), await again.sessions.useLink(link.secret)]).toEqual([user.id, undefined]);
    await again.users.remove(user.id, ADMIN);
    await again.sessions.endAll(user.id);
    expect([again.users.access(user.id), again.sessions.verify(secret), await again.passkeys.get('k')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect((await again.users.create({ name: 'anna', roles: ['auditor'] }, ADMIN)).id).not.toBe(user.id);
    await again.close();
  });

  test('two admins who take the role from each other at once leave one', async () => {
    const control = await open(env());
    const ids: string[] = [];
    for (const name of ['a', 'b']) ids.push((await control.users.create({ name, roles: ['admin'] }, ADMIN)).id);
    const done = await Promise.allSettled(ids.map((id) => control.users.update(id, { roles: ['auditor'] }, ADMIN)));
    expect(done.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    await control.close();
  });

  test('a refused name leaves nothing behind', async () => {
    const control = await open(env());
    const before = (await control.outbox.all()).length;
    for (const name of ['', 'a b', 'x'.repeat(65), 'admin', 'local', 'daybook']) {
      await expect(control.tokens.create({ name, role: 'producer' }, ADMIN)).rejects.toMatchObject({ code: 'bad_request', field: 'name' });
    }
    expect((await control.outbox.all()).length).toBe(before);
    await control.close();
  });
}

describe('in a SQLite file', () => {
  behavesAsControlState(() => ({}));

  test('the first start makes an admin token, once', async () => {
    const control = await open();
    const secret = control.firstAdminToken?.reveal() ?? '';
    expect(control.tokens.verify(secret)?.role).toBe('admin');
    await control.close();
    const again = await open();
    expect(again.firstAdminToken).toBeUndefined();
    expect(again.tokens.verify(secret)?.role).toBe('admin');
    await again.close();
  });

  test('an admin token of the environment is used and not stored', async () => {
    const token = 'a token of my own, with ümlauts and spaces';
    const control = await open({ DAYBOOK_ADMIN_TOKEN: token });
    expect(control.firstAdminToken).toBeUndefined();
    expect(control.tokens.verify(token)).toMatchObject({ name: 'admin', role: 'admin' });
    expect(await control.tokens.list()).toEqual([]);
    await control.close();
    const without = await open();
    expect(without.tokens.verify(token)).toBeUndefined();
    expect(without.firstAdminToken).toBeDefined();
    await without.close();
  });

  test('no token stands in the files, which nobody else can read', async () => {
    const control = await open();
    const { secret } = await control.tokens.create({ name: 'shop', role: 'producer' }, ADMIN);
    const file = controlFile(dir);
    for (const part of [file, `${file}-wal`]) {
      const bytes = readFileSync(part);
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(control.firstAdminToken?.reveal() ?? 'no token')).toBe(false);
      expect(statSync(part).mode & 0o077).toBe(0);
    }
    await control.close();
  });

  test('a session ends when it idles, and after half a day whatever it does; a link after three days', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const clock = { nowMicros: () => nowMs * 1000, monotonicMs: () => nowMs };
    const control = await openControl({ config: configOf({}), clock, random: systemRandom() });
    const user = await control.users.create({ name: 'anna', roles: ['auditor'], expires_at: '2026-01-08T00:00:00Z' }, ADMIN);
    const opened = async () => (await control.sessions.open(user.id, { ipAddress: '', userAgent: '', method: 'password' })).secret;
    const idle = await opened();
    const busy = await opened();
    const early = await control.sessions.makeLink(user.id);
    for (let minutes = 0; minutes < 11 * 60 + 50; minutes += 10) {
      nowMs += 600_000;
      expect([minutes, control.sessions.verify(busy) !== undefined]).toEqual([minutes, true]);
    }
    expect(control.sessions.verify(idle)).toBeUndefined();
    nowMs += 600_001;
    expect(control.sessions.verify(busy)).toBeUndefined();
    await control.sessions.flushUses();
    expect(control.sessions.list()).toEqual([]);
    nowMs += 3 * 24 * 3_600_000;
    expect(await control.sessions.useLink(early.secret)).toBeUndefined();
    expect(control.users.access(user.id)).toBeDefined();
    nowMs = Date.UTC(2026, 0, 8);
    expect(control.users.access(user.id)).toBeUndefined();
    await control.close();
  });

  test('a session that someone wrote into the database opens nothing', async () => {
    const control = await open();
    const user = await control.users.create({ name: 'anna', roles: ['admin'] }, ADMIN);
    const { secret } = await control.sessions.open(user.id, { ipAddress: '', userAgent: '', method: 'password' });
    await control.close();
    expect(readFileSync(controlFile(dir)).includes(secret)).toBe(false);
    const database = new Database(controlFile(dir));
    const forged = createHash('sha256').update('forged').digest('hex');
    database.exec(
      `insert into sessions select 'forged', user_id, '${forged}', created_at, seen_at, expires_at, ip_address, user_agent, method, provider, null from sessions limit 1`,
    );
    database.close();
    const again = await open();
    expect(again.sessions.verify(secret)).toBeDefined();
    expect(again.sessions.verify('forged')).toBeUndefined();
    await again.close();
  });

  test('a database of a newer Daybook is refused', async () => {
    await (await open()).close();
    const database = new Database(controlFile(dir));
    database.exec('update daybook_schema set version = 99');
    database.close();
    await expect(open()).rejects.toMatchObject({ code: 'bad_setting' });
  });

  test('a migration that fails leaves the old version', async () => {
    const config = configOf({});
    await (await open()).close();
    const database = new Database(controlFile(config.dataDir));
    // Version 0, but with the tables there: the step fails on the first of them.
    database.exec('delete from daybook_schema; drop table outbox');
    database.close();
    await expect(open()).rejects.toThrow(/already exists/);
    const after = new Database(controlFile(config.dataDir));
    expect(after.prepare("select count(*) as n from sqlite_master where name = 'outbox'").get()).toMatchObject({ n: 0 });
    after.close();
  });

  test('the local file is for its user, and goes with its process only', () => {
    const remove = offerLocally(dir, { url: 'http://127.0.0.1:1', token: 'dbk_a', pid: 1, name: 'local' });
    const file = localCredentialsFile(dir);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const removeNext = offerLocally(dir, { url: 'http://127.0.0.1:2', token: 'dbk_b', pid: 2, name: 'local' });
    remove();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ token: 'dbk_b' });
    removeNext();
    expect(() => statSync(file)).toThrow(/ENOENT/);
  });
});

const missing = postgresMissing();
describe.skipIf(missing !== undefined)(`in PostgreSQL${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  let database = 0;
  beforeEach(async () => {
    database += 1;
    await server.createDatabase(`daybook${database}`);
  });
  const env = () => ({ DAYBOOK_DATABASE_URL: server.url(`daybook${database}`) });
  behavesAsControlState(env);

  test('two nodes that start at once migrate once; a revocation reaches the other', async () => {
    const other = mkdtempSync(path.join(os.tmpdir(), 'daybook-node-'));
    const [a, b] = await Promise.all([open(env()), open({ ...env(), DAYBOOK_DATA: other })]);
    const { token, secret } = await a.tokens.create({ name: 'shared', role: 'producer' }, ADMIN);
    expect(b.tokens.verify(secret)).toBeUndefined();
    await b.tokens.reload();
    expect(b.tokens.verify(secret)?.name).toBe('shared');
    await b.tokens.revoke(token.id, ADMIN);
    await a.tokens.reload();
    expect(a.tokens.verify(secret)).toBeUndefined();
    // Each node tells its own changes to its own ledger.
    expect((await b.outbox.pending(10)).map((row) => row.change.action).filter((action) => action === 'revoke')).toHaveLength(1);
    expect((await a.outbox.pending(10)).map((row) => row.change.action)).not.toContain('revoke');
    await a.close();
    await b.close();
    rmSync(other, { recursive: true, force: true });
  });

  test('a server that does not answer stops the start without showing the URL', async () => {
    const failed = open({ DAYBOOK_DATABASE_URL: 'postgres://u:swordfish@127.0.0.1:1/none' });
    await expect(failed).rejects.toMatchObject({ code: 'bad_setting' });
    await expect(failed).rejects.not.toThrow(/swordfish/);
  });
});
