import type { Base } from '../../base/types.ts';
import type { Intake } from '../../intake/index.ts';

/** The first loss is told at once, others once in so long, with their sum. */
const TELL_MS = 60_000;

/** Tells in log and ledger what one receiver knows to have lost. */
export class LossTeller {
  readonly #base: Pick<Base, 'log' | 'clock'>;
  readonly #intake: Intake;
  readonly #receiver: string;
  readonly #lost = new Map<string, number>();
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(base: Pick<Base, 'log' | 'clock'>, intake: Intake, receiver: string) {
    this.#base = base;
    this.#intake = intake;
    this.#receiver = receiver;
  }

  add(count: number, reason: string): void {
    this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + count);
  }

  /** Called every so often; `last`: the server stops. */
  async tell(last = false): Promise<void> {
    const nowMs = this.#base.clock.monotonicMs();
    if (this.#lost.size === 0 || (!last && nowMs - this.#toldMs < TELL_MS)) return;
    this.#toldMs = nowMs;
    for (const [reason, lost] of this.#lost) {
      this.#lost.delete(reason);
      this.#base.log.warn({ receiver: this.#receiver, lost, reason }, 'records were lost before they could be read');
      try {
        await this.#intake.recordLoss({ receiver: this.#receiver, source: undefined, lost, reason });
      } catch (error) {
        this.add(lost, reason);
        this.#base.log.error({ err: error }, 'a loss could not be recorded');
        return;
      }
    }
  }
}
