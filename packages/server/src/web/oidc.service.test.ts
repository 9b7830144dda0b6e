import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';

/** Whom the provider's sign-in page finds in front of it, and what it says of everybody. */
let person = 'anna';
const groups: Record<string, readonly string[]> = {};
/** What an attacker between provider and server, or a broken provider, makes of an ID token. */
let tamper: ((claims: Record<string, unknown>, key: JWK) => Promise<string>) | undefined;

let signingKey: JWK;
let issuer: Server;
let issuerUrl: string;
let handler: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end();
let server: WebServer;

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' };
}

/** A real provider with one signing key; it signs in whoever `person` is, without asking. */
async function startProvider(key: JWK): Promise<void> {
  signingKey = key;
  const home = server.url.replace('127.0.0.1', 'localhost');
  const provider = new Provider(issuerUrl, {
    clients: [
      {
        client_id: 'daybook',
        client_secret: 'a secret of this test',
        redirect_uris: [`${home}/v1/session/oidc/callback`],
        post_logout_redirect_uris: [`${home}/`],
        backchannel_logout_uri: `${home}/v1/session/oidc/logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [key] },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of this test'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    // Its own way refuses loopback, where this test's server is.
    fetch: (url, options) => {
      const plain = { ...options };
      Reflect.deleteProperty(plain, 'dispatcher');
      return fetch(url, plain);
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: async () => ({
        sub,
        preferred_username: sub,
        groups: groups[sub],
        email: `${sub}@example.com`,
        email_verified: sub !== 'unproven',
      }),
    }),
  });
  provider.use(async (ctx, next) => {
    await next();
    const body = ctx.body as Record<string, unknown> | undefined;
    if (ctx.path !== '/token' || tamper === undefined || typeof body?.['id_token'] !== 'string') return;
    body['id_token'] = await tamper(decodeJwt(body['id_token']), key);
  });
  const interact = async (request: IncomingMessage, response: ServerResponse) => {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: person } });
    const grant = new provider.Grant({ accountId: session?.accountId ?? person, clientId: String(params['client_id']) });
    grant.addOIDCScope('openid profile email');
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  };
  const answer = provider.callback();
  handler = (request, response) =>
    void (request.url?.startsWith('/interaction/') === true ? interact(request, response) : answer(request, response));
}

beforeAll(async () => {
  issuer = createServer((request, response) => handler(request, response));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-oidc-'));
  writeFileSync(
    path.join(dir, 'daybook.yaml'),
    `oidc_issuer: ${issuerUrl}\noidc_client_id: daybook\noidc_roles: {security: auditor, platform: admin}\n`,
  );
  server = await startWeb({ dir, env: { DAYBOOK_OIDC_CLIENT_SECRET: 'a secret of this test' } });
  await startProvider(await newKey());
});
afterAll(async () => {
  await server.stop();
  server.remove();
  issuer.closeAllConnections();
  await new Promise((resolve) => issuer.close(resolve));
});
beforeEach(() => {
  tamper = undefined;
  person = 'anna';
  groups['anna'] = ['security', 'football'];
});

/** Cookies per host, redirects by hand. */
class Browser {
  readonly jar = new Map<string, Map<string, string>>();

  async get(url: string, method = 'GET', headers: Record<string, string> = {}, body?: string) {
    const { host } = new URL(url);
    const cookies = this.jar.get(host) ?? new Map<string, string>();
    this.jar.set(host, cookies);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = '', ...rest] = set.split(';');
      const at = pair.indexOf('=');
      if (/expires=Thu, 01 Jan 1970|Max-Age=0/i.test(rest.join(';'))) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** Follows redirects until there is none; `meddle` may send the browser elsewhere. */
  async follow(from: string, meddle: (url: string) => string = (url) => url): Promise<Response> {
    let at = meddle(from);
    for (let hops = 0; hops < 12; hops++) {
      const answer = await this.get(at);
      const location = answer.headers.get('location');
      if (location === null || location === '/') return answer;
      await answer.arrayBuffer();
      at = meddle(new URL(location, at).href);
    }
    throw new Error('too many redirects');
  }
}

const home = () => server.url.replace('127.0.0.1', 'localhost');
const start = () => `${home()}/v1/session/oidc`;

async function signIn(meddle?: (url: string) => string) {
  const browser = new Browser();
  const answer = await browser.follow(start(), meddle);
  return { browser, status: answer.status, text: await answer.text() };
}

async function whoIs(browser: Browser) {
  const answer = await browser.get(`${home()}/v1/session`);
  return {
    status: answer.status,
    body: parseJson(await answer.text()) as { user?: { name: string; roles: readonly string[] }; csrf?: string },
  };
}

async function story(): Promise<string> {
  let text = '';
  for await (const chunk of server.ledger.read('important', 0, server.ledger.state('important').size)) text += chunk.bytes.toString('utf8');
  return text;
}

describe('OpenID Connect', () => {
  test('a person of a mapped group comes in with its role, and the same account again', async () => {
    const { browser, status } = await signIn();
    expect(status).toBe(302);
    expect((await whoIs(browser)).body.user).toMatchObject({ name: 'anna', roles: ['auditor'] });
    const again = await signIn();
    expect(again.status).toBe(302);
    expect(server.base.control.users.list().filter((user) => user.name === 'anna')).toHaveLength(1);
    const told = await story();
    expect(told).toContain('"auth_method":"oidc"');
    expect(told).not.toMatch(/eyJ|code=|a secret of this test/);
  });

  test('new groups are new roles, and end the sessions of before', async () => {
    const before = await signIn();
    groups['anna'] = ['platform'];
    const after = await signIn();
    expect((await whoIs(before.browser)).status).toBe(401);
    expect((await whoIs(after.browser)).body.user?.roles).toEqual(['admin']);
    groups['anna'] = ['football'];
    expect((await signIn()).status).toBe(401);
    expect((await whoIs(after.browser)).status).toBe(401);
  });

  test('an account that was made here is not taken over by its name', async () => {
    await server.base.control.users.create({ name: 'boss', roles: ['admin'] }, { name: 'daybook', tokenId: '' });
    person = 'boss';
    groups['boss'] = ['security'];
    expect((await signIn()).status).toBe(401);
    expect(server.base.control.users.named('boss')?.issuer).toBeNull();
  });

  test('an account of the provider has no way in beside it', async () => {
    const { browser } = await signIn();
    const { csrf = '' } = (await whoIs(browser)).body;
    const post = (at: string, body: object, to = browser) =>
      to.get(`${home()}${at}`, 'POST', { 'x-csrf-token': csrf, 'content-type': 'application/json' }, JSON.stringify(body));
    const password = 'correct horse battery staple';
    for (const way of ['password', 'totp', 'passkeys/options'])
      expect([way, (await post(`/v1/session/${way}`, way === 'password' ? { password } : {})).status]).toEqual([way, 403]);
    // One that has a password all the same, from before or by hand.
    const { users, passwords } = server.base.control;
    await users.setPassword(users.named('anna')?.id ?? '', await passwords.hash(password), { name: 'daybook', tokenId: '' });
    expect((await post('/v1/session', { name: 'anna', password }, new Browser())).status).toBe(401);
  });

  test('the provider may change its keys at any time', async () => {
    expect((await signIn()).status).toBe(302);
    await startProvider(await newKey());
    expect((await signIn()).status).toBe(302);
  });

  test('signing out names the place where the provider ends its session', async () => {
    const { browser } = await signIn();
    const { csrf = '' } = (await whoIs(browser)).body;
    const out = parseJson(await (await browser.get(`${home()}/v1/session`, 'DELETE', { 'x-csrf-token': csrf })).text()) as {
      logout: string;
    };
    expect(out.logout).toContain(`${issuerUrl}/session/end?`);
    expect((await browser.get(out.logout)).status).toBe(200);
    expect((await whoIs(browser)).status).toBe(401);
  });
});

describe('what is not as it must be is refused', () => {
  const replaced = (name: string, at: string) => (url: string) => {
    if (!url.includes(at)) return url;
    const changed = new URL(url);
    if (changed.searchParams.has(name)) changed.searchParams.set(name, 'x'.repeat(43));
    return changed.href;
  };

  test.each([
    ['another state', replaced('state', '/callback')],
    ['another nonce', replaced('nonce', '/auth?')],
    ['another code challenge', replaced('code_challenge', '/auth?')],
    ['another code', replaced('code', '/callback')],
    ['another issuer', replaced('iss', '/callback')],
  ])('%s', async (_name, meddle) => {
    const { browser, status } = await signIn(meddle);
    expect(status).toBe(401);
    expect((await whoIs(browser)).status).toBe(401);
  });

  test('a callback in a browser that began nothing, and one that comes twice', async () => {
    let callback = '';
    const { browser } = await signIn((url) => {
      if (url.includes('/callback')) callback = url;
      return url;
    });
    expect((await new Browser().get(callback)).status).toBe(401);
    expect((await browser.get(callback)).status).toBe(401);
  });

  const signed = async (claims: Record<string, unknown>, key: JWK) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid ?? '' }).sign(await importJWK(key, 'RS256'));
  const now = () => Math.floor(Date.now() / 1000);
  const tampers: readonly (readonly [string, (claims: Record<string, unknown>, key: JWK) => Promise<string>, number])[] = [
    ['an ID token for another audience', (claims, key) => signed({ ...claims, aud: 'other' }, key), 401],
    ['an ID token of another issuer', (claims, key) => signed({ ...claims, iss: 'https://other.example' }, key), 401],
    ['an ID token of long ago', (claims, key) => signed({ ...claims, exp: now() - 120 }, key), 401],
    ['an ID token of the future', (claims, key) => signed({ ...claims, nbf: now() + 120 }, key), 401],
    ['an ID token signed by another key', async (claims, key) => signed(claims, { ...(await newKey()), kid: key.kid ?? '' }), 401],
    ['an ID token that nobody signed', async (claims) => new UnsecuredJWT(claims).encode(), 401],
    ['an ID token without a nonce', ({ nonce: _nonce, ...claims }, key) => signed(claims, key), 401],
    ['clocks that differ a little are no trouble', (claims, key) => signed({ ...claims, exp: now() - 10, nbf: now() + 10 }, key), 302],
  ]; // biome-ignore format: a table
  test.each(tampers)('%s', async (_name, how, status) => {
    tamper = how;
    expect((await signIn()).status).toBe(status);
  });

  test('a provider that does not answer is told as such', async () => {
    const answer = handler;
    handler = (_request, response) => response.writeHead(500).end();
    expect((await new Browser().get(start())).status).toBe(503);
    handler = answer;
  });
});

describe('back-channel logout', () => {
  /** Ends the session at the provider, as its own sign-out page does. */
  async function endAtProvider(browser: Browser): Promise<void> {
    const page = await (await browser.get(`${issuerUrl}/session/end`)).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const answer = await browser.get(`${issuerUrl}/session/end/confirm`, 'POST', { 'content-type': 'application/x-www-form-urlencoded' }, `xsrf=${xsrf}&logout=yes`); // biome-ignore format: one request
    expect(answer.status).toBe(303);
  }

  test('a session that ends at the provider ends here, and no other', async () => {
    const [one, other] = [await signIn(), await signIn()];
    expect([(await whoIs(one.browser)).status, (await whoIs(other.browser)).status]).toEqual([200, 200]);
    await endAtProvider(one.browser);
    expect([(await whoIs(one.browser)).status, (await whoIs(other.browser)).status]).toEqual([401, 200]);
    expect(await story()).toContain('"reason":"the provider ended it"');
  });

  const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
  let serial = 0;
  const seconds = () => Math.floor(Date.now() / 1000);
  const claims = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    iss: issuerUrl,
    aud: 'daybook',
    iat: seconds(),
    exp: seconds() + 120,
    jti: `token-${(serial += 1)}`,
    events: { [EVENT]: {} },
    sub: 'anna',
    ...more,
  });
  const signed = async (body: Record<string, unknown>, { key = signingKey, typ = 'logout+jwt' }: { key?: JWK; typ?: string } = {}) =>
    new SignJWT(body).setProtectedHeader({ alg: 'RS256', kid: signingKey.kid ?? '', typ }).sign(await importJWK(key, 'RS256'));
  const tell = (token: string) =>
    fetch(`${server.url}/v1/session/oidc/logout`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });

  test('a subject alone ends all that the provider vouched for, once', async () => {
    const [one, other] = [await signIn(), await signIn()];
    const token = await signed(claims());
    const answer = await tell(token);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect([(await whoIs(one.browser)).status, (await whoIs(other.browser)).status]).toEqual([401, 401]);
    const again = await signIn();
    expect((await tell(token)).status).toBe(400);
    expect((await whoIs(again.browser)).status).toBe(200);
  });

  test('a new key of the provider is known', async () => {
    const { browser } = await signIn();
    await startProvider(await newKey());
    await expect.poll(async () => (await tell(await signed(claims()))).status, { timeout: 10_000, interval: 300 }).toBe(200);
    expect((await whoIs(browser)).status).toBe(401);
  });

  const strange: readonly (readonly [string, () => Promise<string>])[] = [
    ['no token', async () => 'x'],
    ['another issuer', () => signed(claims({ iss: 'https://other.example' }))],
    ['another audience', () => signed(claims({ aud: 'other' }))],
    ['of an hour ago', () => signed(claims({ iat: seconds() - 3600 }))],
    ['of the future', () => signed(claims({ iat: seconds() + 120 }))],
    ['that has ended', () => signed(claims({ exp: seconds() - 60 }))],
    ['without a time', () => signed(claims({ iat: undefined }))],
    ['without an id', () => signed(claims({ jti: undefined }))],
    ['without events', () => signed(claims({ events: undefined }))],
    ['of another event', () => signed(claims({ events: { 'http://schemas.openid.net/event/other': {} } }))],
    ['of nobody', () => signed(claims({ sub: undefined }))],
    ['with a nonce', () => signed(claims({ nonce: 'n' }))],
    ['of another type', () => signed(claims(), { typ: 'at+jwt' })],
    ['signed by another key', async () => signed(claims(), { key: await newKey() })],
    ['that nobody signed', async () => new UnsecuredJWT(claims()).encode()],
    ['signed by the secret of the client', async () => new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('a secret of this test'))],
  ]; // biome-ignore format: a table
  test('what is not as it must be is refused, and ends nothing', async () => {
    const { browser } = await signIn();
    for (const [name, token] of strange) {
      const answer = await tell(await token());
      expect([name, answer.status, parseJson(await answer.text())]).toEqual([
        name,
        400,
        expect.objectContaining({ code: 'logout_token_invalid' }),
      ]);
    }
    expect((await fetch(`${server.url}/v1/session/oidc/logout`, { method: 'POST', body: new URLSearchParams() })).status).toBe(400);
    expect((await whoIs(browser)).status).toBe(200);
    expect(await story()).toContain('"event_type":"session.logout_refused"');
  });
});
