import { time } from '../json/values.ts';

/** `10/18/2019, 4:00:15.123 AM`, as the portal's tables and old records have it: month first, in UTC. */
const AMERICAN = /^(\d{1,2})\/(\d{1,2})\/(\d{4}),? (\d{1,2}):(\d\d):(\d\d)(\.\d{1,9})? ([AP])M(?: \+00:00)?$/;
/** `Fri, 23 Jun 2017 19:29:50.266 GMT`, of Cosmos DB's first logs. */
const OF_MAIL = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d(?:\.\d{1,9})?) GMT$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time in any form that Azure writes; all are UTC. */
export function azureTime(value: unknown): string | undefined {
  return time(value) ?? (typeof value === 'string' ? time(american(value) ?? ofMail(value)) : undefined);
}

function american(text: string): string | undefined {
  const found = AMERICAN.exec(text);
  if (found === null) return undefined;
  const [, month = '', day = '', year = '', hour = '', minute = '', second = '', fraction = '', half = ''] = found;
  const hours = (Number(hour) % 12) + (half === 'P' ? 12 : 0);
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${String(hours).padStart(2, '0')}:${minute}:${second}${fraction}Z`;
}

function ofMail(text: string): string | undefined {
  const found = OF_MAIL.exec(text);
  if (found === null) return undefined;
  const [, day = '', name = '', year = '', clock = ''] = found;
  return `${year}-${String(MONTHS.indexOf(name) + 1).padStart(2, '0')}-${day}T${clock}Z`;
}
