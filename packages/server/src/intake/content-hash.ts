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
    // Keys of events have no escapes and no colons.
    while (at < end && event[at] !== COLON) at++;
    at++;
    const valueEnd = skipValue(event, at, end);
    if (valueEnd < 0) break;
    if (!isVolatile(event, key, at, timeIsOurs)) hash = hashRange(event, key, valueEnd, hash);
    at = valueEnd + 1;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** FNV-1a by words of four bytes, each folded so that its upper bits reach the lower ones. */
function hashRange(event: Buffer, from: number, to: number, seed: number): number {
  let hash = seed;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = (event[at] ?? 0) | ((event[at + 1] ?? 0) << 8) | ((event[at + 2] ?? 0) << 16) | ((event[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, FNV_PRIME);
    hash ^= hash >>> 15;
  }
  for (; at < to; at++) hash = Math.imul(hash ^ (event[at] ?? 0), FNV_PRIME);
  return hash;
}

/** The first letter tells apart nearly all: comparing whole keys each time would cost more than hashing. */
function isVolatile(event: Buffer, from: number, to: number, timeIsOurs: boolean): boolean {
  const first = event[from + 1];
  if (first === LETTER_O) return matches(event, from, to, OBSERVED);
  if (first === LETTER_I) return matches(event, from, to, IMPORTANCE);
  return timeIsOurs && first === LETTER_T && matches(event, from, to, TIMESTAMP);
}

function matches(event: Buffer, from: number, to: number, key: Buffer): boolean {
  return to - from === key.length && event.compare(key, 0, key.length, from, to) === 0;
}

const LETTER_I = 0x69;
const LETTER_O = 0x6f;
const LETTER_T = 0x74;
const FNV_PRIME = 0x01000193;
const OBSERVED = Buffer.from('"observed_at":');
const IMPORTANCE = Buffer.from('"importance":');
const TIMESTAMP = Buffer.from('"timestamp":');
const RECEIVE_TIME = Buffer.from('"time":"receive_time');
const QUOTE = 0x22;
const COLON = 0x3a;
