import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deedOf } from './applications/deeds.ts';
import { VICTIM } from './bad-day/cast.ts';
import { storyOf } from './bad-day/story.ts';
import { DAY, dateOf, dayOf, HOUR, isWeekend } from './habits/calendar.ts';
import type { Step } from './habits/step.ts';
import { behaviour, peopleOf } from './history/behaviour.ts';
import { generateHistory, type HistoryEvent, type HistoryOptions } from './history/history.ts';
import { parseOptions } from './options.ts';

/** A Thursday, in the afternoon. */
const END = new Date('2026-11-26T15:00:00Z');
const SPAN = { from: Date.parse('2026-10-27T00:00:00Z'), end: END.getTime() };

const steps: readonly Step[] = [...behaviour(peopleOf(1), SPAN, { seed: 'test' })];
const story = storyOf(SPAN);

function digest(options: HistoryOptions): { readonly count: number; readonly hash: string } {
  const hash = createHash('sha256');
  let count = 0;
  for (const { event } of generateHistory(options)) {
    hash.update(JSON.stringify(event));
    count++;
  }
  return { count, hash: hash.digest('hex') };
}

describe('the history', () => {
  it('is the same, byte for byte, for the same seed and end', () => {
    const options = { seed: 'a', days: 3, end: END };
    const one = digest(options);
    expect(digest(options)).toEqual(one);
    expect(one.count).toBeGreaterThan(10_000);
    expect(digest({ ...options, seed: 'b' }).hash).not.toBe(one.hash);
  });

  it('has the size of a company, and scales', () => {
    const small = digest({ days: 2, end: END }).count;
    const large = digest({ days: 2, end: END, scale: 3 }).count;
    expect(large / small).toBeGreaterThan(2.5);
    expect(large / small).toBeLessThan(3.5);
  });

  it('comes in order of time, within its span, each event numbered once and without gaps', () => {
    const last = new Map<string, number>();
    const ids = new Set<unknown>();
    let count = 0;
    for (const { event } of generateHistory({ days: 2, end: END }) as Iterable<HistoryEvent>) {
      if (event.sseq === (last.get(event.src) ?? 0) + 1) last.set(event.src, event.sseq);
      ids.add(event.event_id);
      count++;
    }
    expect(ids.size).toBe(count);
    expect(last.size).toBe(5);
    expect([...last.values()].reduce((sum, sseq) => sum + sseq, 0)).toBe(count);
    expect(steps.filter(({ at }, i) => at < (steps[i - 1]?.at ?? 0))).toEqual([]);
    expect(steps[0]?.at).toBeGreaterThanOrEqual(SPAN.from);
    expect(steps.at(-1)?.at).toBeLessThan(SPAN.end);
  });

  it('goes on with the same numbers when its end is later', () => {
    const from = new Date('2026-11-23T00:00:00Z');
    const day = storyOf(SPAN);
    const early = [...generateHistory({ from, end: new Date('2026-11-23T12:00:00Z'), story: day })];
    const late = generateHistory({ from, end: new Date('2026-11-23T13:00:00Z'), story: day });
    for (const event of early) expect(late.next().value).toEqual(event);
  });
});

describe('habits', () => {
  const isOfEmployee = (step: Step) => deedOf(step.deed).application === 'backoffice';
  const ordinary = steps.filter((step) => ![story.day, story.day + 1].includes(dayOf(step.at)));

  it('employees work on working days, in working hours', () => {
    const work = ordinary.filter(isOfEmployee);
    expect(work.length).toBeGreaterThan(15_000);
    const isOdd = ({ at, from }: Step) => {
      const local = at + ({ DE: 1, PT: 0, CA: -5 }[from.country] ?? Number.NaN) * HOUR;
      const hour = (local % DAY) / HOUR;
      return isWeekend(dayOf(local)) || !(hour > 5.5 && hour < 19);
    };
    expect(work.filter(isOdd)).toEqual([]);
  });

  it('customers shop at all hours, most in the evening, weekends included', () => {
    const visits = ordinary.filter(({ deed }) => deed === 'product.list');
    const hours = Array.from({ length: 24 }, () => 0);
    for (const { at, from } of visits) {
      const hour = Math.floor(((at + ({ DE: 1, FR: 1, PT: 0, CA: -5 }[from.country] ?? 0) * HOUR) % DAY) / HOUR);
      hours[hour] = (hours[hour] ?? 0) + 1;
    }
    const sum = (low: number, high: number) => hours.slice(low, high).reduce((a, b) => a + b, 0);
    expect(sum(18, 23)).toBeGreaterThan(sum(8, 13) * 1.5);
    expect(sum(1, 5)).toBeLessThan(sum(18, 23) / 10);
    expect(visits.some(({ at }) => isWeekend(dayOf(at)))).toBe(true);
  });

  it('nearly everything succeeds; some is denied, some fails', () => {
    const share = (test: (step: Step) => boolean) => ordinary.filter(test).length / ordinary.length;
    expect(share(({ ending }) => ending === 'done')).toBeGreaterThan(0.97);
    for (const ending of ['forbidden', 'wrong_password', 'not_found', 'broken'] as const)
      expect(share((step) => step.ending === ending)).toBeGreaterThan(0);
  });

  it('addresses are those for documentation, and names are no people', () => {
    for (const address of new Set(steps.map(({ from }) => from.address)))
      expect(address).toMatch(/^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$|^2001:db8:/);
    for (const user of new Set(steps.map(({ actor }) => actor?.user_id ?? 'nightly')))
      expect(user).toMatch(/^(?:u-[a-z]+|c-\d+|partner-[a-z]+|nightly|user\d+)(?:-\d+)?$/);
  });
});

describe('the bad day', () => {
  const around = steps.filter(({ at }) => dayOf(at) === story.day || dayOf(at) === story.day + 1);
  const at = (what: (step: Step) => boolean): number => around.find(what)?.at ?? Number.NaN;
  const asVictim = (deed: Step['deed'], country: string) => (step: Step) =>
    step.actor?.user_id === VICTIM && step.deed === deed && step.from.country === country && step.ending === 'done';

  it('is a working day some days before the end, also in a short history', () => {
    expect([isWeekend(story.day), dateOf(story.day)]).toEqual([false, '2026-11-20']);
    expect(dateOf(storyOf({ from: Date.parse('2026-11-23T00:00:00Z'), end: SPAN.end }).day)).toBe('2026-11-24');
  });

  it('tells its story in order', () => {
    const beats = [
      at(({ deed, ending, from }) => deed === 'backoffice.login' && ending === 'wrong_password' && from.country === 'SG'),
      at(asVictim('backoffice.login', 'SG')),
      at(asVictim('backoffice.login', 'DE')),
      at(({ deed, ending, from }) => deed === 'customer.export' && ending === 'forbidden' && from.country === 'SG'),
      at(({ deed, id, actor }) => deed === 'role.grant' && id === VICTIM && actor?.user_id === VICTIM),
      at(asVictim('customer.read', 'SG')),
      at(({ actor, from }) => actor?.credential_id === 'key-north-1' && from.country === 'BR'),
      at(asVictim('customer.export', 'SG')),
      at(({ input }) => input['statement'] === 'DROP TABLE audit_trail'),
      at(({ deed, id, ending }) => deed === 'setting.update' && id === 'doors.reporting' && ending === 'done'),
      at(({ deed, id }) => deed === 'user.disable' && id === VICTIM),
      at(({ actor, ending }) => actor?.user_id === VICTIM && ending === 'disabled'),
    ];
    expect(beats).not.toContain(Number.NaN);
    expect(beats).toEqual([...beats].sort((a, b) => a - b));
  });

  it('the account does nothing any more once it is disabled; the doors are silent for a while', () => {
    const disabled = at(({ deed, id }) => deed === 'user.disable' && id === VICTIM);
    const after = steps.filter((step) => step.at > disabled && step.actor?.user_id === VICTIM);
    expect(new Set(after.map(({ ending }) => ending))).toEqual(new Set(['disabled']));
    const doors = steps.filter(({ deed }) => deed === 'door.open').map((step) => step.at);
    const midnight = story.day * DAY;
    expect(doors.filter((time) => time > midnight + 23.2 * HOUR && time < midnight + 34.5 * HOUR)).toEqual([]);
    expect(doors.some((time) => time > midnight + 35 * HOUR)).toBe(true);
  });
});

describe('the command line', () => {
  it('has defaults', () => {
    expect(parseOptions([], {})).toMatchObject({ seed: 'daybook', days: 30, scale: 1, rate: 5, historyOnly: false });
    expect(parseOptions(['--help'], {})).toBeUndefined();
  });

  const f = (args: readonly string[], message: RegExp) => expect(() => parseOptions(args, {})).toThrow(message);
  it('says what is wrong', () => {
    f(['--days', '0'], /--days is a whole number from 1/);
    f(['--scale', ''], /--scale is a number/);
    f(['--rate', 'fast'], /--rate is a number/);
    f(['--seed', 'a b'], /--seed/);
    f(['--end', 'soon'], /--end is a time/);
    f(['--url', 'http://127.0.0.1:1'], /--url needs --token/);
    f(['--colour'], /--colour/);
    f(['more'], /more/);
  });
});
