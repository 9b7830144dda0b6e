import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Client, type PoolConfig, type QueryResult } from 'pg';
import { makeBodies } from './workload.ts';
import type { LoadResult } from './load.ts';

const BIN = '/usr/lib/postgresql/15/bin';
export const hasPostgres = (): boolean => existsSync(`${BIN}/postgres`);

/** The baseline: PostgreSQL 15, one table with the event as jsonb and three indexes, durable commits. */
export class Postgres {
  readonly #child: ChildProcess;
  readonly options: PoolConfig;
  readonly dir: string;

  private constructor(child: ChildProcess, options: PoolConfig, dir: string) {
    this.#child = child;
    this.options = options;
    this.dir = dir;
  }

  static async start(dir: string, port = 17_718): Promise<Postgres> {
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    const uid = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }));
    const gid = Number(execFileSync('id', ['-g', 'postgres'], { encoding: 'utf8' }));
    await chown(dir, uid, gid);
    const asPostgres = { uid, gid, cwd: '/', stdio: 'ignore' } as const;
    const data = path.join(dir, 'data');
    execFileSync(`${BIN}/initdb`, ['-D', data, '-U', 'bench', '--auth=trust', '-E', 'UTF8', '--locale=C'], asPostgres);
    const settings = [
      'shared_buffers=1GB',
      'max_wal_size=8GB',
      'checkpoint_timeout=15min',
      'work_mem=64MB',
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${dir}`,
    ];
    const child = spawn(`${BIN}/postgres`, ['-D', data, ...settings.flatMap((s) => ['-c', s])], asPostgres);
    const options = { host: '127.0.0.1', port, user: 'bench', database: 'postgres' };
    const server = new Postgres(child, options, dir);
    const limit = performance.now() + 30_000;
    for (;;) {
      try {
        await server.query('SELECT 1');
        break;
      } catch (error) {
        if (performance.now() > limit) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    await server.query(
      'CREATE TABLE access_logs (idx bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, recorded_at timestamptz NOT NULL DEFAULT now(), event jsonb NOT NULL)',
    );
    await server.query("CREATE INDEX ON access_logs ((event->>'user_id'), (event->>'timestamp'))");
    await server.query("CREATE INDEX ON access_logs ((event->>'resource'), (event->>'timestamp'))");
    await server.query("CREATE INDEX ON access_logs ((event->>'ip_address'), (event->>'timestamp'))");
    return server;
  }

  async query(sql: string): Promise<QueryResult> {
    const client = new Client(this.options);
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  }

  /** The same bodies as for Daybook, each one INSERT of its events, `connections` at a time. */
  async load(order: {
    readonly connections: number;
    readonly batch: number;
    readonly events: number;
    readonly history?: { readonly startMicros: number; readonly stepMicros: number };
  }): Promise<LoadResult> {
    const bodies = makeBodies(64, order.batch);
    const requests = Math.ceil(order.events / order.batch);
    const latencies = new Float64Array(requests);
    let next = 0;
    const clients = await Promise.all(
      Array.from({ length: order.connections }, async () => {
        const client = new Client(this.options);
        await client.connect();
        return client;
      }),
    );
    const began = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        while (next < requests) {
          const request = next++;
          const body = bodies[request % bodies.length];
          if (!body) throw new Error('no body');
          if (order.history)
            body.patch(
              order.history.startMicros + request * order.batch * order.history.stepMicros,
              order.history.stepMicros,
              request * order.batch,
            );
          else body.patch(Date.now() * 1000, 1, request * order.batch);
          const values = `[${body.bytes.toString('utf8').trimEnd().replaceAll('\n', ',')}]`;
          const sent = performance.now();
          await client.query({
            name: 'load',
            text: 'INSERT INTO access_logs (event) SELECT value FROM jsonb_array_elements($1::jsonb)',
            values: [values],
          });
          latencies[request] = performance.now() - sent;
        }
      }),
    );
    const seconds = (performance.now() - began) / 1000;
    await Promise.all(clients.map((client) => client.end()));
    latencies.sort();
    const at = (q: number): number => latencies[Math.min(requests - 1, Math.floor(requests * q))] ?? 0;
    return { events: requests * order.batch, seconds, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), cpuSeconds: 0 };
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await new Promise((resolve) => this.#child.once('exit', resolve));
    await rm(this.dir, { recursive: true, force: true });
  }
}
