import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-tls-'));
const at = (name: string) => path.join(dir, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });

function authority(name: string): void {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=${name}`, '-days', '2'); // biome-ignore format: one command
}

function certificate(
  name: string,
  { by, subject, days = '2' }: { readonly by: string; readonly subject: string; readonly days?: string },
): void {
  writeFileSync(at(`${name}.ext`), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    subject,
  );
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-out', `${name}.crt`, '-days', days, '-extfile', `${name}.ext`); // biome-ignore format: one command
}

let server: WebServer;
beforeAll(async () => {
  for (const name of ['ca', 'stranger']) authority(name);
  certificate('first', { by: 'ca', subject: '/CN=localhost' });
  certificate('second', { by: 'ca', subject: '/CN=localhost/O=second' });
  certificate('shop', { by: 'ca', subject: '/CN=shop' });
  certificate('anna', { by: 'ca', subject: '/CN=anna' });
  certificate('forged', { by: 'stranger', subject: '/CN=shop' });
  for (const part of ['crt', 'key']) copyFileSync(at(`first.${part}`), at(`live.${part}`));
  server = await startWeb({
    env: {
      DAYBOOK_TLS_CERT: at('live.crt'),
      DAYBOOK_TLS_KEY: at('live.key'),
      DAYBOOK_TLS_CLIENT_CA: at('ca.crt'),
      DAYBOOK_LISTEN: '0.0.0.0:0',
    },
  });
  const admin = { name: 'daybook', tokenId: '' };
  await server.base.control.tokens.create({ name: 'shop', role: 'producer' }, admin);
  await server.base.control.tokens.create({ name: 'anna', role: 'auditor' }, admin);
});
afterAll(async () => {
  await server.stop();
  server.remove();
  rmSync(dir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly organisation: string | undefined;
  readonly cookies: readonly string[];
}

function ask(
  url: string,
  options: {
    readonly cert?: string;
    readonly body?: string;
    readonly headers?: Record<string, string>;
    readonly maxVersion?: 'TLSv1.1';
  } = {},
): Promise<Answer> {
  const { cert, body, headers = {}, maxVersion } = options;
  return new Promise((resolve, reject) => {
    const request = https.request(
      new URL(url, server.url.replace('0.0.0.0', '127.0.0.1')),
      {
        ca: readFileSync(at('ca.crt')),
        agent: false,
        method: body === undefined ? 'GET' : 'POST',
        headers,
        ...(cert === undefined ? {} : { cert: readFileSync(at(`${cert}.crt`)), key: readFileSync(at(`${cert}.key`)) }),
        ...(maxVersion === undefined ? {} : { maxVersion, minVersion: maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }),
      },
      (answer) => {
        const { O } = (answer.socket as TLSSocket).getPeerCertificate().subject;
        let text = '';
        answer.on('data', (part) => (text += part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text, organisation: [O].flat()[0], cookies: answer.headers['set-cookie'] ?? [] }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

describe('TLS', () => {
  test('serves beyond loopback, from version 1.2 on', async () => {
    expect(server.url).toMatch(/^https:/);
    expect((await ask('/healthz')).status).toBe(200);
    await expect(ask('/healthz', { maxVersion: 'TLSv1.1' })).rejects.toThrow(/protocol version|alert/i);
  });

  test('a cookie is for this host over TLS only', async () => {
    const link = server.base.control.firstSignIn?.reveal() ?? '';
    const answer = await ask('/v1/session', { body: JSON.stringify({ link }), headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(201);
    expect(answer.cookies[0]).toMatch(/^__Host-daybook=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/);
  });

  test('a renewed certificate is used; a broken one is not', async () => {
    for (const part of ['key', 'crt']) copyFileSync(at(`second.${part}`), at(`live.${part}`));
    await vi.waitUntil(async () => (await ask('/healthz')).organisation === 'second', { timeout: 20_000, interval: 200 });
    writeFileSync(at('live.crt'), 'no certificate');
    expect((await ask('/healthz')).organisation).toBe('second');
  });

  test('a client certificate speaks for the producer of its name, for nobody else, and goes with its token', async () => {
    const whoami = (cert?: string) => ask('/v1/whoami', cert === undefined ? {} : { cert });
    expect(await whoami('shop')).toMatchObject({ status: 200, text: expect.stringContaining('"role":"producer"') });
    expect((await whoami()).status).toBe(401);
    expect((await whoami('anna')).status).toBe(401);
    expect((await whoami('forged')).status).toBe(401);
    expect((await ask('/v1/tokens', { cert: 'shop' })).status).toBe(403);
    // A browser shows its certificate whatever page sends the request.
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[])
      expect(await ask('/v1/whoami', { cert: 'shop', headers })).toMatchObject({ status: 403, text: expect.stringContaining('csrf') });
    const shop = (await server.base.control.tokens.list()).find((token) => token.name === 'shop');
    await server.base.control.tokens.revoke(shop?.id ?? '', { name: 'daybook', tokenId: '' });
    expect((await whoami('shop')).status).toBe(401);
  });
});

describe('addresses', () => {
  test('proxies are believed only where they are named', async () => {
    const trusting = await startWeb({ env: { DAYBOOK_TRUSTED_PROXIES: '127.0.0.0/8,::1/128' } });
    const distrusting = await startWeb();
    const headers = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };
    for (const [web, address] of [[trusting, '198.51.100.7'], [distrusting, '127.0.0.1']] as const) {
      await fetch(`${web.url}/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ name: 'x', password: 'y' }) });
      let text = '';
      for await (const chunk of web.ledger.read('important', 0, web.ledger.state('important').size)) text += chunk.bytes.toString('utf8');
      expect(text).toContain(`"event_type":"session.sign_in_failed","importance":"important","ip_address":"${address}"`);
      await web.stop();
      web.remove();
    }
  }); // biome-ignore format: pairs

  test('a token opens from its addresses, a role from its own', async () => {
    const web = await startWeb({ env: { DAYBOOK_TRUSTED_PROXIES: '127.0.0.1' } });
    const make = (name: string, addresses: readonly string[]) =>
      web.base.control.tokens.create({ name, role: 'auditor', addresses }, { name: 'daybook', tokenId: '' });
    const from = async (secret: string, address: string) => (await web.get('/v1/whoami', secret, { 'x-forwarded-for': address })).status;
    const four = (await make('four', ['10.0.0.0/8', '192.0.2.7'])).secret;
    const six = (await make('six', ['2001:db8::/32'])).secret;
    expect([await from(four, '10.255.0.1'), await from(four, '192.0.2.7'), await from(four, '::ffff:10.1.1.1')]).toEqual([200, 200, 200]);
    expect([await from(four, '11.0.0.1'), await from(four, '192.0.2.8'), await from(four, '2001:db8::1')]).toEqual([401, 401, 401]);
    // What a client writes into the header itself stands before what the proxy adds.
    expect([await from(four, '10.1.1.1, 198.51.100.9'), await from(four, '198.51.100.9, 10.1.1.1'), await from(four, '10.1.1.1x')]).toEqual(
      [401, 200, 401],
    );
    expect([await from(six, '2001:db8:ffff::1'), await from(six, '2001:db9::1'), await from(six, '10.0.0.1')]).toEqual([200, 401, 401]);
    await expect(make('bad', ['10.0.0.0/33'])).rejects.toMatchObject({ field: 'addresses' });
    await expect(make('bad', ['::ffff:10.0.0.0/104'])).rejects.toMatchObject({ field: 'addresses' });
    await web.stop();
    web.remove();
  });

  test('a role with an allow-list is refused from elsewhere', async () => {
    const home = mkdtempSync(path.join(os.tmpdir(), 'daybook-allow-'));
    writeFileSync(path.join(home, 'daybook.yaml'), 'allow_addresses:\n  auditor: [10.0.0.0/8, "2001:db8::/32"]\n');
    const web = await startWeb({ dir: home, env: { DAYBOOK_TRUSTED_PROXIES: '127.0.0.1' } });
    const auditor = await web.token('auditor', 'anna');
    const from = async (address: string) => (await web.get('/v1/whoami', auditor, { 'x-forwarded-for': address })).status;
    expect([await from('10.2.3.4'), await from('2001:db8::9'), await from('192.0.2.1')]).toEqual([200, 200, 403]);
    expect((await web.get('/v1/whoami')).status).toBe(200);
    await web.stop();
    web.remove();
  });
});
