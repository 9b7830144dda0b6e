import { storyOf, type Story } from '../bad-day/story.ts';
import { dayBegins, dayOf } from '../habits/calendar.ts';
import { nightOf, partnerDay, probesOf } from '../habits/machines.ts';
import { Merge } from '../habits/merge.ts';
import { doorsDay, officeDay } from '../habits/office.ts';
import { shoppingDay } from '../habits/shopping.ts';
import type { Step, Steps } from '../habits/step.ts';
import { customers, partners } from '../people/customers.ts';
import { employees } from '../people/staff.ts';

export interface People {
  readonly employees: ReturnType<typeof employees>;
  readonly customers: ReturnType<typeof customers>;
  readonly partners: ReturnType<typeof partners>;
}

export const peopleOf = (scale: number): People => ({
  employees: employees(scale),
  customers: customers(scale),
  partners: partners(scale),
});

/** What everybody does on one day, each by themselves. */
export function* daysOf(people: People, day: number, seed: string): Generator<Steps> {
  for (const employee of people.employees) {
    yield officeDay(employee, day, seed);
    yield doorsDay(employee, day, seed);
  }
  for (const customer of people.customers) yield shoppingDay(customer, day, seed);
  for (const partner of people.partners) yield partnerDay(partner, day, seed);
  yield nightOf(day, seed);
  yield probesOf(day, seed);
}

export interface Span {
  /** Milliseconds since 1970: from this on … */
  readonly from: number;
  /** … and before this. */
  readonly end: number;
}

/** All that happens in a span of time, in order: ordinary days, and what the story makes of them. */
export function* behaviour(
  people: People,
  { from, end }: Span,
  { seed, story = storyOf({ from, end }) }: { readonly seed: string; readonly story?: Story },
): Generator<Step> {
  const merge = new Merge();
  merge.add(story.steps(seed));
  for (let day = dayOf(from) - 1; dayBegins(day) < end; day++) {
    for (const steps of daysOf(people, day, seed)) merge.add(changed(steps, story));
    for (const step of merge.before(Math.min(dayBegins(day + 1), end))) if (step.at >= from) yield step;
  }
}

/** Before the merge: what is left out there costs no place in it. */
function* changed(steps: Steps, story: Story): Steps {
  for (const step of steps) {
    const now = story.changed(step);
    if (now !== undefined) yield now;
  }
}
