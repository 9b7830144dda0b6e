/** A time in a question, in milliseconds since 1970, and how coarsely it is written. */
interface Time {
  readonly atMs: number;
  readonly grainMs: number;
}

/** Where a question's times stand, and which they are: of two that a page asks by itself the shapes are the same. */
export interface TimedQuestion {
  readonly shape: string;
  readonly times: readonly Time[];
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Dashboards round their window to the minute; clocks of browsers differ a little. */
const SLACK_MS = MINUTE_MS;
/** Seconds, milliseconds or microseconds since 1970, as dashboards write them into SQL; of other lengths numbers are no times. */
const TIMES = /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?|\b(?:\d{10}|\d{13}|\d{16})\b/g;
/** Nobody's window begins earlier; what is smaller, or in the future, is the number of an account or a telephone. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);

/** Takes the times out of a question. */
export function timedQuestion(question: string, nowMs: number): TimedQuestion {
  const times: Time[] = [];
  const shape = question.replaceAll(TIMES, (text) => {
    const time = timeOf(text, nowMs);
    if (time === undefined) return text;
    times.push(time);
    return '?';
  });
  return { shape, times };
}

/**
 * Whether the times are those of before, moved on as the clock did. Only so a page repeats itself: whoever chooses another window, or another account whose number looks
 * like a time, asks something else, and that is for the record.
 */
export function movedOn(before: TimedQuestion, now: TimedQuestion, elapsedMs: number): boolean {
  if (before.shape !== now.shape || before.times.length !== now.times.length) return false;
  return now.times.every(({ atMs, grainMs }, i) => {
    const shiftMs = atMs - (before.times[i]?.atMs ?? Number.NaN);
    return shiftMs === 0 || (shiftMs > 0 && shiftMs <= elapsedMs + Math.max(SLACK_MS, grainMs));
  });
}

function timeOf(text: string, nowMs: number): Time | undefined {
  if (/^\d+$/.test(text)) {
    const atMs = Math.floor(Number(text) * (text.length === 10 ? SECOND_MS : text.length === 13 ? 1 : 1 / SECOND_MS));
    return atMs >= EARLIEST_MS && atMs <= nowMs + DAY_MS ? { atMs, grainMs: SECOND_MS } : undefined;
  }
  const [day = '', clock = ''] = text.replace('Z', '').split(/[T ]/);
  const atMs = Date.parse(`${day}T${clock === '' ? '00:00' : clock}Z`);
  return Number.isNaN(atMs) ? undefined : { atMs, grainMs: clock === '' ? DAY_MS : MINUTE_MS };
}
