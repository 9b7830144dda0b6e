import { canonicalise } from '@daybook/protocol';
import { describe, expect, test } from 'vitest';
import { EntryScanner } from './entry-scan.ts';

const RT = '2024-05-01T12:00:00.000000Z';
const ENTRY = {
  event: { action: 'read', attributes: { a: [1, 'é'] }, resource: '/x', user_id: 'u1' },
  kind: 'event',
  n: 'ABCDEFGHIJKLMNOPQRSTUV',
  rt: RT,
  src: 'shop/web-1',
  sseq: 17,
  v: 1,
};

const check = (text: string, scanner = new EntryScanner()) => {
  const bytes = Buffer.from(`..${text}..`);
  return scanner.check(bytes, 2, bytes.length - 2);
};
/** The entry with other members; undefined leaves one out. */
const entry = (changes: Readonly<Record<string, unknown>>): string =>
  canonicalise(Object.fromEntries(Object.entries({ ...ENTRY, ...changes }).filter(([, value]) => value !== undefined)));

describe('EntryScanner', () => {
  test('takes entries of the profile, and tells their members', () => {
    const scanner = new EntryScanner();
    expect(check(entry({}), scanner)).toBeUndefined();
    expect(scanner).toMatchObject({ rt: RT, sseq: 17, kind: 'event', isEvent: true, hasAttributes: true });
    expect(check(entry({ sseq: undefined, raw: 'a "line"' }), scanner)).toBeUndefined();
    expect(scanner.sseq).toBe(-1);
    expect(check(entry({ kind: 'daybook.start', src: undefined, sseq: undefined, event: {} }), scanner)).toBeUndefined();
    expect(scanner).toMatchObject({ kind: 'daybook.start', isEvent: false, hasAttributes: false });
  });

  test.each([
    ['v', { v: 2 }],
    ['kind', { kind: 'login' }],
    ['kind', { kind: 'daybook.unknown' }],
    ['kind', { kind: 'eveny' }],
    ['nonce too short', { n: 'ABCDEFGHIJKLMNOPQRSTU' }],
    ['nonce of other characters', { n: 'ABCDEFGHIJKLMNOPQRSTU+' }],
    ['no receive time', { rt: undefined }],
    ['receive time', { rt: '2024-05-01T12:00:00.000Z' }],
    ['receive time that is none', { rt: '2024-13-01T12:00:00.000000Z' }],
    ['an event without source', { src: undefined, sseq: undefined }],
    ['a counter without source', { kind: 'daybook.stop', src: undefined }],
    ['a counter below zero', { sseq: -1 }],
    ['a member more', { zzz: 1 }],
    ['raw that is no text', { raw: { a: 1 } }],
    ['a field that there is not', { event: { action: 'read', secret: 1 } }],
    ['a field that sorts behind all', { event: { action: 'read', zone: 1 } }],
    ['an event that is none', { event: [] }],
  ])('%s: not of the profile', (_, changes) => {
    expect(check(entry(changes))).toMatchObject({ code: 'entry_profile' });
  });

  test.each([
    ['blanks', JSON.stringify(ENTRY, undefined, 1)],
    ['order', entry({}).replace('"kind":"event",', '').replace('"v":1', '"v":1,"kind":"event"')],
    ['a member twice', entry({}).replace('"v":1', '"v":1,"v":1')],
    ['more behind it', `${entry({})} `],
    ['nothing', ''],
    ['half of it', entry({}).slice(0, 50)],
    ['escapes', entry({}).replace('"/x"', '"\\/x"')],
  ])('%s: not canonical', (_, text) => {
    expect(check(text)).toMatchObject({ code: 'entry_not_canonical' });
  });

  test('bytes that are no UTF-8 are not canonical', () => {
    const bytes = Buffer.from(entry({}));
    bytes[bytes.indexOf('/x')] = 0xff;
    expect(new EntryScanner().check(bytes, 0, bytes.length)).toMatchObject({ code: 'entry_not_canonical' });
  });

  test('an entry does not run into its neighbour', () => {
    const bytes = Buffer.from(entry({}) + entry({}));
    const half = bytes.length / 2;
    for (const end of [half - 1, half + 1, bytes.length])
      expect(new EntryScanner().check(bytes, 0, end)).toMatchObject({ code: 'entry_not_canonical' });
    expect(new EntryScanner().check(bytes, half, bytes.length)).toBeUndefined();
  });

  test('receive times must not go back', () => {
    const scanner = new EntryScanner();
    expect(check(entry({}), scanner)).toBeUndefined();
    expect(check(entry({ rt: '2024-05-01T12:00:01.000000Z' }), scanner)).toBeUndefined();
    expect(check(entry({}), scanner)).toMatchObject({ code: 'entry_time' });
  });
});
