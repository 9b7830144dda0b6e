import { parseJson } from '@daybook/protocol';
import { setTimeout as pause } from 'node:timers/promises';
import type { Daybook } from './daybook.ts';

interface Batch {
  readonly first: number;
  readonly count: number;
}

const LANES = 4;
const RETRY_MS = 20;

/**
 * A producer that does what producers should: it numbers its events by `event_id`, sends batches side by side, and sends again whatever got no
 * answer. When it stops, everything that it ever made is acknowledged, and so must be kept exactly once.
 */
export class Load {
  /** Events made so far: ids 0 … made-1. */
  made = 0;
  /** Batches acknowledged after their first sending got no answer. */
  sentAgain = 0;
  readonly #unanswered: Batch[] = [];
  #server: Daybook | undefined;
  #running = false;
  #lanes: Promise<void>[] = [];
  readonly #random: () => number;
  readonly #faults: string[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  start(server: Daybook): void {
    this.#server = server;
    this.#running = true;
    this.#lanes = Array.from({ length: LANES }, () => this.#lane());
  }

  /** Lets batches in hand end, or fail; what failed is kept to be sent again. */
  async pause(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#lanes);
    if (this.#faults.length > 0) throw new Error(this.#faults.join('\n'));
  }

  /** Sends again what got no answer, until it has one. */
  async settle(server: Daybook): Promise<void> {
    this.#server = server;
    for (let batch = this.#unanswered.pop(); batch !== undefined; batch = this.#unanswered.pop())
      if (!(await this.#send(batch))) this.#unanswered.push(batch);
    if (this.#faults.length > 0) throw new Error(this.#faults.join('\n'));
  }

  async #lane(): Promise<void> {
    while (this.#running) {
      const again = this.#unanswered.shift();
      const batch = again ?? this.#make();
      if (await this.#send(batch)) this.sentAgain += again === undefined ? 0 : 1;
      else {
        this.#unanswered.push(batch);
        await pause(RETRY_MS);
      }
    }
  }

  #make(): Batch {
    const count = 1 + Math.floor(this.#random() ** 3 * 400);
    const first = this.made;
    this.made += count;
    return { first, count };
  }

  /** Whether the server has acknowledged every event of the batch. */
  async #send({ first, count }: Batch): Promise<boolean> {
    const events = Array.from({ length: count }, (_, i) => eventOf(first + i));
    try {
      const response = await this.#server?.send(events);
      const text = (await response?.text()) ?? '';
      if (response?.status !== 200) {
        if (response !== undefined && response.status !== 503 && response.status !== 429)
          this.#faults.push(`${response.status}: ${text.slice(0, 500)}`);
        return false;
      }
      const reply = parseJson(text) as { accepted: number; duplicates: unknown[] };
      if (reply.accepted + reply.duplicates.length !== count)
        this.#faults.push(`of ${count} events the server tells of ${text.slice(0, 500)}`);
      return true;
    } catch {
      return false; // the plug was pulled
    }
  }
}

/** Every ninth is denied, and so goes to the other log. */
function eventOf(n: number): object {
  return {
    event_id: `load-${n}`,
    timestamp: '2026-01-02T03:04:05Z',
    user_id: `u${n % 1000}`,
    event_type: 'read',
    resource: `/r/${n}`,
    outcome: n % 9 === 0 ? 'denied' : 'success',
  };
}

/** mulberry32: the same seed pulls the plug at the same moments. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
