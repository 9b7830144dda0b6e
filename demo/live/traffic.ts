import { setTimeout as pause } from 'node:timers/promises';
import type { Company } from '../applications/company.ts';
import { VICTIM } from '../bad-day/cast.ts';
import { DAY, HOUR, isWeekend } from '../habits/calendar.ts';
import type { Step } from '../habits/step.ts';
import { behaviour } from '../history/behaviour.ts';
import { Visitors } from './visitors.ts';

export interface TrafficOptions {
  /** Steps per second. */
  readonly rate: number;
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly onStep?: (step: Step, status: number) => void;
}

/**
 * A night's job, then a working day from nine in the morning on; when it is over, the next. People sleep at night, and nobody wants to wait for them.
 */
export function* workingHours(company: Company, seed: string): Generator<Step> {
  const nobody = { employees: [], customers: [], partners: [] };
  for (let day = FIRST_DAY; ; day++) {
    if (isWeekend(day)) continue;
    const options = { seed, story: { day, changed: withoutVictim, isTrailGone: () => false, steps: none } };
    yield* behaviour(nobody, { from: day * DAY, end: day * DAY + 4 * HOUR }, options);
    yield* behaviour(company.people, { from: day * DAY + 9 * HOUR, end: day * DAY + 20 * HOUR }, options);
  }
}
const withoutVictim = (step: Step): Step | undefined => (step.actor?.user_id === VICTIM ? undefined : step);
/** A Monday without holidays near it. Which one is the same to everybody: the requests have the time at which they are made. */
const FIRST_DAY = 20_493;

function* none(): Generator<Step, void, undefined> {}

/** Steps in progress at once: people do not wait for one another, but a machine has its limits. Beyond, the next one waits. */
const AT_ONCE_MAX = 16;

/** People come and go, `rate` steps per second, until the signal. Resolves with how many steps were taken, when all are answered. */
export async function liveTraffic(company: Company, { rate, seed, signal, onStep }: TrafficOptions): Promise<number> {
  const visitors = new Visitors(company);
  const taken = new Set<Promise<void>>();
  const began = performance.now();
  // One after the other for each person, in the order of their day.
  const last = new Map<string, Promise<void>>();
  let count = 0;
  for (const step of workingHours(company, seed)) {
    const wait = began + (count * 1000) / rate - performance.now();
    if (wait > 0) await pause(wait, undefined, { signal }).catch(() => undefined);
    while (taken.size >= AT_ONCE_MAX) await Promise.race(taken);
    if (signal.aborted) break;
    count++;
    const who = step.actor?.user_id ?? step.from.address;
    const work = (last.get(who) ?? Promise.resolve())
      .then(() => visitors.take(step))
      .then((status) => onStep?.(step, status))
      // A failing task of the job is recorded as such; the traffic goes on.
      .catch(() => undefined)
      .finally(() => {
        taken.delete(work);
        if (last.get(who) === work) last.delete(who);
      });
    taken.add(work);
    last.set(who, work);
  }
  await Promise.all(taken);
  return count;
}
