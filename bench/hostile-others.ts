import { gzipSync } from 'node:zlib';

/** Hostile requests beside bodies of events: packed ones, queries in URLs, paths, texts that are too long. */

const MIB = 1024 * 1024;
/** The head of a request may have 32 KiB. */
const URL_CHARS = 30_000;

const filled = (unit: string, chars: number): string => unit.repeat(Math.floor(chars / unit.length));

/** Bodies of events, packed; each unpacks to the largest body, or to more. */
export const PACKED_BODIES: Readonly<Record<string, () => Buffer>> = {
  'zeros, 1 GiB': () => gzipSync(Buffer.alloc(1024 * MIB)),
  'blank lines': () => gzipSync(Buffer.alloc(16 * MIB - 1, '\n')),
  'least events': () => gzipSync('{"user_id":"u"}\n'.repeat(9_999)),
  'an item of 16 MiB': () => gzipSync(`{"user_id":"u","a":"${'x'.repeat(16 * MIB - 100)}"}`),
  'empty members, one behind the other': () => Buffer.alloc(8 * MIB, gzipSync('')),
  nonsense: () => Buffer.alloc(8 * MIB, 0x1f),
};

export const LOOKUPS: Readonly<Record<string, string>> = {
  'values without end': filled('user_id=u&', URL_CHARS),
  'empty names': filled('&', URL_CHARS),
  'equals signs': filled('=', URL_CHARS),
  'different names': Array.from({ length: 3000 }, (_, i) => `n${i}=1`).join('&'),
  percents: `user_id=${filled('%', URL_CHARS)}`,
  'broken UTF-8': `user_id=${filled('%ff', URL_CHARS)}`,
  'a long value': `user_id=${filled('password=x ', 4000)}`,
  '100 long values': filled(`user_id=${filled('x', 290)}&`, URL_CHARS),
  'a long address': `ip_address=${filled(':', URL_CHARS)}`,
  'a long time': `from=${filled('2026-01-01T', URL_CHARS)}`,
  'a long fraction': `duration_ms=0.${filled('1', URL_CHARS)}`,
  'a long cursor': `cursor=${filled('MSA', URL_CHARS)}`,
};

const BEGINNING = 'after=important:0,routine:0';
/** Tails: each reads what the server has from its beginning, and is left after a while. */
export const TAILS: Readonly<Record<string, string>> = {
  everything: BEGINNING,
  'what no event has': `${BEGINNING}&${filled('user_id=none&', 13 * 50)}`,
  'what every event has, by 50 words': `${BEGINNING}&${Array.from({ length: 49 }, (_, i) => `attributes.daybook=none${i}`).join('&')}`,
  'long values': `${BEGINNING}&${filled(`reason=${filled('a', 550)}&`, URL_CHARS - 100)}`,
  'conditions without end': filled('user_id=u&', URL_CHARS),
  'positions without end': `after=${filled('routine:0,', URL_CHARS)}`,
};

export const PATHS: Readonly<Record<string, string>> = {
  'a tile of many groups': `/logs/routine/tile/0/${filled('x001/', URL_CHARS)}001`,
  'a tile of digits': `/logs/routine/tile/0/${filled('1', URL_CHARS)}`,
  'entries of many groups': `/logs/routine/tile/entries/${filled('x000/', URL_CHARS)}000.p/1`,
  slashes: filled('/', URL_CHARS),
  percents: `/${filled('%', URL_CHARS)}`,
  'dots and slashes': `/logs/${filled('../', URL_CHARS)}`,
  'a long index': `/v1/events/routine/${filled('1', 100)}`,
  'a long name of a blob': `/v1/blobs/${filled('a', URL_CHARS)}`,
};

/** Longer than any statement may be: refused before it is read. */
export const LONG_STATEMENTS: Readonly<Record<string, () => Buffer>> = {
  '1 MiB': () => Buffer.from(`SELECT ${filled('1+', MIB)}1`),
  '238 KiB': () => Buffer.from(`SELECT ${filled('password=x,', 238_000)}1`),
  '238 KiB, not ASCII': () => Buffer.from(`SELECT '${filled('ü', 118_000)}'`),
};
/** Statements in the URL, and parameters. */
export const SQL_URLS: Readonly<Record<string, string>> = {
  'a sum': `query=SELECT%201${filled('%2B1', URL_CHARS)}`,
  parameters: `query=SELECT%201&${Array.from({ length: 2000 }, (_, i) => `param_${i}=1`).join('&')}`,
  settings: `query=SELECT%201&${Array.from({ length: 2000 }, (_, i) => `max_${i}=1`).join('&')}`,
  'a long parameter': `query=SELECT%20{a:String}&param_a=${filled("'\\", URL_CHARS - 100)}`,
};
