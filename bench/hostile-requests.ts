import { LONG_STATEMENTS, LOOKUPS, PACKED_BODIES, PATHS, SQL_URLS, TAILS } from './hostile-others.ts';
import { PROTOBUF_BODIES } from './hostile-protobuf.ts';

/** Requests that cost a server as much as its bounds let them: each bends one part of it as far as it goes. */

export interface HostileRequest {
  readonly name: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of a POST; without it the request is a GET. A new one each time, where a known one would cost less. */
  readonly make?: (round: number) => string | Buffer;
  /** The answer does not end by itself: it is left after so long. */
  readonly leaveAfterMs?: number;
}

const MIB = 1024 * 1024;
/** An item of the largest size, with room for the rest of it. */
const FILL_BYTES = MIB / 2 - 1024;
/** Values of an item, with room for the rest of it. */
const VALUES = 8192 - 20;

const filled = (unit: string, bytes = FILL_BYTES): string => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
const attribute = (unit: string): string => `{"user_id":"u","a":"${filled(unit)}"}`;
const list = (unit: string, count: number): string => `{"user_id":"u","a":[${Array.from({ length: count }, () => unit).join(',')}]}`;
const lines = (count: number, line: (i: number) => string): string => Array.from({ length: count }, (_, i) => line(i)).join('\n');

/** A secret of each kind. */
const EVERYTHING =
  "password=x token=abcdefgh bearer abcdef basic QWxhZGRp1 ://a:b@c identified by 'x' 4111111111111111 eyJhbGci.eyJzdWIi.x dbk_abcdefgh pwd='y' cookie: z\n";

/** One item each of the largest size: one text. */
const TEXTS: Readonly<Record<string, string>> = {
  'password=x': 'password=x ',
  'pairs in quotes': "password='x' ",
  'JSON in JSON': '{\\"password\\":\\"x\\"} ',
  'words of passwords': 'password ',
  'token=…': 'token=abcdefgh ',
  'bearer …': 'bearer abcdef ',
  'basic …': 'basic QWxhZGRpbjpvcGVu ',
  'json web tokens': 'eyJhbGci.eyJzdWIi.x ',
  'dbk_…': 'dbk_abcdefgh ',
  'cookie:': 'cookie: a\n',
  'URLs with passwords': '://a:b@c ',
  'colons of URLs': '://a:',
  '://': '://',
  '@': '@',
  digits: '4',
  'digits and blanks': '4 ',
  'card numbers': '4111111111111111 ',
  'card numbers in groups': '4111 1111 1111 1111 ',
  'identified by': "identified by 'x' ",
  'SQL passwords': "password 'x' ",
  'dollar quotes': 'password $a$x$a$ ',
  everything: EVERYTHING,
  'pwd=x': 'pwd=x ',
  'a long blank': ' ',
  'not ASCII': 'ü@',
  backslashes: '\\',
};
/** The same, as they stand in JSON. */
const RAW_TEXTS: Readonly<Record<string, string>> = {
  escapes: '\\u0041',
  'escapes that hide a secret': '\\u0070assword=x ',
};

const NESTED: Readonly<Record<string, () => string>> = {
  'list of pairs': () => list('"password=x"', VALUES),
  'list of everything': () => list(JSON.stringify(EVERYTHING.slice(0, 57)), VALUES),
  'list of long pairs': () => list(`"${filled('password=x ', 58)}"`, VALUES),
  'list of URLs': () => list('"a://b:c@d"', VALUES),
  'list of tokens': () => list('"bearer abcdefgh"', VALUES),
  'list of @': () => list('"a@b.example"', VALUES),
  'list of card numbers': () => list('4111111111111111', VALUES),
  'list of fractions': () => list('0.1234567890123456', VALUES),
  'list of empty objects': () => list('{}', VALUES),
  'list of secret names': () => list('{"password":"x"}', VALUES / 2 - 10),
  'list of names and values': () => list('{"name":"password","value":"x"}', VALUES / 3 - 10),
  'objects of 256 keys': () =>
    `{"user_id":"u","a":[${Array.from({ length: 31 }, (_, i) => `{${Array.from({ length: 256 }, (_, k) => `"token=abcdefgh${i}_${k}":1`).join(',')}}`).join(',')}]}`,
  '256 long keys': () => `{"user_id":"u",${Array.from({ length: 254 }, (_, i) => `"${filled('password=x ', 2000)}${i}":1`).join(',')}}`,
  '256 keys of 2 KiB with texts': () =>
    `{"user_id":"u","attributes":{${Array.from({ length: 254 }, (_, i) => `"k${i}${filled('a@', 900)}":"${filled('password=x ', 1000)}"`).join(',')}}}`,
  'objects as deep as may be': () => list(`${'{"secret_a":1,"a":'.repeat(13)}1${'}'.repeat(13)}`, 300),
  'aliases that contradict': () =>
    `{${['user_id', 'userId', 'uid', 'user', 'username', 'userName'].map((key, i) => `"${key}":"${filled(`password=${i} `, FILL_BYTES / 7)}"`).join(',')}}`,
  changes: () => `{"user_id":"u","changes":[${Array.from({ length: VALUES }, () => '"password=x"').join(',')}]}`,
  labels: () => `{"user_id":"u","labels":{${Array.from({ length: 256 }, (_, i) => `"l${i}":"${filled('password=x ', 1900)}"`).join(',')}}}`,
  roles: () => `{"user_id":"u","roles":[${Array.from({ length: 256 }, () => `"${filled('password=x ', 1900)}"`).join(',')}]}`,
  'commas in a chain of addresses': () => `{"user_id":"u","ip_chain":"${filled(',')}"}`,
  'letters in a chain of addresses': () => `{"user_id":"u","ip_chain":"${filled('a,')}"}`,
  'a long time': () => `{"user_id":"u","timestamp":"${filled('2026-01-01 ')}"}`,
  'a long number': () => `{"user_id":"u","timestamp":${filled('1')}}`,
  'a long fraction': () => `{"user_id":"u","a":0.${filled('1')}}`,
  'a long event type': () => `{"user_id":"u","event_type":"${filled('aB')}"}`,
  'a long action': () => `{"user_id":"u","action":"${filled(' x')}"}`,
  'a long address': () => `{"user_id":"u","ip":"${filled(':')}"}`,
  'a long user agent': () => `{"user_id":"u","user_agent":"${filled('Mozilla/5.0 ')}"}`,
  'members that must move': () =>
    `{"user_id":"u","attributes":{${Array.from({ length: 120 }, (_, i) => `"k${i}":"${filled(`a${i}`, 4000)}"`).join(',')}}}`,
  'a refused item': () => list('"password=x"', 4000).replace('"u"', '""'),
};

const MANY: Readonly<Record<string, (round: number) => string>> = {
  'lines of one byte': () => 'x\n'.repeat(9_999),
  'empty objects': () => '{}\n'.repeat(9_999),
  'blank lines': () => '\n'.repeat(16 * MIB - 1),
  'least events': () => '{"user_id":"u"}\n'.repeat(9_999),
  'user agents, all different': (round) =>
    lines(5000, (i) => `{"user_id":"u","user_agent":"Mozilla/5.0 (${i} ${round}) ${filled('AppleWebKit/1 Chrome ', 430)}"}`),
  'addresses of every form': () =>
    lines(9_999, (i) => `{"user_id":"u","ip":"[2001:db8::${i.toString(16)}]:443","ip_chain":"1.2.3.4, 5.6.7.8"}`),
  'refused items': () => lines(255, () => `{"severity":"${filled('password=x ', 60_000)}"}`),
  'refused small items': () => lines(9_999, (i) => `{"severity":"99","password":"x","m":"password=${i}"}`),
  'large events': () => lines(255, (i) => `{"user_id":"u${i}","reason":"${filled('a', 60_000)}"}`),
  'events too large': () => lines(30, (i) => `{"user_id":"u${i}","reason":"${filled('a@', 500_000)}"}`),
  'identifiers with other content': (round) =>
    lines(
      255,
      (i) =>
        `{"user_id":"u","event_id":"conflict${i}","a":[${Array.from({ length: 3000 }, () => round).join(',')}],"reason":"${filled('a', 40_000)}"}`,
    ),
  'small events with known identifiers': (round) => lines(9_999, (i) => `{"user_id":"u${round}","event_id":"small${i}","a":"b"}`),
};

const DOCUMENTS: Readonly<Record<string, () => string>> = {
  brackets: () => '['.repeat(16 * MIB - 1),
  'an item of 16 MiB': () => `[{"user_id":"u","a":"${filled('x', 16 * MIB - 100)}"}]`,
  'an item of 16 MiB, nested': () => `[{"user_id":"u","a":[${filled('[],', 16 * MIB - 100)}[]]}]`,
  quotes: () => '"'.repeat(16 * MIB - 1),
  'many members': () => `[${Array.from({ length: 9_999 }, () => '{"user_id":"u"}').join(',')}]`,
  'members that are none': () => `[${Array.from({ length: 9_999 }, () => '1').join(',')}]`,
};

/** The longest texts of statements that are read. */
const SQL_BYTES = 119_000;
const STATEMENTS: Readonly<Record<string, string>> = {
  'a sum': `SELECT ${filled('1+', SQL_BYTES)}1`,
  'a list': `SELECT 1 IN (${filled('1,', SQL_BYTES)}1)`,
  columns: `SELECT ${filled('user_id,', SQL_BYTES)}1 FROM access_logs LIMIT 1`,
  'unknown columns': `SELECT ${filled('a,', SQL_BYTES)}1 FROM access_logs`,
  functions: `SELECT ${filled('now(),', SQL_BYTES)}1`,
  'functions in functions': `SELECT ${'upper('.repeat(100)}${filled("'a'||", SQL_BYTES)}'a'${')'.repeat(100)}`,
  parentheses: `SELECT ${'('.repeat(140)}${filled('1+', SQL_BYTES - 300)}1${')'.repeat(140)}`,
  'queries in queries': `${'SELECT * FROM ('.repeat(70)}SELECT ${filled('1,', SQL_BYTES - 3000)}1${')'.repeat(70)}`,
  'unions in parentheses': `${'((SELECT 1) UNION ALL '.repeat(60)}(SELECT ${filled('1,', SQL_BYTES - 3000)}1)${')'.repeat(60)}`,
  'lists in lists': `SELECT ${'['.repeat(140)}${filled('1,', SQL_BYTES)}1${']'.repeat(140)}`,
  'a text': `SELECT '${filled('x', SQL_BYTES)}'`,
  'a text of escapes': `SELECT '${filled("\\'", SQL_BYTES)}'`,
  'a text of passwords': `SELECT '${filled('password=x ', SQL_BYTES)}'`,
  conditions: `SELECT 1 FROM access_logs WHERE ${filled('idx=1 OR ', SQL_BYTES)}1`,
  'tables joined': `SELECT 1 FROM access_logs ${filled('CROSS JOIN access_logs ', SQL_BYTES)}`,
  'selects in a row': `${filled('SELECT 1 UNION ALL ', SQL_BYTES)}SELECT 1`,
  'names of expressions': `WITH ${Array.from({ length: 6000 }, (_, i) => `(SELECT ${i}) AS x${i}`).join(', ')} SELECT 1`,
  'tables of its own': `WITH ${Array.from({ length: 4500 }, (_, i) => `x${i} AS (SELECT ${i})`).join(', ')} SELECT 1`,
  comments: `SELECT 1 ${filled('/* */ ', SQL_BYTES)}`,
  settings: `SELECT 1 SETTINGS ${filled('max_threads=1,', SQL_BYTES)}max_threads=1`,
};

export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...Object.entries(TEXTS).map(([name, unit]) => body(`text of ${name}`, () => attribute(JSON.stringify(unit).slice(1, -1)))),
  ...Object.entries(RAW_TEXTS).map(([name, unit]) => body(`text of ${name}`, () => attribute(unit))),
  ...Object.entries(NESTED).map(([name, make]) => body(name, make)),
  ...Object.entries(MANY).map(([name, make]) => body(name, make)),
  ...Object.entries(DOCUMENTS).map(([name, make]) => body(name, make, 'application/json')),
  ...Object.entries(PROTOBUF_BODIES).map(([name, make]) => body(`protobuf: ${name}`, make, 'application/x-protobuf')),
  ...Object.entries(PACKED_BODIES).map(([name, make]) => packed(`gzip: ${name}`, make)),
  ...Object.entries(STATEMENTS).map(([name, sql]) => statement(`statement of ${name}`, () => sql)),
  ...Object.entries(LONG_STATEMENTS).map(([name, make]) => statement(`statement too long: ${name}`, make)),
  ...Object.entries(SQL_URLS).map(([name, query]) => ({ name: `statement in a URL: ${name}`, path: `/sql?${query}` })),
  ...Object.entries(LOOKUPS).map(([name, query]) => ({ name: `look-up: ${name}`, path: `/v1/events?${query}` })),
  ...Object.entries(TAILS).map(([name, query]) => ({ name: `tail: ${name}`, path: `/v1/tail?${query}`, leaveAfterMs: 1000 })),
  ...Object.entries(PATHS).map(([name, path]) => ({ name: `path: ${name}`, path })),
];

function body(name: string, make: (round: number) => string | Buffer, type = 'application/x-ndjson'): HostileRequest {
  return { name, path: '/v1/events', headers: { 'content-type': type }, make };
}

function packed(name: string, make: () => Buffer): HostileRequest {
  return { name, path: '/v1/events', headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }, make };
}

function statement(name: string, make: () => string | Buffer): HostileRequest {
  return { name, path: '/sql', headers: { 'content-type': 'text/plain' }, make };
}
