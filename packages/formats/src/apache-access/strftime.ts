import type { Context } from '../format.ts';
import { monthOf, type Stamp, stampOf } from '../time/stamps.ts';
import { epochStamp } from '../web-access/times.ts';

/** What strftime(3) writes in the C locale, as far as a time is made of it. */
const FIELDS: Readonly<Record<string, string>> = {
  Y: '(?<year>\\d{4})',
  m: '(?<month>\\d\\d)',
  d: '(?<day>\\d\\d)',
  e: '(?<day>[ \\d]\\d)',
  H: '(?<hour>\\d\\d)',
  M: '(?<minute>\\d\\d)',
  S: '(?<second>\\d\\d)',
  b: '(?<name>[A-Z][a-z]{2})',
  h: '(?<name>[A-Z][a-z]{2})',
  z: '(?<zone>[+-]\\d\\d:?\\d\\d)',
  Z: '(?<zoneName>[A-Z]{1,5})',
  a: '[A-Z][a-z]{2}',
  A: '[A-Z][a-z]{2,8}',
  j: '\\d{3}',
  s: '(?<epoch>\\d{9,11})',
  n: '\\n',
  t: '\\t',
  '%': '%',
  // Not of strftime: Apache's `msec_frac` and `usec_frac`, where they stand among the parts of one time.
  3: '(?<fraction>\\d{3})',
  6: '(?<fraction>\\d{6})',
};
const CHARS: Readonly<Record<string, number>> = {
  Y: 4,
  m: 2,
  d: 2,
  e: 2,
  H: 2,
  M: 2,
  S: 2,
  b: 3,
  h: 3,
  z: 5,
  a: 3,
  j: 3,
  n: 1,
  t: 1,
  '%': 1,
  3: 3,
  6: 6,
};
const COMPOSED: Readonly<Record<string, string>> = { F: '%Y-%m-%d', T: '%H:%M:%S', R: '%H:%M', D: '%m/%d/%y', c: '%a %b %e %H:%M:%S %Y' };

/** Characters of every time of this format; undefined when they differ. */
export function strftimeChars(format: string): number | undefined {
  let chars = 0;
  for (const [, letter, literal = ''] of composed(format).matchAll(PIECES)) {
    const more = letter === undefined ? literal.length : CHARS[letter];
    if (more === undefined) return undefined;
    chars += more;
  }
  return chars;
}

const PIECES = /%([^])|([^%]+)/g;
const composed = (format: string): string => format.replace(/%([FTRDc])/g, (_, letter: string) => COMPOSED[letter] ?? '');

/** Reads times of this format; undefined when it has a field that no time can be read from. */
export function strftimeReader(format: string): ((text: string, context: Context) => Stamp | undefined) | undefined {
  let source = '';
  for (const [, letter, literal = ''] of composed(format).matchAll(PIECES)) {
    if (letter === undefined) source += literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    else if (FIELDS[letter] === undefined) return undefined;
    else source += FIELDS[letter];
  }
  try {
    const pattern = new RegExp(`^${source}$`);
    return (text, context) => stampIn(pattern.exec(text)?.groups, context);
  } catch {
    // The same field twice.
    return undefined;
  }
}

function stampIn(groups: Record<string, string | undefined> | undefined, context: Context): Stamp | undefined {
  if (groups === undefined) return undefined;
  const { year, month, name, day, hour = '0', minute = '0', second = '0', zone, zoneName, epoch, fraction = '' } = groups;
  if (epoch !== undefined) return epochStamp(epoch);
  const monthIndex = name === undefined ? Number(month) - 1 : monthOf(name);
  if (year === undefined || day === undefined || monthIndex === undefined || !(monthIndex >= 0 && monthIndex < 12)) return undefined;
  const reading = {
    year: Number(year),
    month: monthIndex,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
  };
  return stampOf(reading, context, offsetOf(zone, zoneName));
}

function offsetOf(zone: string | undefined, name: string | undefined): number | undefined {
  if (zone !== undefined) return (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  return name === 'UTC' || name === 'GMT' ? 0 : undefined;
}
