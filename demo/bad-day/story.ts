import { DAY, dayOf, isWorkday } from '../habits/calendar.ts';
import type { Step, Steps } from '../habits/step.ts';
import { OFFICES } from '../people/places.ts';
import { beatsOf } from './beats.ts';
import { NEW_KEY, STOLEN_KEY, VICTIM, WHEN } from './cast.ts';

/**
 * The bad day. Passwords that leaked elsewhere are tried at night until one fits; its owner works in Berlin while somebody else is logged in as them from
 * Singapore, takes a role, reads customers, exports them all at night, drops the table that would tell, and turns off the doors' reports. In the
 * morning the account is disabled.
 */
export interface Story {
  /** Days since 1970. */
  readonly day: number;
  /** What becomes of a step of an ordinary day, because of what happened; undefined: it does not come to pass. */
  changed(step: Step): Step | undefined;
  /** Whether the admin tool finds its audit trail gone. */
  isTrailGone(at: number): boolean;
  /** What happens beyond the ordinary, in order. */
  steps(seed: string): Steps;
}

/** How long before the end the bad day is, at the least, so that there is something after it. */
const DAYS_AFTER = 5;

/** The story of a history: its day is a working day, some days before the end, or as many as there are. */
export function storyOf({ from, end }: { readonly from: number; readonly end: number }): Story {
  const [first, today] = [dayOf(from), dayOf(end)];
  const latest = Math.max(first, today - Math.min(DAYS_AFTER, Math.max(2, today - first - 1)));
  let day = latest;
  while (day > first && !isWorkday(OFFICES.berlin, day)) day--;
  return storyOn(isWorkday(OFFICES.berlin, day) ? day : latest);
}

export function storyOn(day: number): Story {
  const midnight = day * DAY;
  return {
    day,
    changed(step) {
      const { at, deed, actor } = step;
      if (actor?.user_id === VICTIM && at >= midnight + WHEN.disabled) return undefined;
      if (deed === 'door.open' && at >= midnight + WHEN.silent && at < midnight + WHEN.repaired) return undefined;
      const isOld = actor?.credential_id === STOLEN_KEY && at >= midnight + WHEN.disabled;
      return isOld ? { ...step, actor: { ...actor, credential_id: NEW_KEY } } : step;
    },
    isTrailGone: (at) => at > midnight + WHEN.drop && at < midnight + WHEN.repaired,
    steps: (seed) => beatsOf(midnight, seed),
  };
}
