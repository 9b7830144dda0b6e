import { skipValue } from './scan.ts';

/**
 * A hash of what a producer said, from the canonical event: without the members that the server adds at the time of receipt, so that a repeated
 * request gives the same. Computed alike from a fresh event and from one read back from the ledger.
 */
export function contentHash(event: Buffer, from: number, end: number, seed: number): number {
  const timeIsOurs = event.subarray(from, end).includes(RECEIVE_TIME);
  let hash = seed | 0;
  let at = from + 1;
  while (at < end && event[at] === QUOTE) {
    const key = at;
    at = event.indexOf(COLON, at) + 1;
    const valueEnd = skipValue(event, at, end);
    if (at <= 0 || valueEnd < 0) break;
    if (!isVolatile(event, key, at, timeIsOurs)) for (let i = key; i < valueEnd; i++) hash = Math.imul(hash ^ (event[i] ?? 0), FNV_PRIME);
    at = valueEnd + 1;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function isVolatile(event: Buffer, from: number, to: number, timeIsOurs: boolean): boolean {
  return matches(event, from, to, OBSERVED) || matches(event, from, to, IMPORTANCE) || (timeIsOurs && matches(event, from, to, TIMESTAMP));
}

function matches(event: Buffer, from: number, to: number, key: Buffer): boolean {
  return to - from === key.length && event.compare(key, 0, key.length, from, to) === 0;
}

const FNV_PRIME = 0x01000193;
const OBSERVED = Buffer.from('"observed_at":');
const IMPORTANCE = Buffer.from('"importance":');
const TIMESTAMP = Buffer.from('"timestamp":');
const RECEIVE_TIME = Buffer.from('"time":"receive_time');
const QUOTE = 0x22;
const COLON = 0x3a;
