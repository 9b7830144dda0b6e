import { DaybookError } from '@daybook/protocol';
import type { Logger } from 'pino';
import { paused } from '../../base/base.ts';
import { deadline } from '../../base/deadline.ts';
import type { Config } from '../../base/config.ts';
import type { Files } from '../../base/files.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/types.ts';
import { connectTo, type EngineConnection, engineUnavailable } from './connection.ts';
import { EngineStartError, type EngineProcess, startEngineProcess } from './engine-process.ts';
import { spreadParts } from './spread-parts.ts';

/** How often the engine is asked whether it is there, and how long it may take to answer: far beyond any pause that load explains. */
const PING_EVERY_MS = 2000;
const PING_MS = 20_000;
/** Restarts come at once after a crash, slower while it dies young, and ever slower while it does not even start. */
const BACKOFF_FIRST_MS = 50;
const BACKOFF_YOUNG_MS = 1000;
const BACKOFF_MAX_MS = 30_000;
/** Up for so long, a crash counts as the first again. */
const STEADY_MS = 5000;
/** Starts in a row that fail on the data before it is put aside to be rebuilt from the ledger: one could be a shortage of memory. */
const BAD_DATA_STARTS = 3;
/** Opening an empty engine takes half a second, one with 20 M rows two; then the edge opens without it. */
const FIRST_START_MS = 5000;
/** 256 bits. */
const SECRET_BYTES = 32;

export const NO_ENGINE_ADVICE =
  'This machine has no embedded query engine: it exists for Linux with glibc and for macOS, as an optional package that npm installs. Install with optional packages (npm ci), or set DAYBOOK_CLICKHOUSE_URL to a ClickHouse server.';

export interface EngineState {
  readonly wasUp: boolean;
  readonly up: boolean;
  readonly detail?: string;
  readonly version?: string;
}

export interface Engine {
  state(): EngineState;
  /** The connection while the engine is up; throws `engine_unavailable` otherwise. */
  connection(): EngineConnection;
  /** Resolves when the engine is up, with a connection whose `gone` aborts when that engine ends: what was inserted through it may be lost then. */
  up(signal: AbortSignal): Promise<LiveEngine>;
  /** Pid of the engine process, undefined with an outside ClickHouse or while it is down. */
  pid(): number | undefined;
  close(): Promise<void>;
}

export interface LiveEngine {
  readonly connection: EngineConnection;
  readonly gone: AbortSignal;
  /** To be called when tables were made: the embedded engine's directories get what speeds them up. Never fails. */
  tablesMade(): Promise<void>;
}

export interface EngineOptions {
  readonly dir: string;
  readonly clickhouseUrl: Config['clickhouseUrl'];
  readonly log: Logger;
  readonly random: Random;
  readonly clock: Clock;
  readonly files: Files;
}

/** Starts, watches and restarts the engine, or watches an outside one. Rejects only when this machine can't have one. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const supervisor = new Supervisor(options);
  await supervisor.firstStart();
  return supervisor;
}

class Supervisor implements Engine {
  private readonly options: EngineOptions;
  private readonly closing = new AbortController();
  private live: (LiveEngine & { readonly version: string; readonly process: EngineProcess | undefined; end(): void }) | undefined;
  private wasUp = false;
  private detail: string | undefined = 'starting';
  private badDataStarts = 0;
  private readonly waiting = new Set<(live: LiveEngine) => void>();
  private ended: Promise<void> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.options = options;
  }

  /** Waits for the first try, and not for long: with a broken or slow engine the server starts all the same and keeps events. */
  async firstStart(): Promise<void> {
    let settle: (error?: Error) => void = () => undefined;
    const first = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.ended = this.supervise(settle);
    // A late rejection says what the state says too.
    first.catch(() => undefined);
    await Promise.race([first, paused(FIRST_START_MS, this.closing.signal)]);
  }

  state(): EngineState {
    const { live, wasUp, detail } = this;
    if (live !== undefined) return { wasUp, up: true, version: live.version };
    return { wasUp, up: false, ...(detail === undefined ? {} : { detail }) };
  }

  connection(): EngineConnection {
    if (this.live === undefined) throw engineUnavailable();
    return this.live.connection;
  }

  pid(): number | undefined {
    return this.live?.process?.pid;
  }

  up(signal: AbortSignal): Promise<LiveEngine> {
    if (this.live !== undefined) return Promise.resolve(this.live);
    return new Promise((resolve, reject) => {
      const onUp = (live: LiveEngine): void => {
        signal.removeEventListener('abort', onAbort);
        this.waiting.delete(onUp);
        resolve(live);
      };
      const onAbort = (): void => {
        this.waiting.delete(onUp);
        reject(engineUnavailable(signal.reason));
      };
      if (signal.aborted) onAbort();
      else {
        this.waiting.add(onUp);
        signal.addEventListener('abort', onAbort, { once: true });
      }
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.ended;
  }

  private async supervise(firstDone: (error?: Error) => void): Promise<void> {
    const { clock, log } = this.options;
    let backoffMs = BACKOFF_FIRST_MS;
    while (!this.closing.signal.aborted) {
      const startedMs = clock.monotonicMs();
      let started = false;
      try {
        await this.start();
        started = true;
        this.badDataStarts = 0;
        firstDone();
        await this.watch();
      } catch (error) {
        if (error instanceof EngineStartError && error.why === 'unsupported') {
          this.detail = NO_ENGINE_ADVICE;
          firstDone(new DaybookError('bad_setting', NO_ENGINE_ADVICE, { cause: error }));
          return;
        }
        this.detail = error instanceof Error ? error.message.slice(0, 300) : 'failed';
        log.error({ err: error }, 'the query engine is down; events are kept meanwhile');
        await this.putBadDataAside(error);
        firstDone();
      }
      await this.lose();
      if (clock.monotonicMs() - startedMs > STEADY_MS) backoffMs = BACKOFF_FIRST_MS;
      if (!(await paused(backoffMs, this.closing.signal))) return;
      backoffMs = Math.min(backoffMs * 2, started ? BACKOFF_YOUNG_MS : BACKOFF_MAX_MS);
    }
  }

  private async start(): Promise<void> {
    const { dir, clickhouseUrl, log, random } = this.options;
    const gone = new AbortController();
    let process: EngineProcess | undefined;
    let connection: EngineConnection;
    if (clickhouseUrl === undefined) {
      const secret = random.text(SECRET_BYTES);
      process = await startEngineProcess({ dir, secret, log });
      connection = connectTo(`http://127.0.0.1:${process.port}`, { secret });
    } else connection = connectTo(clickhouseUrl.reveal());
    const live = {
      connection,
      gone: gone.signal,
      process,
      version: process?.version ?? (await connection.version()),
      end: () => gone.abort(),
      tablesMade: () => (clickhouseUrl === undefined ? this.spread() : Promise.resolve()),
    };
    this.live = live;
    this.wasUp = true;
    this.detail = undefined;
    log.info({ version: live.version, pid: process?.pid }, 'the query engine is up');
    for (const waiting of this.waiting) waiting(live);
  }

  private async spread(): Promise<void> {
    const { dir, log, files } = this.options;
    const obstacle = await spreadParts(dir, files);
    if (obstacle !== undefined) log.debug({ err: obstacle }, 'the file system takes no hint about the directories of the index');
  }

  /** Returns when the engine is gone or has to be replaced. */
  private async watch(): Promise<void> {
    const live = this.live;
    if (live === undefined) return;
    let ended = false;
    const over = new AbortController();
    const onClosing = (): void => over.abort();
    this.closing.signal.addEventListener('abort', onClosing, { once: true });
    const onEnded = (): void => {
      ended = true;
      over.abort();
    };
    void live.process?.ended.then(onEnded);
    while (await paused(PING_EVERY_MS, over.signal)) {
      const limit = deadline(PING_MS, over.signal);
      try {
        await live.connection.ping(limit.signal);
      } catch (error) {
        if (over.signal.aborted) break;
        throw new Error('the query engine does not answer', { cause: error });
      } finally {
        limit.clear();
      }
    }
    this.closing.signal.removeEventListener('abort', onClosing);
    if (ended && !this.closing.signal.aborted) throw new Error('the engine process has ended');
  }

  /** Ends what is left of the engine; from here on nobody gets it any more. */
  private async lose(): Promise<void> {
    const live = this.live;
    this.live = undefined;
    if (live === undefined) return;
    live.end();
    if (this.closing.signal.aborted) await live.process?.stop();
    else live.process?.kill();
    await live.process?.ended;
    await live.connection.close();
  }

  /** Everything in the engine can be made again from the ledger: data that does not open any more must not stand in the way for ever. */
  private async putBadDataAside(error: unknown): Promise<void> {
    const { dir, log, files, clock } = this.options;
    if (!(error instanceof EngineStartError) || error.why === 'locked') return;
    this.badDataStarts++;
    if (this.badDataStarts < BAD_DATA_STARTS) return;
    this.badDataStarts = 0;
    const aside = `${dir}.broken-${Math.floor(clock.nowMicros() / 1e6)}`;
    log.error({ aside }, 'the data of the query engine does not open; it is put aside and rebuilt from the ledger');
    try {
      await files.rename(dir, aside);
    } catch (cause) {
      log.error({ err: cause }, 'could not put the data of the query engine aside');
    }
  }
}
