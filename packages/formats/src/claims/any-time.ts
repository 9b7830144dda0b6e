import { type Json, parseTime } from '@daybook/protocol';
import type { Context } from '../format.ts';
import { monthOf, type Reading, type Stamp, stampOf } from '../time/stamps.ts';

/**
 * A time in whatever form programs write it: what the server takes (RFC 3339 and its relatives, epochs by magnitude); beside these the web servers' own
 * (`02/Jan/2024:03:04:05 +0000`), mail's (`Tue, 02 Jan 2024 03:04:05 GMT`), ctime's, `2024/01/02 03:04:05`, Microsoft's `/Date(1704164645000)/`, and dates in letters. Dates
 * whose day and month can't be told apart are none. Without a zone it is the input's, and marked.
 */
export function anyTime(value: Json, context: Context): Stamp | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const found = parseTime(value);
  if (found !== undefined) return found.zoned ? { text: found.text } : inZone(found.text, context);
  return typeof value !== 'string' || value.length > TIME_CHARS_MAX ? undefined : otherTime(value.trim(), context);
}

/** The longest of the forms below has 40. */
const TIME_CHARS_MAX = 64;

/** What was read as if in UTC, read again in the zone of the input. */
export function inZone(text: string, context: Context): Stamp {
  const [, year, month, day, hour, minute, second, fraction = ''] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z$/.exec(text) ?? [];
  const reading = { year: Number(year), month: Number(month) - 1, day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second), fraction };
  return { text: stampOf(reading, context)?.text ?? text, guessed: ['zone'] };
} // biome-ignore format: rows

const CLOCK = String.raw`(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?`;
const ZONE = String.raw`(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?(?: \([A-Z]{2,5}\))?`;
const FORMS: readonly { readonly form: RegExp; readonly order: readonly [number, number, number] }[] = [
  // 02/Jan/2024:03:04:05 +0000; Tue, 02 Jan 2024 03:04:05 GMT; 2-Jan-2024 3:04:05 PM
  { form: new RegExp(String.raw`^\[?(?:[A-Z][a-z]{2,8},? )?(\d{1,2})[/ -]([A-Z][a-z]{2})[a-z]{0,6}[/ -](\d{4})[:, ]{1,2}${CLOCK}${ZONE}\]?$`), order: [2, 1, 0] },
  // Jan 2, 2024 3:04:05 PM; January 2, 2024 at 3:04 PM
  { form: new RegExp(String.raw`^(?:[A-Z][a-z]{2,8},? )?([A-Z][a-z]{2})[a-z]{0,6} {1,2}(\d{1,2}),? (\d{4})(?:,? (?:at )?|:)${CLOCK}${ZONE}$`), order: [2, 0, 1] },
  // 2024/01/02 03:04:05
  { form: new RegExp(String.raw`^(\d{4})[/.](\d{1,2})[/.](\d{1,2})[T ]${CLOCK}${ZONE}$`), order: [0, 1, 2] },
  // 2024-01-02 3:04:05 PM
  { form: new RegExp(String.raw`^(\d{4})-(\d{1,2})-(\d{1,2})[T ]${CLOCK}${ZONE}$`), order: [0, 1, 2] },
]; // biome-ignore format: a table
/** Tue Jan  2 03:04:05 UTC 2024 */
const CTIME = new RegExp(String.raw`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) ${CLOCK}${ZONE} (\d{4})$`);
const JSON_DATE = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/;

function otherTime(text: string, context: Context): Stamp | undefined {
  const epoch = JSON_DATE.exec(text)?.[1];
  if (epoch !== undefined) return anyTime(Number(epoch), context);
  const c = CTIME.exec(text);
  if (c !== null) return stampIn([c[9], c[1], c[2]], c.slice(3, 9), context);
  for (const { form, order } of FORMS) {
    const match = form.exec(text);
    if (match === null) continue;
    const [year, month, day] = order.map((place) => match[place + 1]);
    return stampIn([year, month, day], match.slice(4), context);
  }
  return undefined;
}

function stampIn(date: readonly (string | undefined)[], clock: readonly (string | undefined)[], context: Context): Stamp | undefined {
  const [year = '', month = '', day = ''] = date;
  const [hour = '', minute = '', second, fraction, half, zone] = clock;
  const index = /^\d/.test(month) ? Number(month) - 1 : monthOf(month);
  if (index === undefined) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0);
  const reading: Reading = {
    year: Number(year),
    month: index,
    day: Number(day),
    hour: hours,
    minute: Number(minute),
    second: Number(second ?? 0),
    fraction: fraction ?? '',
  };
  return stampOf(reading, context, offsetOf(zone));
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  if (!/^[+-]/.test(zone)) return 0;
  return (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
}
