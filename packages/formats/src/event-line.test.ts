import { describe, expect, it } from 'vitest';
import { eventLine, type EventFields } from './index.ts';

const PARTS = { more: '', original: undefined, charsMax: 1000 };
const line = (fields: EventFields, parts: Partial<typeof PARTS> | { original: string } = {}): unknown => {
  const text = eventLine(fields, { ...PARTS, ...parts });
  return text === undefined ? undefined : JSON.parse(text);
};

describe('an event as a line', () => {
  it('has its time in six digits, and what is no field beside the fields', () => {
    expect(line({ timestamp: '2024-01-02T03:04:05Z', user_id: 'u', attributes: { referer: '/', port: 5 } })).toEqual({
      timestamp: '2024-01-02T03:04:05.000000Z',
      user_id: 'u',
      referer: '/',
      port: 5,
    });
    expect(line({ timestamp: '2024-01-02T03:04:05.678Z' })).toEqual({ timestamp: '2024-01-02T03:04:05.678000Z' });
    expect(line({ timestamp: '2024-01-02T03:04:05.6Z' })).toEqual({ timestamp: '2024-01-02T03:04:05.6Z' });
  });

  it.each([[{ user_id: 'other' }], [{ name: 'password', value: 'x' }], [{ syslog: 'mine' }], [{ original: 'mine' }], [['a']], ['text']])(
    'keeps attributes together that would be mistaken: %j',
    (attributes) => expect(line({ action: 'read', attributes })).toEqual({ action: 'read', attributes }),
  );

  it('says a source once: that of the sender', () => {
    expect(eventLine({ source: 'theirs', action: 'read' }, { ...PARTS, more: ',"source":"ours"' })).toBe(
      '{"action":"read","source":"ours"}',
    );
    expect(line({ source: 'theirs' }, { more: ',"host":"h"' })).toEqual({ source: 'theirs', host: 'h' });
  });

  it('is whole whatever is absent', () => {
    expect(eventLine({}, PARTS)).toBe('{}');
    expect(eventLine({}, { ...PARTS, more: ',"a":1' })).toBe('{"a":1}');
    expect(eventLine({}, { ...PARTS, original: 'o' })).toBe('{"original":"o"}');
    expect(eventLine({ attributes: {} }, { ...PARTS, original: 'o' })).toBe('{"original":"o"}');
    expect(eventLine({ attributes: { b: 1 } }, { ...PARTS, more: ',"a":1', original: 'o' })).toBe('{"b":1,"a":1,"original":"o"}');
  });

  it('has no half of a surrogate pair', () => {
    expect(line({ user_id: 'a\ud800', attributes: { b: '\udc00' } }, { original: 'c\ud800' })).toEqual({
      user_id: 'a\ufffd',
      attributes: { b: '\ufffd' },
      original: 'c\ufffd',
    });
  });

  it('leaves the original out where both are too long, and is none where it is too long itself, attributes counted', () => {
    const long = 'x'.repeat(600);
    expect(line({ user_id: long }, { original: long })).toEqual({ user_id: long });
    expect(line({ user_id: long, attributes: { long } })).toBeUndefined();
    expect(line({ user_id: long }, { more: `,"long":"${long}"` })).toBeUndefined();
  });
});
