/** Beyond its time limit, or after its client went away, a statement gets so long to end before it is given up, and so long again before the process ends. */
const GRACE_MS = 10_000;

interface Killable {
  /** Stands in the statement's text. */
  readonly id: string;
  readonly gone: AbortSignal;
  /** Called when nobody will take the answer any more, so that the engine is not held up by a reader that is slow. */
  readonly giveUp?: () => void;
}

/**
 * Ends statements. A chDB call cannot be interrupted, but KILL QUERY from another session ends most; a single block with a costly function ignores both that
 * and `max_execution_time`, and only the end of the process ends it.
 */
export class Watchdog {
  private readonly kill: (id: string) => Promise<void>;
  private readonly die: (why: string) => void;
  private readonly givenUp = new Set<string>();

  constructor(kill: (id: string) => Promise<void>, die: (why: string) => void) {
    this.kill = kill;
    this.die = die;
  }

  hasGivenUp(id: string): boolean {
    return this.givenUp.has(id);
  }

  async watch<T>(seconds: number, killable: Killable | undefined, run: () => Promise<T>): Promise<T> {
    const timers: NodeJS.Timeout[] = [];
    const later = (ms: number, act: () => void): void => void timers.push(setTimeout(act, ms));
    const end = (): void => {
      if (killable === undefined) return;
      this.givenUp.add(killable.id);
      killable.giveUp?.();
      this.kill(killable.id).catch(() => undefined);
      later(GRACE_MS, () => this.die('a statement did not end after it was killed'));
    };
    if (killable === undefined) later(seconds * 1000 + GRACE_MS, () => this.die('a statement ran beyond its time'));
    else later(seconds * 1000 + GRACE_MS, end);
    killable?.gone.addEventListener('abort', end, { once: true });
    try {
      return await run();
    } finally {
      for (const timer of timers) clearTimeout(timer);
      killable?.gone.removeEventListener('abort', end);
      if (killable !== undefined) this.givenUp.delete(killable.id);
    }
  }
}
