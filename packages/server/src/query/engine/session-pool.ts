import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Session } from 'chdb';
import { ResultPipe } from './result-pipe.ts';

/**
 * `insert`: rows of the indexer, one at a time. `command`: DDL and mutations. `quick`: short questions of Daybook's own, answered from memory.
 * `long`: everything else, streamed through a pipe.
 */
export type Lane = 'insert' | 'command' | 'quick' | 'long';

/** Sessions per lane. One session runs one statement at a time; four long ones on two cores already share each core. */
const SESSIONS: Readonly<Record<Lane, number>> = { insert: 1, command: 1, quick: 3, long: 4 };
/** Statements that wait for a session of their lane; beyond it the server in front has lost its own bounds. */
const WAITING_MAX = 128;
/** Tries to get a clean answer out of a session before it is replaced. */
const CLEAN_TRIES = 3;

export interface Lease {
  readonly session: Session;
  readonly pipe: ResultPipe | undefined;
  /** Brings the session's settings to exactly these. */
  configure(settings: ReadonlyMap<string, string>): Promise<void>;
  /** Gives the session back. `clean` = false after a failure: then left-over bytes may stand before the next answer. */
  release(clean: boolean): void;
}

class Slot {
  readonly pipe: ResultPipe | undefined;
  private readonly open: () => Session;
  private current: Session;
  private settings: ReadonlyMap<string, string> = new Map();

  constructor(open: () => Session, pipe: ResultPipe | undefined) {
    this.open = open;
    this.current = open();
    this.pipe = pipe;
  }

  get session(): Session {
    return this.current;
  }

  async configure(wanted: ReadonlyMap<string, string>): Promise<void> {
    const changes: string[] = [];
    for (const [name, value] of wanted) if (this.settings.get(name) !== value) changes.push(`${name} = ${quoted(value)}`);
    // A parameter has no default to go back to; it stays, and nothing names it.
    for (const name of this.settings.keys()) if (!wanted.has(name) && !name.startsWith('param_')) changes.push(`${name} = DEFAULT`);
    if (changes.length === 0) return;
    // Until all of them are set, none is taken for granted.
    this.settings = new Map([...this.settings].map(([name]) => [name, '']));
    await this.current.queryAsync(`SET ${changes.join(', ')}`);
    this.settings = wanted;
  }

  /**
   * chDB begins the next answer of a session with what a failed statement had written so far. A question with an answer that nobody else can have given is
   * asked until it is answered exactly.
   */
  async clean(): Promise<void> {
    const expected = randomBytes(16).toString('hex');
    for (let i = 0; i < CLEAN_TRIES; i++) {
      const answer = await this.current.queryAsync(`SELECT '${expected}' FORMAT TSV`).then(
        (result) => result.text(),
        () => '',
      );
      if (answer === `${expected}\n`) return;
    }
    this.replace();
  }

  private replace(): void {
    this.current.close();
    this.current = this.open();
    this.settings = new Map();
  }

  close(): void {
    this.current.close();
    this.pipe?.close();
  }
}

/** A text as a literal of SQL. */
export function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export class SessionPool {
  private readonly slots: Slot[] = [];
  private readonly free: Readonly<Record<Lane, Slot[]>> = { insert: [], command: [], quick: [], long: [] };
  private readonly waiting: Readonly<Record<Lane, ((slot: Slot) => void)[]>> = { insert: [], command: [], quick: [], long: [] };

  constructor(dir: string, connectionArgs: readonly string[]) {
    const open = (): Session => new Session(dir, { connectionArgs });
    for (const lane of ['insert', 'command', 'quick', 'long'] as const) {
      for (let i = 0; i < SESSIONS[lane]; i++) {
        const slot = new Slot(open, lane === 'long' ? new ResultPipe(join(dir, `answer-${i}`)) : undefined);
        this.slots.push(slot);
        this.free[lane].push(slot);
      }
    }
  }

  /** Waits for a session; undefined when too many wait already. */
  async take(lane: Lane): Promise<Lease | undefined> {
    const slot = this.free[lane].pop();
    if (slot !== undefined) return this.lease(lane, slot);
    if (this.waiting[lane].length >= WAITING_MAX) return undefined;
    return new Promise((resolve) => this.waiting[lane].push((next) => resolve(this.lease(lane, next))));
  }

  private lease(lane: Lane, slot: Slot): Lease {
    let released = false;
    const giveBack = (): void => {
      const next = this.waiting[lane].shift();
      if (next === undefined) this.free[lane].push(slot);
      else next(slot);
    };
    return {
      session: slot.session,
      pipe: slot.pipe,
      configure: (settings) => slot.configure(settings),
      release: (clean) => {
        if (released) return;
        released = true;
        if (clean) giveBack();
        else void slot.clean().then(giveBack);
      },
    };
  }

  close(): void {
    for (const slot of this.slots) slot.close();
  }
}
