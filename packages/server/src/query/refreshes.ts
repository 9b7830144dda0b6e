import type { FastifyRequest } from 'fastify';
import { assert } from '../base/assert.ts';
import { clientAddress } from '../base/client-address.ts';
import type { Base } from '../base/types.ts';
import { paused } from '../base/base.ts';
import type { Ledger } from '../ledger/types.ts';
import { movedOn, type TimedQuestion, timedQuestion } from './refresh-times.ts';

/** With this header a page says that it asks again by itself what a person asked before. */
export const REFRESH_HEADER = 'x-daybook-refresh';
/** So long without a repetition, and it has ceased; the next one is told of as a question of its own. */
const IDLE_MS = 120_000;
/** A page that is left open for days is told of at least hourly, and its question is asked anew on the record. */
const SPAN_MS = 3_600_000;
const SWEEP_MS = 10_000;
/** Readers × questions; beyond it every repetition is recorded. */
const FOLDS_MAX = 2000;

interface Fold {
  /** Whose, and the first question of it. */
  readonly asker: string;
  readonly question: TimedQuestion;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly startedMs: number;
  lastMs: number;
  repetitions: number;
}

/**
 * An idle page that asks every ten seconds would fill the log with itself. Its first question is recorded like every other; what repeats it is counted, and one entry tells the
 * number when it has ceased. A question that differs in anything but a window that moved on with the clock is another one.
 */
export interface Refreshes {
  /** Whether this request repeats, by a page itself, what is on record already; then it is counted here. */
  repeats(request: FastifyRequest, asked: { readonly question: string; readonly resource: string }): boolean;
  /** Tells what is still to be told. */
  close(): Promise<void>;
}

export function openRefreshes(base: Base, ledger: Ledger): Refreshes {
  const folds = new Set<Fold>();
  const now = () => base.clock.monotonicMs();
  const over = (fold: Fold) => now() - fold.lastMs > IDLE_MS || now() - fold.startedMs > SPAN_MS;

  const endMany = async (due: (fold: Fold) => boolean) => {
    for (const fold of folds) {
      if (!due(fold)) continue;
      folds.delete(fold);
      if (fold.repetitions === 0) continue;
      try {
        await ledger.record('daybook.read', {
          ...fold.fields,
          duration_ms: Math.round(fold.lastMs - fold.startedMs),
          attributes: { repetitions: fold.repetitions },
        });
      } catch (error) {
        base.log.warn({ err: error, repetitions: fold.repetitions }, 'the end of refreshes could not be recorded');
      }
    }
  };
  base.background('refresh audit', async (signal) => {
    while (await paused(SWEEP_MS, signal)) await endMany(over);
  });

  return {
    repeats(request, { question, resource }) {
      if (request.headers[REFRESH_HEADER] !== '1') return false;
      const { principal } = request;
      assert(principal !== null, 'a route with a permission has a principal');
      const asker = JSON.stringify([principal.tokenId, request.ip]);
      const timed = timedQuestion(question, base.clock.nowMicros() / 1000);
      const same = (one: Fold) => one.asker === asker && !over(one) && movedOn(one.question, timed, now() - one.startedMs);
      const fold = [...folds].find(same);
      // While appends are refused nothing is folded: what can't be recorded is not read.
      if (fold !== undefined && ledger.health().ok) {
        fold.lastMs = now();
        fold.repetitions += 1;
        return true;
      }
      if (fold === undefined && folds.size < FOLDS_MAX) folds.add(newFold(request, resource, { asker, question: timed, ms: now() }));
      return false;
    },
    close: () => endMany(() => true),
  };
}

function newFold(
  request: FastifyRequest,
  resource: string,
  { asker, question, ms }: Pick<Fold, 'asker' | 'question'> & { readonly ms: number },
): Fold {
  const { principal } = request;
  const fields = {
    action: 'query',
    actor_type: 'user',
    credential_id: principal?.tokenId ?? '',
    event_type: 'refresh.end',
    ip_address: clientAddress(request.ip),
    outcome: 'success',
    // The entry of the first question has it too: that is what was repeated.
    request_id: request.id,
    resource,
    resource_type: 'table',
    user_id: principal?.name ?? '',
  };
  return { asker, question, fields, startedMs: ms, lastMs: ms, repetitions: 0 };
}
