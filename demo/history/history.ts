import type { DaybookEvent } from '@daybook/sdk';
import { type Application, APPLICATIONS, deedOf } from '../applications/deeds.ts';
import { storyOf, type Story } from '../bad-day/story.ts';
import { Chance } from '../chance.ts';
import { DAY, dayOf } from '../habits/calendar.ts';
import { behaviour, peopleOf, type Span } from './behaviour.ts';
import { eventsOf } from './telling.ts';

export interface HistoryOptions {
  /** The same seed, scale and span give the same events, byte for byte. Default: `daybook`. */
  readonly seed?: string;
  /** How many times the people, and what they do. Default: 1. */
  readonly scale?: number;
  /** Whole days before the day of `end`. Default: 30. */
  readonly days?: number;
  readonly end: Date;
  /** Instead of `days`: the moment from which on. */
  readonly from?: Date | undefined;
  /** The bad day; by default that of a history of this span. */
  readonly story?: Story | undefined;
}

/** An event with its number: which application sends it, and as what. */
export interface HistoryEvent {
  readonly application: Application;
  readonly event: DaybookEvent & { readonly src: string; readonly sseq: number };
}

export const SEED_DEFAULT = 'daybook';
export const DAYS_DEFAULT = 30;

export function spanOf({ days = DAYS_DEFAULT, end, from }: HistoryOptions): Span {
  return { from: from?.getTime() ?? (dayOf(end.getTime()) - days) * DAY, end: end.getTime() };
}

/**
 * The company's past as its applications would have recorded it, in order of time. The numbers (`src`, `sseq`, `event_id`) are part of it: sent twice, it
 * is kept once.
 */
export function* generateHistory(options: HistoryOptions): Generator<HistoryEvent, void, undefined> {
  const { seed = SEED_DEFAULT, scale = 1 } = options;
  const span = spanOf(options);
  const story = options.story ?? storyOf(span);
  // The span's end is no part of the name: a history that goes on further begins with the same events under the same numbers.
  const name = new Chance(`${seed} x${scale} ${span.from} ${story.day}`).name();
  const chance = new Chance(`${seed} telling`);
  const numbers = new Map<Application, number>(APPLICATIONS.map((application) => [application, 0]));
  for (const step of behaviour(peopleOf(scale), span, { seed, story })) {
    const { application } = deedOf(step.deed);
    for (const event of eventsOf(step, chance, story.isTrailGone(step.at))) {
      const sseq = (numbers.get(application) ?? 0) + 1;
      numbers.set(application, sseq);
      yield { application, event: { src: `${application}/history-${name}`, sseq, event_id: `${application}-${name}-${sseq}`, ...event } };
    }
  }
}
