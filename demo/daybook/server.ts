import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJson } from '@daybook/protocol';
import { type Access, isObject } from './client.ts';

const PROGRAM = path.resolve(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'daybook.js');
/** The company's register of its sources. */
const REGISTER = path.resolve(import.meta.dirname, '..', 'daybook.yaml');
const PORT_WANTED = 7717;
/** A first start loads the engine; on a small, busy machine that takes a while. */
const READY_MS = 120_000;
const LOOK_MS = 50;
const OUTPUT_CHARS_MAX = 20_000;

export interface DaybookServer extends Access {
  /** Whether we started it, and therefore end it. */
  readonly isOurs: boolean;
  stop(): Promise<void>;
}

/** The Daybook of this data directory: the one that runs there, else one that is started. */
export async function openDaybook(dataDir: string): Promise<DaybookServer> {
  const running = await localServer(dataDir);
  if (running !== undefined) return { ...running, isOurs: false, stop: async () => undefined };
  mkdirSync(path.dirname(dataDir), { recursive: true });
  const port = (await isFree(PORT_WANTED)) ? PORT_WANTED : 0;
  const args = ['serve', '--config', REGISTER, '--data', dataDir, '--listen', `127.0.0.1:${port}`, '--log-level', 'warn'];
  // A session of its own: Ctrl-C in the terminal comes to us alone, and we end it when the company has sent all.
  const child = spawn(process.execPath, [PROGRAM, ...args, '--origin', originOf(dataDir)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (bytes: Buffer) => (output = (output + bytes.toString()).slice(-OUTPUT_CHARS_MAX));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    if (hasEnded()) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    const access = await until(() => localServer(dataDir, child.pid), { hasEnded });
    await until(async () => ((await fetch(`${access.url}/readyz?query=1`).catch(() => undefined))?.ok === true ? true : undefined), {
      hasEnded,
    });
    return { ...access, isOurs: true, stop };
  } catch (error) {
    await stop();
    // Its output may hold the admin token, which it shows once: only what it complains of is passed on.
    throw new Error(`Daybook did not start.\n${complaints(output)}`, { cause: error });
  }
}

/**
 * The name of the ledger, made at the first start and kept beside the data. It is this demo's alone: heads that `verify` remembers of an earlier one are
 * not this one's.
 */
function originOf(dataDir: string): string {
  const file = `${dataDir}.origin`;
  if (!existsSync(file)) writeFileSync(file, `demo-${randomBytes(4).toString('hex')}\n`);
  return readFileSync(file, 'utf8').trim();
}

const complaints = (output: string): string =>
  output
    .split('\n')
    .filter((line) => !/token/i.test(line))
    .join('\n')
    .trim();

async function until<T>(look: () => Promise<T | undefined>, { hasEnded }: { readonly hasEnded: () => boolean }): Promise<T> {
  const end = performance.now() + READY_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (hasEnded()) throw new Error('it ended');
    if (performance.now() > end) throw new Error(`it was not ready within ${READY_MS / 1000} s`);
    await pause(LOOK_MS);
  }
}

/** What a running server leaves for its own user. */
async function localServer(dataDir: string, pid?: number): Promise<Access | undefined> {
  try {
    const found = parseJson(readFileSync(path.join(dataDir, 'control', 'local.json'), 'utf8'));
    if (!isObject(found) || (pid !== undefined && found['pid'] !== pid)) return undefined;
    const { url, token } = found;
    if (typeof url !== 'string' || typeof token !== 'string') return undefined;
    return (await fetch(`${url}/healthz`).catch(() => undefined))?.ok === true ? { url, token } : undefined;
  } catch {
    return undefined;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
