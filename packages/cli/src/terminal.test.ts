import { expect, it } from 'vitest';
import { sentence } from './sentence.ts';
import { record, table } from './table.ts';
import { clip, padTo, safe, safeText, shownAddress, widthOf } from './terminal.ts';

it('lets no control character of an event reach a terminal', () => {
  const hostile = '\u001B]0;owned\u0007\u001B[2J\u009B31m\u202Etxt\u200B\uFEFF\r\n\t\0\u007F';
  // oxlint-disable-next-line no-control-regex -- finding them is the purpose
  expect(safe(hostile)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E\u200B\uFEFF]/);
  expect(safe('a\u001B[31mb\n')).toBe('a\\x1b[31mb\\n');
  expect(safeText('a\tb\n\u001Bc')).toBe('a\tb\n\\x1bc');
  expect(safe('Grüße 山 😀')).toBe('Grüße 山 😀');
});

it('shows v4-mapped addresses as v4', () => {
  expect(shownAddress('::ffff:192.168.1.10')).toBe('192.168.1.10');
  expect(shownAddress('2001:db8::1')).toBe('2001:db8::1');
});

it('counts columns of a terminal, not characters', () => {
  expect([widthOf('abc'), widthOf('山'), widthOf('e\u0301'), widthOf('😀')]).toEqual([3, 2, 1, 2]);
  expect(padTo('山', 4)).toBe('山  ');
  expect(clip('abcdef', 4)).toBe('abc…');
});

const COLUMNS = [
  { name: 'user_id', type: 'String' },
  { name: 'ip_address', type: 'IPv6' },
  { name: 'n', type: 'UInt64' },
];

it('draws a table, and refuses one that is too wide', () => {
  const rows = [['U12345', '::ffff:10.0.0.1', 7], ['\u001B[31m', '::', 1234]]; // biome-ignore format: two rows
  expect(table(COLUMNS, rows, 80)).toEqual([
    'user_id   ip_address     n',
    '────────  ──────────  ────',
    'U12345    10.0.0.1       7',
    '\\x1b[31m              1234',
  ]);
  expect(table(COLUMNS, rows, 20)).toBeUndefined();
});

it('draws a row below the other, without what is empty', () => {
  expect(record(COLUMNS, ['U1', null, 0], 3).slice(1)).toEqual(['user_id  U1', 'n        0']);
});

it('tells an event as a sentence, whatever it holds', () => {
  const event = {
    timestamp: '2023-11-04T12:34:56.000000Z',
    user_id: 'ana',
    event_type: 'read',
    resource: '/r/7',
    ip_address: '192.0.2.7',
    outcome: 'denied',
    status_code: '403',
  };
  expect(sentence(event)).toBe('2023-11-04 12:34:56 ana read /r/7 from 192.0.2.7: denied (403)');
  expect(sentence({ ...event, user_id: '\u001B[2Jroot', on_behalf_of: 'bob\n' })).toContain('\\x1b[2Jroot for bob\\n ');
  expect(sentence({})).toBe(' someone ');
});
