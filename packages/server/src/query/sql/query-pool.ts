import { SqlRefusal } from './refusal.ts';

/** Queries that run at a time: the engine has two cores to share with intake, and each may hold hundreds of megabytes. */
export const RUNNING_MAX = 4;
/** Of one token, running and waiting: a dashboard asks a dozen questions at once; one user must not fill the queue of all. */
export const PER_TOKEN_MAX = 16;
/** Waiting of all tokens: beyond it the wait would outlast every client's patience. */
export const WAITING_MAX = 64;
/** Seconds that a refused client is asked to wait. */
export const RETRY_AFTER_S = 2;

/** Lets a bounded number of queries run, others wait their turn in order, and refuses the rest at once. */
export class QueryPool {
  private running = 0;
  private readonly perToken = new Map<string, number>();
  private readonly waiting: (() => void)[] = [];

  /** Resolves with the function that gives the place back. */
  async take(tokenId: string, signal: AbortSignal): Promise<() => void> {
    const held = this.perToken.get(tokenId) ?? 0;
    if (held >= PER_TOKEN_MAX) {
      throw new SqlRefusal(
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `This token has ${held} queries in hand, which is the limit; wait for one to end.`,
      );
    }
    if (this.running >= RUNNING_MAX && this.waiting.length >= WAITING_MAX) {
      throw new SqlRefusal(
        'SERVER_OVERLOADED',
        `${RUNNING_MAX} queries run and ${WAITING_MAX} wait, which is the limit; ask again in a moment.`,
      );
    }
    this.perToken.set(tokenId, held + 1);
    if (this.running < RUNNING_MAX) this.running += 1;
    else await this.turn(signal, tokenId);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.leave(tokenId);
      this.next();
    };
  }

  private turn(signal: AbortSignal, tokenId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const abandoned = (): void => {
        const at = this.waiting.indexOf(mine);
        if (at >= 0) this.waiting.splice(at, 1);
        this.leave(tokenId);
        reject(signal.reason instanceof Error ? signal.reason : new Error('abandoned while waiting'));
      };
      const mine = (): void => {
        signal.removeEventListener('abort', abandoned);
        resolve();
      };
      this.waiting.push(mine);
      signal.addEventListener('abort', abandoned, { once: true });
      if (signal.aborted) abandoned();
    });
  }

  /** The place goes to who waits longest, if anybody does. */
  private next(): void {
    const first = this.waiting.shift();
    if (first === undefined) this.running -= 1;
    else first();
  }

  private leave(tokenId: string): void {
    const held = this.perToken.get(tokenId) ?? 0;
    if (held <= 1) this.perToken.delete(tokenId);
    else this.perToken.set(tokenId, held - 1);
  }
}
