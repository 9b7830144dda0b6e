import { isIP } from 'node:net';
import { microsToText } from '@daybook/protocol';

/** A time as a literal of SQL, in UTC: a hundred calls of a function in an IN list cost the engine 10 ms before it reads anything. */
export function timeLiteral(micros: number): string {
  return `'${microsToText(micros).slice(0, -1).replace('T', ' ')}'`;
}

/** What `toIPv6` of the engine takes: no zone of an interface. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

/** Fields of which a projection of the table finds the newest events: it holds `(field, timestamp, log, idx)` in this order (migrations/0001). */
export const PROJECTED: ReadonlySet<string> = new Set(['user_id', 'resource', 'ip_address']);
