import { isObject, type Members } from './objects.ts';

/**
 * A record as it stands in the spool and travels: one line of JSON, its number first. Whatever an application hands over becomes a line that the
 * server can read, or `undefined`: nothing here throws.
 */
export function lineOf(
  event: Members,
  { head, sseq, time }: { readonly head: string; readonly sseq: number; readonly time: string },
): string | undefined {
  let json = jsonOf(event);
  if (json === undefined) return undefined;
  if (event['src'] !== undefined || event['sseq'] !== undefined) json = jsonOf({ ...event, src: undefined, sseq: undefined }) ?? '{}';
  const observed = event['observed_at'] === undefined ? `,"observed_at":"${time}"` : '';
  const when = TIME_KEYS.every((key) => event[key] === undefined) ? `,"timestamp":"${time}"` : '';
  return `${head}${sseq}${observed}${when}${json === '{}' ? '}' : `,${json.slice(1)}`}\n`;
}

/** `{"src":"shop/x1","sseq":`: the part of every line of an instance that stays. */
export function headOf(src: string): string {
  return `{"src":${JSON.stringify(src)},"sseq":`;
}

/** Names under which the server takes a time: with any of them given, ours would contradict it. */
const TIME_KEYS = ['timestamp', 'time', 'ts', '@timestamp', 'eventTime', 'event_time', 'occurred_at', 'published'];

function jsonOf(event: Members): string | undefined {
  try {
    const json = JSON.stringify(event);
    // Half a surrogate pair is no Unicode: the server would refuse the event, and whoever sends such a text would go unrecorded.
    if (json.startsWith('{') && !json.includes('\\ud')) return json;
    return json.startsWith('{') ? JSON.stringify(event, wellFormed) : undefined;
  } catch {
    return careful(event);
  }
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(LONE_SURROGATE, '\ufffd') : value;
}
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** What JSON can't say is said in words: a cycle, a BigInt, a member that throws when it is read. */
function careful(event: Members): string | undefined {
  const above: unknown[] = [];
  const copy = (value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return value.replace(LONE_SURROGATE, '\ufffd');
    if (!isObject(value)) return value;
    if (above.includes(value)) return '[circular]';
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    above.push(value);
    const result = Array.isArray(value)
      ? value.map(copy)
      : Object.fromEntries(Object.keys(value).map((key) => [key, member(value, key, copy)]));
    above.pop();
    return result;
  };
  try {
    return JSON.stringify(copy(event));
  } catch {
    return undefined;
  }
}

function member(object: Members, key: string, copy: (value: unknown) => unknown): unknown {
  try {
    return copy(object[key]);
  } catch {
    return '[unreadable]';
  }
}
