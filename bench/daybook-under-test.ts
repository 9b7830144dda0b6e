import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { recordOf } from '@daybook/protocol';
import { freePort } from '../test/support/free-port.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
export const TOKEN = 'bench-admin-token-0123456789abcdef';

/** A built Daybook server of its own data directory, as a user would run it. */
export class Daybook {
  readonly dataDir: string;
  readonly url: string;
  readonly token = TOKEN;
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(dataDir: string, url: string, child: ChildProcess, startMs: number) {
    this.dataDir = dataDir;
    this.url = url;
    this.#child = child;
    this.startMs = startMs;
  }

  static async start(
    dataDir: string,
    options: { readonly fresh?: boolean; readonly port?: number; readonly profile?: boolean; readonly probe?: boolean } = {},
  ): Promise<Daybook> {
    if (options.fresh !== false) await rm(dataDir, { recursive: true, force: true });
    if (options.fresh !== false) await rm(`${dataDir}.key`, { force: true });
    const port = options.port ?? (await freePort());
    const url = `http://127.0.0.1:${port}`;
    const began = performance.now();
    const profile = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${path.join(ROOT, 'bench/.work/profiles')}`] : [];
    const probe = options.probe ? ['--import', path.join(import.meta.dirname, 'loop-probe.mjs')] : [];
    const child = spawn(process.execPath, [...profile, ...probe, path.join(ROOT, 'packages/cli/bin/daybook.js'), 'serve'], {
      cwd: path.dirname(dataDir),
      env: {
        // As `npm start` and the packages have it.
        MALLOC_MMAP_THRESHOLD_: '131072',
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        DAYBOOK_RUN_BUILT: '1',
        DAYBOOK_DATA: dataDir,
        DAYBOOK_LISTEN: `127.0.0.1:${port}`,
        DAYBOOK_ADMIN_TOKEN: TOKEN,
        DAYBOOK_ORIGIN: 'bench.example',
      },
      stdio: ['ignore', 'pipe', 'pipe', ...(options.probe ? (['ipc'] as const) : [])],
    });
    let output = '';
    child.stdout?.on('data', (bytes: Buffer) => (output = (output + bytes.toString()).slice(-4000)));
    child.stderr?.on('data', (bytes: Buffer) => (output = (output + bytes.toString()).slice(-4000)));
    const limit = began + 60_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`daybook ended at start:\n${output}`);
      if (performance.now() > limit) throw new Error(`daybook not ready after 60 s:\n${output}`);
      const reply = await fetch(`${url}/readyz`).catch(() => undefined);
      if (reply?.status === 200) break;
      await pause(20);
    }
    return new Daybook(dataDir, url, child, performance.now() - began);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Server first, then its children (the engine). */
  pids(): number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
    return [this.pid, ...children];
  }

  /** How long its event loop was blocked at the longest since the last call, of a server that was started with `probe`; `wallMs` with what it waited for a core. */
  blocked(): Promise<{ readonly blockedMs: number; readonly wallMs: number }> {
    return new Promise((resolve) => {
      this.#child.once('message', (said) => {
        const { blockedMs, wallMs } = recordOf(said);
        resolve({ blockedMs: Number(blockedMs), wallMs: Number(wallMs) });
      });
      this.#child.send('how long?');
    });
  }

  async sql(query: string): Promise<string> {
    const reply = await fetch(`${this.url}/sql?default_format=TabSeparated`, {
      method: 'POST',
      body: query,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`sql ${reply.status}: ${text.slice(0, 300)}`);
    return text.trim();
  }

  async get(pathAndQuery: string): Promise<string> {
    const reply = await fetch(`${this.url}${pathAndQuery}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${pathAndQuery} ${reply.status}: ${text.slice(0, 300)}`);
    return text;
  }

  async rows(): Promise<number> {
    return Number(await this.sql("SELECT count() FROM access_logs WHERE kind = 'event'"));
  }

  /** Waits until `events` are queryable; asks seldom, so that asking costs nothing. */
  async queryable(events: number, limitMs = 600_000): Promise<void> {
    const limit = performance.now() + limitMs;
    while ((await this.rows()) < events) {
      if (performance.now() > limit) throw new Error(`only ${await this.rows()} of ${events} queryable`);
      await pause(50);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    const began = performance.now();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await new Promise((resolve) => this.#child.once('exit', resolve));
    }
    return performance.now() - began;
  }
}

/** Resident bytes of processes, now and at their peak. */
export function memoryOf(pids: readonly number[]): { readonly now: number; readonly peak: number } {
  let now = 0;
  let peak = 0;
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    now += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
    peak += Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  }
  return { now, peak };
}

/** CPU seconds that a process has used. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Bytes on disk of a directory and what is below it, as allocated blocks. Files come and go meanwhile: what `du` says of those is no matter. */
export function bytesBelow(dir: string): number {
  const { stdout } = spawnSync('du', ['-sB1', dir], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10);
}
