import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type CommandResult, runCommand } from './daybook.ts';
import { until } from './until.ts';

const START_MS = 60_000;
const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' };
/** Of nspawn: without systemd on this machine, and without a word of its own. */
const PLAIN = ['--register=no', '--keep-unit', '--quiet', '--private-users=no'];

export const canContain = (): boolean =>
  process.getuid?.() === 0 && existsSync('/usr/bin/systemd-nspawn') && existsSync('/usr/sbin/debootstrap');

/** Runs one command in a root directory, as a build step of an image does, with this machine's network. */
export function runIn(root: string, command: readonly string[], flags: readonly string[] = []): Promise<CommandResult> {
  return runCommand(['systemd-nspawn', '-D', root, ...PLAIN, '--pipe', ...flags, ...command], { cwd: '/', env });
}

/** A running container in a network of its own, and a way in: what `docker exec` is. */
export class Container {
  readonly #child: ChildProcess;
  #leader = 0;
  output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (this.output += bytes.toString()));
  }

  static async start(root: string, command: readonly string[], flags: readonly string[]): Promise<Container> {
    const args = ['-D', root, ...PLAIN, '--private-network', '--pipe', ...flags, ...command];
    const container = new Container(spawn('systemd-nspawn', args, { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] }));
    container.#leader = await until('the container has a first process', () => container.#firstProcess(), {
      ms: START_MS,
      giveUp: () => (container.#ended ? `it ended: ${container.output}` : undefined),
    });
    return container;
  }

  /** Runs a command inside, with an environment of its own. */
  exec(
    command: readonly string[],
    options: { readonly uid?: number; readonly env?: Readonly<Record<string, string>>; readonly stdin?: string } = {},
  ): Promise<CommandResult> {
    const { uid = 0, stdin } = options;
    const inside = Object.entries({ PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', ...options.env });
    const assignments = inside.map(([name, value]) => `${name}=${value}`);
    const enter = ['nsenter', '-t', String(this.#leader), '-m', '-u', '-i', '-n', '-p', '-r', '-S', String(uid), '-G', String(uid)];
    return runCommand([...enter, '--', 'env', '-i', ...assignments, ...command], {
      cwd: '/',
      env,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }

  /** SIGTERM to the first process, as given by `--kill-signal`; resolves with what nspawn ends with: its status. */
  async stop(): Promise<number | null> {
    if (!this.#ended) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  async kill(): Promise<void> {
    if (this.#ended) return;
    process.kill(this.#leader || (this.#child.pid ?? 0), 'SIGKILL');
    await once(this.#child, 'exit');
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** nspawn forks a guard, which forks the first process: the one that is number 1 in its own namespace. */
  #firstProcess(): number | undefined {
    return descendants(this.#child.pid ?? 0).find((pid) => /^NSpid:.*\t1$/m.test(read(`/proc/${pid}/status`)));
  }
}

function descendants(pid: number): number[] {
  const tasks = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const children = tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number));
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
}
