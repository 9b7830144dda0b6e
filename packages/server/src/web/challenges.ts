import { createHmac } from 'node:crypto';
import { equalDigests, type Random } from '../base/random.ts';
import type { Clock } from '../base/types.ts';

const CHALLENGE_BYTES = 32;
const PROOF_CHARS = 43;
/** Milliseconds of some thousand years. 43 random characters, these and 43 of the proof: 100, a whole number of base64url's groups. */
const END_CHARS = 14;
/** Time to find the phone. */
const CHALLENGE_MS = 300_000;
/** Under way; beyond it the oldest go. */
const WAITING_MAX = 5000;
/** Answered within the time of one; each took a known passkey and passed the brake. Beyond it none is taken until the oldest are over. */
const ANSWERED_MAX = 5000;

/** Challenges of people who are signed in: each is answered once, by whom it was given. */
export class OwnChallenges {
  private readonly waiting = new Map<string, { readonly userId: string; readonly untilMs: number }>();
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly random: Random;

  constructor(clock: Pick<Clock, 'monotonicMs'>, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  give(userId: string): string {
    const challenge = this.random.text(CHALLENGE_BYTES);
    for (const key of this.waiting.keys()) if (this.waiting.size >= WAITING_MAX) this.waiting.delete(key);
    this.waiting.set(challenge, { userId, untilMs: this.clock.monotonicMs() + CHALLENGE_MS });
    return challenge;
  }

  take(challenge: string, userId: string): boolean {
    const found = this.waiting.get(challenge);
    this.waiting.delete(challenge);
    return found?.userId === userId && found.untilMs > this.clock.monotonicMs();
  }
}

/**
 * Challenges for anybody. Nothing is kept of those that were given out, or who asks for thousands would push out the ones that others are about to answer: they carry their
 * end and a proof that they are ours, and only the answered ones are remembered. A restart ends all of them.
 */
export class OpenChallenges {
  private readonly answered = new Map<string, number>();
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly random: Random;
  private readonly key: string;

  constructor(clock: Pick<Clock, 'monotonicMs'>, random: Random) {
    this.clock = clock;
    this.random = random;
    this.key = random.text(CHALLENGE_BYTES);
  }

  /** base64url of random bytes, of the end in hexadecimal digits, and of the proof, each of a fixed length. */
  give(): string {
    const end = Math.ceil(this.clock.monotonicMs() + CHALLENGE_MS)
      .toString(16)
      .padStart(END_CHARS, '0');
    const head = this.random.text(CHALLENGE_BYTES) + end;
    return head + this.proofOf(head);
  }

  take(challenge: string): boolean {
    const head = challenge.slice(0, -PROOF_CHARS);
    if (challenge.length <= PROOF_CHARS || !equalDigests(challenge.slice(-PROOF_CHARS), this.proofOf(head))) return false;
    const nowMs = this.clock.monotonicMs();
    const untilMs = Number.parseInt(head.slice(-END_CHARS), 16);
    for (const [key, endMs] of this.answered) {
      if (endMs > nowMs) break;
      this.answered.delete(key);
    }
    if (untilMs <= nowMs || this.answered.has(challenge) || this.answered.size >= ANSWERED_MAX) return false;
    this.answered.set(challenge, nowMs + CHALLENGE_MS);
    return true;
  }

  private proofOf(head: string): string {
    return createHmac('sha256', this.key).update(head).digest('base64url');
  }
}
