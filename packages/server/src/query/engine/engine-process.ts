import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { entryPoint } from '../../base/entry-point.ts';
import type { EngineOrder, EngineReport } from './start-order.ts';

/** Sessions of the pool, plus the inserts' and queries' own file reads: one thread of libuv each. */
const LIBUV_THREADS = 16;
/** Opening 20 M rows takes 2 s; a disk that is busy with something else may take a lot longer. */
const START_MS = 120_000;
const STOP_MS = 3000;
const LOG_LINE_CHARS_MAX = 500;

export interface EngineProcess {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  readonly ended: Promise<void>;
  /** Asks it to end, then makes it. */
  stop(): Promise<void>;
  /** Ends it at once: it hangs. */
  kill(): void;
}

/** It reported why it can't start. */
export class EngineStartError extends Error {
  readonly why: 'unsupported' | 'data' | 'locked' | 'crashed';

  constructor(why: EngineStartError['why'], message: string) {
    super(message);
    this.name = 'EngineStartError';
    this.why = why;
  }
}

interface StartOptions {
  readonly dir: string;
  readonly secret: string;
  readonly log: Logger;
}

/** Starts the engine process and waits until it answers. Rejects with EngineStartError. */
export async function startEngineProcess({ dir, secret, log }: StartOptions): Promise<EngineProcess> {
  const entry = entryPoint(new URL('./engine-main.ts', import.meta.url));
  // No `detached`: it stays in our process group. Nothing of our environment: tokens and addresses of databases may stand in it.
  const child = fork(entry.path, [], {
    execArgv: entry.execArgv,
    env: { UV_THREADPOOL_SIZE: String(LIBUV_THREADS) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  pipeToLog(child.stdout, log);
  pipeToLog(child.stderr, log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = (): void => void child.kill('SIGKILL');
  try {
    send(child, { kind: 'start', dir, secret });
    const { port, version } = await started(child, ended);
    return { pid: child.pid ?? -1, port, version, ended, kill, stop: () => stopped(child, ended, log) };
  } catch (error) {
    kill();
    await ended;
    throw error;
  }
}

function started(child: ChildProcess, ended: Promise<void>): Promise<{ port: number; version: string }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new EngineStartError('crashed', `the engine did not start within ${START_MS / 1000} s`)),
      START_MS,
    );
    child.once('message', (report: EngineReport) => {
      clearTimeout(timer);
      if (report.kind === 'ready') resolve(report);
      else reject(new EngineStartError(report.why, report.message));
    });
    const onEnded = (): void => {
      clearTimeout(timer);
      reject(
        new EngineStartError('crashed', `the engine process ended while starting (${child.signalCode ?? child.exitCode ?? 'not started'})`),
      );
    };
    void ended.then(onEnded);
  });
}

async function stopped(child: ChildProcess, ended: Promise<void>, log: Logger): Promise<void> {
  send(child, { kind: 'stop' });
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
  const { signalCode: signal, exitCode } = child;
  if (signal !== 'SIGKILL')
    log.warn({ signal, exitCode }, 'the engine did not end as it should; what it had not kept is read from the ledger again');
}

function send(child: ChildProcess, order: EngineOrder): void {
  // A channel that is closed already is the same as a process that has ended, which is awaited anyway.
  if (child.connected) child.send(order, () => undefined);
}

function pipeToLog(stream: Readable | null, log: Logger): void {
  if (stream === null) return;
  createInterface({ input: stream }).on('line', (line) => log.warn({ line: line.slice(0, LOG_LINE_CHARS_MAX) }, 'the engine says'));
}
