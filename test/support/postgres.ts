import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';

/** A real PostgreSQL in a temporary directory: for tests, and for the demo's company. */
export interface PostgresServer {
  url(database: string): string;
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

const BIN = process.env['DAYBOOK_TEST_POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin';

/** Why there is no PostgreSQL to test with; undefined when there is one, and in CI, where a lack must fail and not skip. */
export function postgresMissing(): string | undefined {
  if (process.env['CI'] !== undefined || existsSync(path.join(BIN, 'initdb'))) return undefined;
  return `no PostgreSQL 15 in ${BIN}; install Debian's postgresql-15`;
}

/** `detached`: Ctrl-C in the terminal does not reach it; whoever started it ends it. */
export async function startPostgres({ detached = false }: { readonly detached?: boolean } = {}): Promise<PostgresServer> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-pg-'));
  // PostgreSQL refuses to run as root: then it runs as the user that its package made.
  const who = process.getuid?.() === 0 ? accountOf('postgres') : {};
  if (who.uid !== undefined) chownSync(dir, who.uid, who.gid ?? who.uid);
  const run = { ...who, cwd: dir, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  const data = path.join(dir, 'data');
  execFileSync(path.join(BIN, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'daybook', '--no-sync', '-E', 'UTF8'], {
    ...run,
    stdio: 'pipe',
  });
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${dir}`, '-c', 'fsync=off'];
  const child = spawn(path.join(BIN, 'postgres'), ['-D', data, '-p', String(port), ...settings], { ...run, detached, stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = (database: string) => `postgres://daybook@127.0.0.1:${port}/${database}`;
  await reachable(url('postgres'));
  return {
    url,
    async createDatabase(name) {
      const client = new Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
    },
    async stop() {
      child.kill('SIGINT');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function accountOf(user: string): { readonly uid?: number; readonly gid?: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

/** The server needs a moment to open its door: tries until it answers, 30 s at the longest. */
async function reachable(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (attempt >= 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
