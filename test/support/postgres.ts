import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { freePort } from './free-port.ts';

/** A real PostgreSQL in a temporary directory: for tests, and for the demo's company. */
export interface PostgresServer {
  /** Of the superuser, or of another role. */
  url(database: string, user?: string): string;
  /** The data directory. */
  readonly data: string;
  createDatabase(name: string): Promise<void>;
  /** For settings that need it. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const BIN = process.env['DAYBOOK_TEST_POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin';

/** Why there is no PostgreSQL to test with; undefined when there is one, and in CI, where a lack must fail and not skip. */
export function postgresMissing(): string | undefined {
  if (process.env['CI'] !== undefined || existsSync(path.join(BIN, 'initdb'))) return undefined;
  return `no PostgreSQL 15 in ${BIN}; install Debian's postgresql-15`;
}

/** Why pgaudit can't be tested; as postgresMissing. */
export function pgauditMissing(): string | undefined {
  if (process.env['CI'] !== undefined || existsSync(path.join(BIN, '../lib/pgaudit.so'))) return postgresMissing();
  return `no pgaudit beside ${BIN}; install Debian's postgresql-15-pgaudit`;
}

export interface PostgresOptions {
  /** Ctrl-C in the terminal does not reach it; whoever started it ends it. */
  readonly detached?: boolean;
  /** Parameters of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf that stand before those that trust everybody. */
  readonly hba?: readonly string[];
}

export async function startPostgres({ detached = false, settings: more = {}, hba = [] }: PostgresOptions = {}): Promise<PostgresServer> {
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
  const rules = path.join(data, 'pg_hba.conf');
  writeFileSync(rules, [...hba, readFileSync(rules, 'utf8')].join('\n'));
  const port = await freePort();
  const parameters = { listen_addresses: '127.0.0.1', unix_socket_directories: dir, fsync: 'off', ...more };
  const settings = Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const start = () =>
    spawn(path.join(BIN, 'postgres'), ['-D', data, '-p', String(port), ...settings], { ...run, detached, stdio: 'ignore' });
  let child = start();
  const end = async () => {
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    await exited;
  };
  const url = (database: string, user = 'daybook') => `postgres://${user}@127.0.0.1:${port}/${database}`;
  await reachable(url('postgres'));
  return {
    url,
    data,
    async createDatabase(name) {
      const client = new Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
    },
    async restart() {
      await end();
      child = start();
      await reachable(url('postgres'));
    },
    async stop() {
      await end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function accountOf(user: string): { readonly uid?: number; readonly gid?: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
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
