import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { parseJson } from '@daybook/protocol';
import { Daybook } from './daybook-under-test.ts';
import { hasPostgres, Postgres } from './postgres-under-test.ts';
import type { Report } from './report.ts';

const SCRIPTS = path.join(import.meta.dirname, 'sdk');
const CONNECTIONS = 16;
/** With and without, in turns, so that what else happens on the machine meets both. */
const PAIRS = 5;

/**
 * What the SDK costs an application: `record` by itself; a small Express application with the middleware beside the same without it; how fast a spool is
 * sent; what a million requests leave in memory. The applications run as built, and send to a stand-in for a Daybook elsewhere: the cores measured are theirs.
 */
export async function benchSdk(report: Report, workDir: string, scale: number): Promise<void> {
  await rm(path.join(workDir, 'sdk'), { recursive: true, force: true });
  await mkdir(path.join(workDir, 'sdk'), { recursive: true });
  await record(report, path.join(workDir, 'sdk'), Math.round(300_000 * scale));
  await express(report, path.join(workDir, 'sdk'), Math.round(40_000 * scale));
  if (hasPostgres()) await expressOnPostgres(report, path.join(workDir, 'sdk'), Math.round(20_000 * scale));
  await memory(report, path.join(workDir, 'sdk'), Math.round(1_000_000 * scale));
}

async function record(report: Report, dir: string, events: number): Promise<void> {
  const server = await Daybook.start(path.join(dir, 'data'));
  const order = { name: 'admin', url: server.url, token: server.token, directory: path.join(dir, 'spool'), events };
  const result = await run<RecordResult>('record.mjs', order);
  await server.stop();
  report.add({
    workload: 'sdk',
    name: 'record(), median',
    value: result.medianUs,
    unit: 'µs',
    atMost: 5,
    note: `p99 ${result.p99Us.toFixed(1)} µs`,
  });
  const note = `${result.sent} events to a real server on the same cores`;
  report.add({ workload: 'sdk', name: 'spool drained', value: result.drainPerS, unit: 'events/s', atLeast: 50_000, note });
}

async function express(report: Report, dir: string, requests: number): Promise<void> {
  const { cpuUs, percent, note } = await pairs(dir, { path: '/api/orders/7', requests });
  report.add({ workload: 'sdk', name: 'Express middleware, CPU per request', value: cpuUs, unit: 'µs', atMost: 20, note });
  report.add({ workload: 'sdk', name: 'Express throughput with it, of without', value: percent, unit: '%', atLeast: 95, note });
}

/** The same application where an order is one row of PostgreSQL, on the same cores: what is left of its throughput when a request does what requests do. */
async function expressOnPostgres(report: Report, dir: string, requests: number): Promise<void> {
  const postgres = await Postgres.start(path.join(dir, 'postgres'));
  try {
    await postgres.query('CREATE TABLE orders (id int PRIMARY KEY, customer text, total numeric, state text, items jsonb)');
    await postgres.query(
      `INSERT INTO orders SELECT n, 'c' || n % 7, n * 9.9, 'paid', jsonb_build_array(jsonb_build_object('sku', 's' || n)) FROM generate_series(1, 40) n`,
    );
    const { cpuUs, percent, note } = await pairs(dir, { path: '/api/stored/7', requests, database: postgres.options });
    report.add({ workload: 'sdk', name: 'Express with a query of PostgreSQL, CPU per request', value: cpuUs, unit: 'µs', note });
    report.add({ workload: 'sdk', name: 'Express with a query of PostgreSQL, throughput of without', value: percent, unit: '%', note });
  } finally {
    await postgres.stop();
  }
}

interface Asked {
  readonly path: string;
  readonly requests: number;
  readonly database?: object;
}

/** What the middleware costs, and what it leaves of the throughput. */
async function pairs(dir: string, asked: Asked): Promise<{ readonly cpuUs: number; readonly percent: number; readonly note: string }> {
  const sink = await Service.start('sink.mjs', {});
  const cpu: number[] = [];
  const ratio: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const without = await served(dir, { ...asked, audited: false, sink: sink.port });
    const audited = await served(dir, { ...asked, audited: true, sink: sink.port });
    cpu.push(audited.cpuUs - without.cpuUs);
    ratio.push((100 * audited.rate) / without.rate);
  }
  await sink.end();
  const note = `median of ${PAIRS} pairs, ${asked.requests} requests each`;
  return { cpuUs: median(cpu), percent: median(ratio), note };
}

async function served(
  dir: string,
  { audited, sink, requests, path: target, database }: Asked & { readonly audited: boolean; readonly sink: number },
): Promise<{ cpuUs: number; rate: number }> {
  const shop = await Service.start('shop.mjs', { ...shopOrder(dir, audited, sink), database });
  await load(shop.port, Math.ceil(requests / 2), target);
  const before = await shop.usage();
  const seconds = await load(shop.port, requests, target);
  const after = await shop.usage();
  await shop.end();
  return { cpuUs: (after.cpuUs - before.cpuUs) / requests, rate: requests / seconds };
}

async function memory(report: Report, dir: string, requests: number): Promise<void> {
  const sink = await Service.start('sink.mjs', {});
  const shop = await Service.start('shop.mjs', shopOrder(dir, true, sink.port), ['--expose-gc']);
  await load(shop.port, Math.ceil(requests / 10));
  const before = await shop.usage();
  await load(shop.port, requests);
  const after = await shop.usage();
  await shop.end();
  await sink.end();
  const grown = (after.heapUsed - before.heapUsed) / 1e6;
  const note = `heap ${(after.heapUsed / 1e6).toFixed(1)} MB, resident ${(after.rss / 1e6).toFixed(0)} MB`;
  report.add({ workload: 'sdk', name: `heap grown over ${requests} requests`, value: grown, unit: 'MB', atMost: 3, note });
}

interface RecordResult {
  readonly medianUs: number;
  readonly p99Us: number;
  readonly drainPerS: number;
  readonly sent: number;
}

interface Usage {
  readonly cpuUs: number;
  readonly rss: number;
  readonly heapUsed: number;
}

function shopOrder(dir: string, audited: boolean, sink: number): object {
  return { audited, url: `http://127.0.0.1:${sink}`, token: 'bench-token-0123456789', directory: path.join(dir, 'shop-spool') };
}

async function load(port: number, requests: number, target = '/api/orders/7'): Promise<number> {
  const { seconds } = await run<{ seconds: number }>('get-load.mjs', { port, path: target, connections: CONNECTIONS, requests });
  return seconds;
}

/** Runs a script to its end: its last line is its result. */
async function run<T>(script: string, order: object): Promise<T> {
  const child = spawn(process.execPath, [path.join(SCRIPTS, script), JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} failed`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each script prints the shape that its caller asks for
  return parseJson(output.trim().split('\n').at(-1) ?? '') as T;
}

/** A script that stays: it says its port first, then answers lines. */
class Service {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface, port: number) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
  }

  static async start(script: string, order: object, flags: readonly string[] = []): Promise<Service> {
    const child = spawn(process.execPath, [...flags, path.join(SCRIPTS, script), JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [first] = await once(lines, 'line');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script's first line
    const { port } = parseJson(String(first)) as { port: number };
    return new Service(child, lines, port);
  }

  async usage(): Promise<Usage> {
    const answer = once(this.#lines, 'line');
    this.#child.stdin?.write('usage\n');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script's answer to `usage`
    return parseJson(String((await answer)[0])) as Usage;
  }

  async end(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end('end\n');
    await closed;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
