import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';
import { Authenticator } from './test-authenticator.ts';
import { totpCode } from '../base/totp.ts';

const PASSWORD = 'correct horse battery staple';
const JSON_TYPE = { 'content-type': 'application/json' };

let server: WebServer;
let admin: Browser;
let firstCookie: string;

/** What a browser keeps between requests, and no more. */
class Browser {
  cookie = '';
  csrf = '';

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await fetch(server.url + path, {
      method,
      headers: {
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(this.csrf === '' ? {} : { 'x-csrf-token': this.csrf }),
        ...(body === undefined ? {} : JSON_TYPE),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const set = answer.headers.get('set-cookie');
    if (set !== null) this.cookie = set.split(';', 1)[0] ?? '';
    const text = await answer.text();
    const json = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
    if (typeof json['csrf'] === 'string') this.csrf = json['csrf'];
    return { status: answer.status, json, set, text };
  }
}

const secretOf = (link: unknown) => String(link).split('#link=')[1] ?? '';

/** A user with a password, signed in. */
async function person(
  name: string,
  roles: readonly string[],
  more: Record<string, unknown> = {},
): Promise<Browser & { readonly id: string }> {
  const made = await admin.ask('POST', '/v1/users', { name, roles, ...more });
  expect([name, made.status, made.json]).toEqual([name, 201, expect.anything()]);
  const browser = Object.assign(new Browser(), { id: String(made.json['id']) });
  const link = secretOf((made.json['invitation'] as Record<string, unknown>)['link']);
  expect((await browser.ask('POST', '/v1/session', { link })).status).toBe(201);
  expect((await browser.ask('POST', '/v1/session/password', { password: PASSWORD })).status).toBe(200);
  return browser;
}

/** Entries that the server wrote about itself, as text. */
async function story(): Promise<string> {
  let text = '';
  const { size } = server.ledger.state('important');
  for await (const chunk of server.ledger.read('important', 0, size)) text += chunk.bytes.toString('utf8');
  return text;
}

beforeAll(async () => {
  server = await startWeb();
  admin = new Browser();
  const link = server.base.control.firstSignIn?.reveal() ?? '';
  firstCookie = (await admin.ask('POST', '/v1/session', { link })).set ?? '';
  await admin.ask('POST', '/v1/session/password', { password: PASSWORD });
});
afterAll(async () => {
  await server.stop();
  server.remove();
});

describe('signing in', () => {
  test('the first link makes an admin, once', async () => {
    expect(firstCookie).toMatch(/^daybook=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    const link = server.base.control.firstSignIn?.reveal() ?? '';
    expect((await new Browser().ask('POST', '/v1/session', { link })).json).toMatchObject({ status: 401, code: 'sign_in_failed' });
    expect((await admin.ask('GET', '/v1/session')).json).toMatchObject({
      user: { name: 'admin', roles: ['admin'] },
      permissions: expect.arrayContaining(['admin', 'events:read']),
      scope: null,
      csrf: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test('by name or address and password; what is wrong is said in one sentence', async () => {
    const anna = await person('anna', ['auditor'], { email: 'Anna@Example.com' });
    const other = new Browser();
    expect((await other.ask('POST', '/v1/session', { email: 'anna@example.com', password: PASSWORD })).status).toBe(201);
    expect(other.cookie).not.toBe(anna.cookie);
    const wrong = await new Browser().ask('POST', '/v1/session', { name: 'anna', password: 'wrong wrong wrong' });
    const unknown = await new Browser().ask('POST', '/v1/session', { name: 'hunter2-typed-into-name', password: PASSWORD });
    expect(wrong.json).toEqual(unknown.json);
    expect(wrong.status).toBe(401);
    const told = await story();
    expect(told).toContain('"event_type":"session.sign_in_failed"');
    expect(told).toContain('"reason":"wrong password"');
    for (const secret of [PASSWORD, 'wrong wrong', 'hunter2', anna.cookie.split('=')[1] ?? 'none', 'dbl_'])
      expect(told).not.toContain(secret);
  });

  test('the time that a refusal takes tells nobody which accounts there are', async () => {
    await person('tim', ['auditor']);
    const took: Record<string, number[]> = { tim: [], 'nobody-at-all': [] };
    for (let round = 0; round < 3; round++) {
      for (const [name, times] of Object.entries(took)) {
        const beganMs = performance.now();
        expect((await new Browser().ask('POST', '/v1/session', { name, password: 'wrong wrong wrong' })).status).toBe(401);
        times.push(performance.now() - beganMs);
      }
    }
    const [known = 0, unknown = 0] = Object.values(took).map((times) => times.toSorted((a, b) => a - b)[1]);
    // A refusal without the hash would be thirty times as fast.
    expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(2.5);
  });

  test('a session that was planted beforehand is not the one that is signed in', async () => {
    await person('fix', ['auditor']);
    const browser = new Browser();
    browser.cookie = 'daybook=planted-by-someone-else-0000000000000000000';
    await browser.ask('POST', '/v1/session', { name: 'fix', password: PASSWORD });
    expect(browser.cookie).not.toContain('planted');
    const before = browser.cookie;
    await browser.ask('POST', '/v1/session', { name: 'fix', password: PASSWORD });
    const stale = new Browser();
    stale.cookie = before;
    expect((await stale.ask('GET', '/v1/session')).status).toBe(401);
  });

  test('a code of TOTP opens once', async () => {
    const tom = await person('tom', ['auditor']);
    const { json } = await tom.ask('POST', '/v1/session/totp', {});
    const secret = String(json['secret']);
    const step = Math.floor(Date.now() / 30_000);
    expect((await tom.ask('PUT', '/v1/session/totp', { totp: '000000' })).status).toBe(400);
    expect((await tom.ask('PUT', '/v1/session/totp', { totp: totpCode(secret, step) })).status).toBe(200);
    const signIn = (totp?: string) =>
      new Browser().ask('POST', '/v1/session', { name: 'tom', password: PASSWORD, ...(totp === undefined ? {} : { totp }) });
    expect((await signIn()).json).toMatchObject({ code: 'second_factor_needed' });
    expect((await signIn(totpCode(secret, step))).json).toMatchObject({ code: 'sign_in_failed' });
    expect((await signIn(totpCode(secret, step + 1))).status).toBe(201);
    expect((await signIn(totpCode(secret, step + 1))).status).toBe(401);
  });

  test('a storm of wrong passwords is braked, and the owner still comes in from where they are known', async () => {
    await person('olga', ['auditor']);
    const known = new Browser();
    expect((await known.ask('POST', '/v1/session', { name: 'olga', password: PASSWORD })).status).toBe(201);
    // All at once: what is counted before it is checked leaves none of them a door, however long the checking takes.
    const storm = async (name: string) => {
      const guesses = Array.from({ length: 9 }, (_, i) =>
        new Browser().ask('POST', '/v1/session', { name, password: `wrong password ${i}` }),
      );
      return (await Promise.all(guesses)).map(({ status }) => status).toSorted((a, b) => a - b);
    };
    const answers = [401, 401, 401, 401, 401, 401, 429, 429, 429];
    expect(await storm('olga')).toEqual(answers);
    expect(await storm('nobody')).toEqual(answers);
    const link = await admin.ask('POST', `/v1/users/${idOf('olga')}/invitation`, {});
    expect(link.status).toBe(201);
    expect((await new Browser().ask('POST', '/v1/session', { link: secretOf(link.json['link']) })).status).toBe(201);
  });
});

const idOf = (name: string) => server.base.control.users.named(name)?.id ?? '';

describe('passkeys', () => {
  const origin = () => server.url.replace('127.0.0.1', 'localhost');
  const begin = async () => String((await new Browser().ask('POST', '/v1/session/passkey/options')).json['challenge']);
  const enter = (credential: unknown) => new Browser().ask('POST', '/v1/session/passkey', { credential });

  test('one that was made signs in, and each answer once', async () => {
    const pia = await person('pia', ['auditor']);
    const device = new Authenticator();
    const { json } = await pia.ask('POST', '/v1/session/passkeys/options', {});
    const credential = device.create(String(json['challenge']), origin(), 'localhost');
    expect((await pia.ask('POST', '/v1/session/passkeys', { credential, name: 'phone' })).status).toBe(201);
    expect((await pia.ask('POST', '/v1/session/passkeys', { credential })).status).toBe(400);
    const answer = device.get(await begin(), origin(), 'localhost');
    expect((await enter(answer)).json).toMatchObject({ user: { name: 'pia' } });
    expect((await enter(answer)).status).toBe(401);
    expect(await story()).toContain('"auth_method":"passkey"');
    const id = answer.id;
    expect((await admin.ask('DELETE', `/v1/session/passkeys/${id}`)).status).toBe(404);
    const other = new Browser();
    expect((await other.ask('POST', '/v1/session', { name: 'pia', password: PASSWORD })).status).toBe(201);
    expect((await pia.ask('DELETE', `/v1/session/passkeys/${id}`)).status).toBe(200);
    expect((await enter(device.get(await begin(), origin(), 'localhost'))).status).toBe(401);
    expect((await other.ask('GET', '/v1/session')).status).toBe(401);
    expect((await pia.ask('GET', '/v1/session')).status).toBe(200);
  });

  test('a session that was left open neither makes nor gives up one without the password', async () => {
    const ola = await person('ola', ['auditor']);
    const device = new Authenticator();
    const { json } = await ola.ask('POST', '/v1/session/passkeys/options', {});
    const credential = device.create(String(json['challenge']), origin(), 'localhost');
    const at = `/v1/session/passkeys/${String((await ola.ask('POST', '/v1/session/passkeys', { credential })).json['id'])}`;
    const { clock } = server.base;
    const later = clock.nowMicros() + 11 * 60_000_000;
    const spy = vi.spyOn(clock, 'nowMicros').mockImplementation(() => later);
    try {
      for (const [method, url] of [
        ['POST', '/v1/session/passkeys/options'],
        ['DELETE', at],
      ] as const) {
        const answer = await ola.ask(method, url);
        expect([answer.status, answer.json['field']]).toEqual([403, 'current_password']);
      }
      expect((await ola.ask('DELETE', at, { current_password: 'another one altogether' })).status).toBe(401);
      expect((await ola.ask('DELETE', at, { current_password: PASSWORD })).status).toBe(200);
    } finally {
      spy.mockRestore();
    }
  });

  test('of another origin, another server, without a person, with another key, cloned, or to a challenge of nobody: refused', async () => {
    const pat = await person('pat', ['auditor']);
    const device = new Authenticator();
    const { json } = await pat.ask('POST', '/v1/session/passkeys/options', {});
    await pat.ask('POST', '/v1/session/passkeys', { credential: device.create(String(json['challenge']), origin(), 'localhost') });
    const other = new Authenticator();
    const stolen = async () => ({
      ...other.get(await begin(), origin(), 'localhost'),
      id: device.id.toString('base64url'),
      rawId: device.id.toString('base64url'),
    });
    const refused = [
      device.get(await begin(), 'https://evil.example', 'localhost'),
      device.get(await begin(), origin(), 'evil.example'),
      device.get(await begin(), origin(), 'localhost', 0x01),
      device.get('n'.repeat(43), origin(), 'localhost'),
      await stolen(),
    ];
    for (const credential of refused) expect((await enter(credential)).status).toBe(401);
    const made = new Authenticator();
    const mine = await pat.ask('POST', '/v1/session/passkeys/options', {});
    expect(
      (await admin.ask('POST', '/v1/session/passkeys', { credential: made.create(String(mine.json['challenge']), origin(), 'localhost') }))
        .status,
    ).toBe(400);
    for (const credential of [{}, { ...device.get(await begin(), origin(), 'localhost'), response: { clientDataJSON: '!' } }])
      expect((await enter(credential)).status).toBe(400);
  });

  test('a counter that goes back tells of a copy', async () => {
    const cloe = await person('cloe', ['auditor']);
    const device = new Authenticator();
    const { json } = await cloe.ask('POST', '/v1/session/passkeys/options', {});
    await cloe.ask('POST', '/v1/session/passkeys', { credential: device.create(String(json['challenge']), origin(), 'localhost') });
    device.counter = 10;
    expect((await enter(device.get(await begin(), origin(), 'localhost'))).status).toBe(201);
    device.counter = 5;
    expect((await enter(device.get(await begin(), origin(), 'localhost'))).status).toBe(401);
  });
});

describe('sessions', () => {
  test('a change by cookie needs what only our own page can read', async () => {
    const without = new Browser();
    without.cookie = admin.cookie;
    const body = { name: 'evil', roles: ['admin'] };
    expect((await without.ask('POST', '/v1/users', body)).json).toMatchObject({ status: 403, code: 'csrf' });
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await admin.ask('POST', '/v1/users', body, headers)).json).toMatchObject({ code: 'csrf' });
      expect((await admin.ask('GET', '/v1/session', undefined, headers)).json).toMatchObject({ code: 'csrf' });
      expect((await new Browser().ask('POST', '/v1/session', { name: 'admin', password: PASSWORD }, headers)).json).toMatchObject({
        code: 'csrf',
      });
    }
    const form = await fetch(`${server.url}/v1/session`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'admin', password: PASSWORD }),
    });
    expect(form.status).toBe(415);
  });

  test('end at sign-out, when an admin ends them, and when rights change', async () => {
    const eva = await person('eva', ['auditor']);
    expect((await eva.ask('GET', '/v1/users')).status).toBe(200);
    const sessions = (await admin.ask('GET', '/v1/sessions')).json['sessions'] as { id: string; user: string }[];
    const hers = sessions.find((one) => one.user === 'eva');
    expect((await admin.ask('DELETE', `/v1/sessions/${hers?.id}`)).status).toBe(200);
    expect((await eva.ask('GET', '/v1/users')).status).toBe(401);

    await eva.ask('POST', '/v1/session', { name: 'eva', password: PASSWORD });
    expect((await admin.ask('PATCH', `/v1/users/${eva.id}`, { roles: ['viewer'], scope: { source: ['shop'] } })).status).toBe(200);
    expect((await eva.ask('GET', '/v1/session')).status).toBe(401);

    await eva.ask('POST', '/v1/session', { name: 'eva', password: PASSWORD });
    expect((await eva.ask('GET', '/v1/users')).status).toBe(403);
    expect((await eva.ask('GET', '/v1/session')).json).toMatchObject({
      permissions: ['events:read'],
      scope: { own: { source: ['shop'] } },
    });
    expect((await eva.ask('DELETE', '/v1/session')).status).toBe(200);
    expect((await eva.ask('GET', '/v1/session')).status).toBe(401);
  });

  test('a tail of a session ends with what it may see: by another role, and when the account’s time is over', async () => {
    // An admin's change ends the sessions at once; what only time ends has no such help.
    const byRole = (id: string) => admin.ask('PATCH', `/v1/users/${id}`, { roles: ['viewer'], scope: { source: ['shop'] } });
    const byTime = (id: string) =>
      server.base.control.users.update(id, { expires_at: new Date(Date.now() + 300).toISOString() }, { name: 'daybook', tokenId: '' });
    for (const [name, change] of [['tail-role', byRole], ['tail-time', byTime]] as const) {
      const viewer = await person(name, ['auditor']);
      const tail = await fetch(`${server.url}/v1/tail`, { headers: { cookie: viewer.cookie } });
      expect(tail.status).toBe(200);
      await change(viewer.id);
      await vi.waitUntil(async () => (await viewer.ask('GET', '/v1/session')).status === 401, { timeout: 5000, interval: 50 });
      await server.ledger.record('daybook.read', { action: 'read', event_type: 'secret.of.later', user_id: name });
      const text = await tail.text();
      expect([name, text.includes('"reason":"not_allowed"'), text.includes('secret.of.later')]).toEqual([name, true, false]);
    }
  }); // biome-ignore format: pairs

  test('a user ends no other user’s session', async () => {
    const a = await person('a1', ['auditor']);
    const sessions = (await admin.ask('GET', '/v1/sessions')).json['sessions'] as { id: string; user: string }[];
    const other = sessions.find((one) => one.user === 'admin')?.id;
    expect((await a.ask('DELETE', `/v1/sessions/${other}`)).status).toBe(404);
  });
});

describe('links', () => {
  test('open once, the newest alone, and not at all after a new password or the end of the account', async () => {
    const lea = await person('lea', ['auditor']);
    const invite = async () => secretOf((await admin.ask('POST', `/v1/users/${lea.id}/invitation`, {})).json['link']);
    const enter = async (link: string) => (await new Browser().ask('POST', '/v1/session', { link })).status;
    const older = await invite();
    const newer = await invite();
    expect([await enter(older), await enter(newer), await enter(newer)]).toEqual([401, 201, 401]);
    const astray = await invite();
    expect((await lea.ask('POST', '/v1/session/password', { password: `${PASSWORD} anew` })).status).toBe(200);
    expect(await enter(astray)).toBe(401);
    const late = await invite();
    for (const disabled of [true, false]) await admin.ask('PATCH', `/v1/users/${lea.id}`, { disabled });
    expect(await enter(late)).toBe(401);
  });
});

describe('users and roles', () => {
  test('the last admin stays', async () => {
    const id = idOf('admin');
    for (const patch of [{ roles: ['auditor'] }, { disabled: true }, { expires_at: '2030-01-01T00:00:00Z' }])
      expect((await admin.ask('PATCH', `/v1/users/${id}`, patch)).json).toMatchObject({ code: 'conflict' });
    expect((await admin.ask('DELETE', `/v1/users/${id}`)).json).toMatchObject({ code: 'conflict' });
  });

  test('an account whose time is over opens nothing', async () => {
    const ben = await person('ben', ['auditor']);
    expect((await admin.ask('PATCH', `/v1/users/${ben.id}`, { expires_at: '2020-01-01T00:00:00Z' })).status).toBe(200);
    expect((await ben.ask('GET', '/v1/session')).status).toBe(401);
    expect((await ben.ask('POST', '/v1/session', { name: 'ben', password: PASSWORD })).json).toMatchObject({ code: 'sign_in_failed' });
  });

  test.each([
    [{ name: 'x y', roles: ['auditor'] }, 'name'],
    [{ name: 'v1', roles: ['viewer'] }, 'scope'],
    [{ name: 'v1', roles: ['viewer'], scope: {} }, 'scope'],
    [{ name: 'v1', roles: ['viewer'], scope: { user_id: ['x'] } }, 'scope'],
    [{ name: 'v1', roles: ['viewer'], scope: { source: [] } }, 'scope'],
    [{ name: 'v1', roles: ['viewer'], scope: { source: [''] } }, 'scope'],
    [{ name: 'v1', roles: ['king'] }, 'roles'],
    [{ name: 'v1', roles: ['producer'] }, 'roles'],
    [{ name: 'v1', roles: [] }, 'roles'],
    [{ name: 'v1', roles: ['auditor'], masks: ['timestamp'] }, 'masks'],
    [{ name: 'v1', roles: ['admin'], masks: ['query_text'] }, 'scope'],
    [{ name: 'v1', roles: ['auditor'], expires_at: 'soon' }, 'expires_at'],
    [{ name: 'v1', roles: ['auditor'], email: 'no address' }, 'email'],
  ])('%j is refused by %s', async (body, field) => {
    const answer = await admin.ask('POST', '/v1/users', body);
    expect([answer.status, answer.json['field']]).toEqual([400, field]);
  });

  test('a role of one’s own gives what it says, and goes only when nobody has it', async () => {
    const made = await admin.ask('POST', '/v1/roles', {
      name: 'support',
      permissions: ['events:read'],
      scope: { tenant_id: ['acme'] },
      masks: ['query_text'],
    });
    expect(made.status).toBe(201);
    expect((await admin.ask('POST', '/v1/roles', { name: 'god', permissions: ['admin'] })).status).toBe(400);
    const sue = await person('sue', ['support']);
    expect((await sue.ask('GET', '/v1/session')).json).toMatchObject({ scope: { any: [{ tenant_id: ['acme'] }], masks: ['query_text'] } });
    expect((await admin.ask('DELETE', `/v1/roles/${String(made.json['id'])}`)).json).toMatchObject({ code: 'conflict' });
    await admin.ask('DELETE', `/v1/users/${sue.id}`);
    expect((await admin.ask('DELETE', `/v1/roles/${String(made.json['id'])}`)).status).toBe(200);
  });

  test('every change is explained by the ledger, and no secret lies in the database', async () => {
    const lines = (await (await server.get('/v1/verify/control')).text()).trim().split('\n');
    expect(lines.at(-1)).toBe('{"end":{"findings":0}}');
    expect(await story()).toContain('"event_type":"user.create"');
  });
});

describe('tokens', () => {
  const make = (body: Record<string, unknown>) => admin.ask('POST', '/v1/tokens', body);

  test('one whose time is over opens nothing, one of a role of one’s own what the role gives', async () => {
    const past = await make({ name: 'past', role: 'auditor', expires_at: '2020-01-01T00:00:00Z' });
    expect([past.status, (await server.get('/v1/whoami', String(past.json['token']))).status]).toEqual([201, 401]);
    expect((await admin.ask('POST', '/v1/roles', { name: 'lister', permissions: ['access:read'] })).status).toBe(201);
    const lister = String((await make({ name: 'lister', role: 'lister' })).json['token']);
    expect((await server.get('/v1/users', lister)).status).toBe(200);
    expect((await server.get('/v1/events/routine/0', lister)).status).toBe(403);
  });

  test.each([
    [{ name: 'k', role: 'king' }, 'role'],
    [{ name: 'k', role: 'viewer' }, 'sources'],
    [{ name: 'k', role: 'viewer', sources: [] }, 'sources'],
    [{ name: 'k', role: 'auditor', masks: ['query_text'] }, 'masks'],
    [{ name: 'k', role: 'viewer', sources: ['s'], masks: ['source'] }, 'masks'],
    [{ name: 'k', role: 'auditor', addresses: ['nowhere'] }, 'addresses'],
    [{ name: 'k', role: 'auditor', addresses: [] }, 'addresses'],
    [{ name: 'k', role: 'auditor', expires_at: 'later' }, 'expires_at'],
  ])('%j is refused by %s', async (body, field) => {
    const { status, json } = await make(body);
    expect([status, json['field']]).toEqual([400, field]);
  });

  test('no name is both a user’s and a token’s', async () => {
    await person('twin', ['auditor']);
    expect((await make({ name: 'twin', role: 'producer' })).json).toMatchObject({ code: 'conflict' });
    await make({ name: 'till', role: 'producer' });
    expect((await admin.ask('POST', '/v1/users', { name: 'till', roles: ['auditor'] })).json).toMatchObject({ code: 'conflict' });
  });
});

test('who reads within a scope is refused by every route that does not say that it heeds scopes', async () => {
  const viewer = await person('vic', ['viewer'], { scope: { source: ['shop'] } });
  for (const route of server.base.routes.all()) {
    if (!['events:read', 'entries:read'].includes(route.permission) || route.scoped) continue;
    const path = route.path.replace(':log', 'routine').replace(':idx', '0').replace('*', '000').replace(/:\w+/, 'f'.repeat(64));
    expect([path, (await viewer.ask(route.method, path)).status]).toEqual([path, 403]);
  }
});
