import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createSocket, type AddressInfo, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresMissing, type PostgresServer, startPostgres } from '../../../../test/support/postgres.ts';
import { runErrand } from './errands.ts';
import { Redacted } from './redacted.ts';
import type { HttpCanary, PostgresCanary } from './source-settings.ts';

const SSHD = '/usr/sbin/sshd';
const MARKER = 'daybook-canary-0123456789abcdef';
const COMMON = { name: 'c', source: 's', proves: 'read', everyS: 600, withinS: 60 } as const;
const run = (canary: Parameters<typeof runErrand>[0], marker = MARKER) => runErrand(canary, marker, new AbortController().signal);

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createSocket();
  const port = await listening(server);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

describe('over HTTP', () => {
  const seen: (Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { body: string })[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(302, { location: '/elsewhere' }).end('x'.repeat(100_000));
    });
  });
  let url = '';
  beforeAll(async () => {
    url = `http://127.0.0.1:${await listening(server)}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const canary = (more: Partial<HttpCanary> = {}): HttpCanary => ({
    ...COMMON,
    kind: 'http',
    url: new Redacted(url),
    method: 'GET',
    headers: new Redacted({}),
    body: undefined,
    ...more,
  });

  it('puts the marker where it is told, always into the agent, and follows nobody', async () => {
    expect(await run(canary())).toBe('it was answered 302');
    const post = {
      url: new Redacted(`${url}/login?who={marker}`),
      method: 'POST',
      headers: new Redacted({ 'x-canary': '{marker}', cookie: 'secret' }),
      body: new Redacted('{"user":"{marker}"}'),
    };
    await run(canary(post));
    expect(seen).toMatchObject([
      { method: 'GET', url: '/', headers: { 'user-agent': `daybook-canary (${MARKER})` } },
      { method: 'POST', url: `/login?who=${MARKER}`, headers: { 'x-canary': MARKER, cookie: 'secret' }, body: `{"user":"${MARKER}"}` },
    ]);
  });

  it('tells a code when nobody is there, and nothing of the address', async () => {
    const said = await run(canary({ url: new Redacted(`http://user:hush@127.0.0.1:${await freePort()}/`) }));
    expect(said).toMatch(/^it failed \(/);
    expect(said).not.toContain('hush');
    expect(await run(canary({ url: new Redacted(`http://127.0.0.1:${await freePort()}/`) }))).toBe('it failed (ECONNREFUSED)');
  });
});

describe.skipIf(postgresMissing() !== undefined)('in PostgreSQL (needs postgresql-15)', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres.stop();
  });
  const canary = (more: Partial<PostgresCanary> = {}): PostgresCanary => ({
    ...COMMON,
    kind: 'postgres',
    url: new Redacted(postgres.url('postgres')),
    query: new Redacted("CREATE TABLE canary AS SELECT '{marker}' AS m, current_setting('application_name') AS a"),
    ...more,
  });

  it('runs the statement with the marker in it and as the name of the application', async () => {
    expect(await run(canary())).toBe('the statement ran');
    const client = new Client({ connectionString: postgres.url('postgres') });
    await client.connect();
    const { rows } = await client.query('SELECT m, a FROM canary');
    await client.end();
    expect(rows).toEqual([{ m: MARKER, a: MARKER }]);
  });

  it('tells the code of a refusal', async () => {
    expect(await run(canary({ query: new Redacted('SELECT hush FROM nowhere') }))).toBe('it failed (42P01)');
    expect(await run(canary({ url: new Redacted(postgres.url('nobase_{marker}')) }))).toBe('it failed (3D000)');
  });
});

describe.skipIf(process.env['CI'] === undefined && (!existsSync(SSHD) || process.getuid?.() !== 0))(
  'at sshd (needs openssh-server and root)',
  () => {
    it('fails to log in as somebody whom nobody knows, and sshd says whom', async () => {
      const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-sshd-'));
      const port = await freePort();
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(dir, 'key')]);
      writeFileSync(
        path.join(dir, 'config'),
        `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${path.join(dir, 'key')}\nPidFile none\nUsePAM no\nLogLevel INFO\n`,
      );
      mkdirSync('/run/sshd', { recursive: true });
      const sshd = spawn(SSHD, ['-D', '-e', '-f', path.join(dir, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
      let log = '';
      sshd.stderr.on('data', (bytes: Buffer) => (log += bytes.toString()));
      const exited = new Promise((resolve) => sshd.once('exit', resolve));
      try {
        await vi.waitFor(() => opens(port), { timeout: 10_000, interval: 50 });
        expect(await run({ ...COMMON, kind: 'sshd', host: '127.0.0.1', port })).toBe('it was refused');
        await vi.waitFor(() => expect(log).toContain(`Invalid user ${MARKER} from 127.0.0.1`), { timeout: 10_000 });
        expect(await run({ ...COMMON, kind: 'sshd', host: '127.0.0.1', port: await freePort() })).toBe(
          'ssh could not ask (connection refused)',
        );
      } finally {
        sshd.kill('SIGTERM');
        await exited;
        rmSync(dir, { recursive: true, force: true });
      }
    });
  },
);

function opens(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
