import { parseJson } from '@daybook/protocol';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from './until.ts';

export const ROOT = path.resolve(import.meta.dirname, '..', '..');
export const PROGRAM = path.join(ROOT, 'packages', 'cli', 'bin', 'daybook.js');
export const ADMIN = 'harness-admin-token-0123456789abcdef';

/** A start loads the engine; on a busy machine with two cores that takes a while. */
const READY_MS = 60_000;
const OUTPUT_CHARS_MAX = 200_000;

export interface StartOptions {
  /** Kept when given; else a new one, removed by `remove()`. */
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Another Node than ours. */
  readonly node?: string;
  /** Whether to wait for /readyz, or only for the address. */
  readonly wait?: 'ready' | 'listening';
  /** `npm start` instead of the program itself. */
  readonly command?: readonly string[];
}

/** The built program with a directory of its own, as a user would run it: port 0, found by the file that it leaves for the same user. */
export class Daybook {
  readonly home: string;
  readonly child: ChildProcess;
  url = '';
  output = '';
  readonly #options: StartOptions;
  readonly #seen = new Set<number>();

  private constructor(home: string, child: ChildProcess, options: StartOptions) {
    this.home = home;
    this.child = child;
    this.#options = options;
    const collect = (bytes: Buffer) => (this.output = (this.output + bytes.toString()).slice(-OUTPUT_CHARS_MAX));
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }

  static async start(options: StartOptions = {}): Promise<Daybook> {
    mustBeBuilt();
    const home = options.home ?? mkdtempSync(path.join(os.tmpdir(), 'daybook-e2e-'));
    // A file of a server that was killed must not be taken for the new one's.
    rmSync(path.join(home, 'data', 'control', 'local.json'), { force: true });
    const [program, ...args] = options.command ?? [options.node ?? process.execPath, PROGRAM, 'serve', ...(options.args ?? [])];
    const child = spawn(program ?? '', args, {
      cwd: options.command === undefined ? home : ROOT,
      env: environment(home, options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const daybook = new Daybook(home, child, options);
    try {
      daybook.url = await until('the server has an address', () => daybook.#address(), { ms: READY_MS });
      if (options.wait !== 'listening') await daybook.ready();
    } catch (error) {
      await daybook.kill();
      if (options.home === undefined) daybook.remove();
      throw new Error(`${String(error)}\n${daybook.output}`, { cause: error });
    }
    return daybook;
  }

  get data(): string {
    return path.join(this.home, 'data');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The engine, and whatever else the server has started. */
  children(): number[] {
    const found = descendants(this.pid);
    for (const pid of found) this.#seen.add(pid);
    return found;
  }

  async ready(): Promise<void> {
    await until(
      'the server is ready',
      async () => ((await fetch(`${this.url}/readyz?query=1`).catch(() => undefined))?.status === 200 ? true : undefined),
      {
        ms: READY_MS,
        giveUp: () => (this.ended ? `it ended with ${this.child.exitCode ?? this.child.signalCode}` : undefined),
      },
    );
    this.children();
  }

  fetch(at: string, init: RequestInit & { readonly token?: string } = {}): Promise<Response> {
    const { token = ADMIN, headers, ...rest } = init;
    return fetch(this.url + at, {
      ...rest,
      headers: { authorization: `Bearer ${token}`, ...(headers as Record<string, string> | undefined) },
    });
  }

  async sql(query: string): Promise<string> {
    const response = await this.fetch('/sql?default_format=TabSeparated', { method: 'POST', body: query });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status}: ${text}`);
    return text.trimEnd();
  }

  async send(events: readonly unknown[], options: { readonly token?: string; readonly query?: string } = {}): Promise<Response> {
    const body = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    return this.fetch(`/v1/events${options.query ?? ''}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-ndjson' },
      token: options.token ?? ADMIN,
    });
  }

  /** Waits until every entry of every log is in the table. */
  async indexed(): Promise<void> {
    const { logs } = (await (await this.fetch('/logs')).json()) as { logs: { log: string; size: number }[] };
    for (const { log, size } of logs)
      await until(
        `${size} entries of ${log} are queryable`,
        async () =>
          Number(await this.sql(`SELECT count() FROM access_logs WHERE log = '${log}'`).catch(() => -1)) >= size ? true : undefined,
        { ms: READY_MS },
      );
  }

  /** Runs a command beside this server. */
  async cli(
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string | Buffer } = {},
  ): Promise<CommandResult> {
    return runCommand([this.#options.node ?? process.execPath, PROGRAM, ...args], {
      cwd: this.home,
      env: environment(this.home, options.env),
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    });
  }

  /** Ends it as a service manager does, and holds that nothing stays behind. */
  async stop(): Promise<{ readonly code: number | null; readonly ms: number }> {
    const began = performance.now();
    this.children();
    if (!this.ended) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    const ms = performance.now() - began;
    await this.#gone();
    return { code: this.child.exitCode, ms };
  }

  /** Pulls the plug on the server. Its engine ends by itself when the channel closes. */
  async kill(): Promise<void> {
    this.children();
    if (!this.ended) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
    await this.#gone();
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  /** A process that stays behind fails the test that left it. */
  async #gone(): Promise<void> {
    for (const pid of this.#seen) await until(`process ${pid} has ended`, () => (isAlive(pid) ? undefined : true), { ms: 20_000 });
  }

  #address(): string | undefined {
    if (this.ended) throw new Error(`the server ended with ${this.child.exitCode ?? this.child.signalCode}`);
    const file = path.join(this.data, 'control', 'local.json');
    try {
      return (parseJson(readFileSync(file, 'utf8')) as { url: string }).url;
    } catch {
      return undefined;
    }
  }
}

export interface CommandResult {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export async function runCommand(
  [program = '', ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string>; readonly stdin?: string | Buffer },
): Promise<CommandResult> {
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out, err };
}

/** Nothing of ours but what is named: settings of the machine must not reach the program under test. */
export function environment(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    DAYBOOK_RUN_BUILT: '1',
    DAYBOOK_DATA: path.join(home, 'data'),
    DAYBOOK_LISTEN: '127.0.0.1:0',
    DAYBOOK_ADMIN_TOKEN: ADMIN,
    DAYBOOK_ORIGIN: 'e2e.example',
    ...more,
  };
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended: only its parent has not yet looked.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function descendants(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

function mustBeBuilt(): void {
  if (!existsSync(path.join(ROOT, 'packages', 'cli', 'dist', 'main.js')))
    throw new Error('these tests run the built program: npm run build');
}
