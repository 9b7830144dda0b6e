import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';

const APPLICATION = path.join(import.meta.dirname, 'sdk-application.mjs');

export interface ApplicationOrder {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly directory: string;
  readonly journal: string;
  readonly run: string;
  readonly events: number;
  /** Rest after each fifty events. */
  readonly paceMs?: number;
  /** How long it tries, at its end, to have all arrive. */
  readonly flushMs?: number;
}

export interface ApplicationResult {
  readonly kept: number;
  readonly stats: {
    readonly recorded: number;
    readonly lost: number;
    readonly sent: number;
    readonly refused: number;
    readonly waitingBytes: number;
  };
  readonly problems: readonly string[];
}

/** An application that records through the built SDK, in a process that can be killed. */
export class Application {
  readonly child: ChildProcess;
  output = '';

  constructor(order: ApplicationOrder) {
    this.child = spawn(process.execPath, [APPLICATION, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const collect = (bytes: Buffer) => (this.output += bytes.toString());
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
  }

  /** Whether it has recorded all that it was told to. */
  get hasRecorded(): boolean {
    return this.output.includes('"recorded"');
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }

  async result(): Promise<ApplicationResult> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    const line = this.output.trim().split('\n').at(-1) ?? '';
    if (this.child.exitCode !== 0 || !line.startsWith('{')) throw new Error(`the application failed: ${this.output}`);
    return parseJson(line) as ApplicationResult;
  }
}
