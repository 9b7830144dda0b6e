import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { type CommandResult, isAlive, ROOT, runCommand } from './daybook.ts';
import { until } from './until.ts';

const READY_MS = 60_000;
const STOPPED_MS = 20_000;

/** Makes the tarballs that would be published. */
export async function packTo(out: string): Promise<void> {
  const command = [process.execPath, path.join(ROOT, 'scripts', 'run-ts.mjs'), path.join(ROOT, 'scripts', 'pack.ts'), '--out', out];
  mustSucceed(await runCommand(command, { cwd: ROOT, env: definedEnvironment() }));
}

/** What a user does in an empty directory. Packages of other people come from npm's cache where it has them. */
export async function installIn(dir: string, tarballs: readonly string[]): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const command = ['npm', 'install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs];
  mustSucceed(await runCommand(command, { cwd: dir, env: definedEnvironment() }));
}

/** `npx daybook …` in a directory where the packages are installed, by the Node that is given. */
export function npx(dir: string, node: string, args: readonly string[], more: Record<string, string> = {}): Promise<CommandResult> {
  return runCommand(['npx', '--no-install', 'daybook', ...args], { cwd: dir, env: installedEnvironment(dir, node, more) });
}

export interface InstalledServer {
  readonly url: string;
  readonly token: string;
  /** As Ctrl-C does on a terminal: everybody in the process group is told. */
  stop(): Promise<void>;
}

export async function serveByNpx(dir: string, node: string): Promise<InstalledServer> {
  const child = spawn('npx', ['--no-install', 'daybook', 'serve'], {
    cwd: dir,
    env: installedEnvironment(dir, node, { DAYBOOK_LISTEN: '127.0.0.1:0' }),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const gone = () => (child.exitCode === null && child.signalCode === null ? undefined : `npx ended: ${output}`);
  const { url, token, pid } = await until('the server has an address', () => localServer(dir), { ms: READY_MS, giveUp: gone });
  const stop = async () => {
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    await until(`the server ${pid} has ended`, () => (isAlive(pid) ? undefined : true), { ms: STOPPED_MS });
  };
  const ready = async () => ((await fetch(`${url}/readyz?query=1`).catch(() => undefined))?.status === 200 ? true : undefined);
  await until('the server is ready', ready, { ms: READY_MS, giveUp: gone });
  return { url, token, stop };
}

function localServer(dir: string): { readonly url: string; readonly token: string; readonly pid: number } | undefined {
  try {
    return parseJson(readFileSync(path.join(dir, 'data', 'control', 'local.json'), 'utf8')) as { url: string; token: string; pid: number };
  } catch {
    return undefined;
  }
}

function installedEnvironment(dir: string, node: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: `${path.dirname(node)}:${process.env['PATH'] ?? ''}`,
    HOME: dir,
    npm_config_update_notifier: 'false',
    DAYBOOK_ORIGIN: 'installed.example',
    ...more,
  };
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

export function mustSucceed({ status, out, err }: CommandResult): string {
  if (status !== 0) throw new Error(`status ${status}\n${out}\n${err}`);
  return out;
}
