import { canonicaliseCheck } from '@daybook/protocol';
import { describe, expect, it } from 'vitest';
import { NOW_TEXT, testReader } from './test-reader.ts';

const reader = testReader();
/** What is the same for every event of these tests. */
const BASE = { user_id: 'u', resource: 'r', timestamp: '2026-03-01T11:59:59.5Z' };

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`own_${count - i}`, i]));

describe('the two examples', () => {
  it('come out as documented', async () => {
    const first =
      '{"timestamp":"2023-11-04T12:34:56Z","userId":"user_12345","eventType":"update","resource":"document_56789","ipAddress":"192.168.0.1"}';
    expect(await reader.one(first)).toBe(
      `{"action":"update","actor_type":"user","category":"data","channel":"api","event_type":"update","importance":"routine","ip_address":"192.168.0.1","observed_at":"${NOW_TEXT}","outcome":"unknown","resource":"document_56789","severity":1,"source":"shop","timestamp":"2023-11-04T12:34:56.000000Z","user_id":"user_12345"}`,
    );
    const second =
      '{"timestamp":"2023-10-21T15:32:00Z","user_id":"U12345","resource_accessed":"/secure-data","result":"success","ip_address":"192.168.1.10"}';
    expect(await reader.one(second)).toBe(
      `{"action":"access","actor_type":"user","category":"data","channel":"api","event_type":"access","importance":"routine","ip_address":"192.168.1.10","observed_at":"${NOW_TEXT}","outcome":"success","resource":"/secure-data","severity":1,"source":"shop","timestamp":"2023-10-21T15:32:00.000000Z","user_id":"U12345"}`,
    );
  });
});

describe('fields', () => {
  const f = (name: string, given: object, wanted: object) =>
    it(`decides ${name}`, async () => {
      const item = Object.fromEntries(Object.entries({ ...BASE, ...given }).filter(([, value]) => value !== undefined));
      const text = await reader.one(item);
      canonicaliseCheck(text);
      const event = JSON.parse(text) as Record<string, unknown>;
      for (const [key, value] of Object.entries(wanted)) expect({ [key]: event[key] }).toEqual({ [key]: value as unknown });
    });
  f('the canonical key before an alias', { userId: 'other' }, { user_id: 'u', attributes: { userId: 'other' } });
  f('an alias that agrees', { userId: 'u' }, { user_id: 'u', attributes: undefined });
  f('the first alias before the later', { user_id: undefined, sub: 'b', userId: 'a' }, { user_id: 'a', attributes: { sub: 'b' } });
  f('unknown keys', { x: 1, y: { z: [null, 1.5] } }, { attributes: { x: 1, y: { z: [null, 1.5] } } });
  f('unknown keys in another order', { y: 1, B: 2, x: 3, 'a b': 4 }, { attributes: { 'a b': 4, B: 2, x: 3, y: 1 } });
  f('the same in a third', { x: 3, 'a b': 4, y: 1, B: 2 }, { attributes: { 'a b': 4, B: 2, x: 3, y: 1 } });
  f('more unknown keys than are put in order at once', many(70), { attributes: many(70) });
  f('given attributes with unknown keys', { attributes: { x: 1 }, y: 2 }, { attributes: { x: 1, y: 2 } });
  f('an attribute and a key of one name', { attributes: { x: 1 }, x: 2 }, { attributes: { x: 1, daybook: { also: { x: 2 } } } });
  f('attributes that are no object', { attributes: [1] }, { attributes: { attributes: [1] } });
  f('a key __proto__', JSON.parse('{"__proto__":{"a":1}}') as object, { attributes: JSON.parse('{"__proto__":{"a":1}}') as unknown });
  f('null as absent', { method: null, reason: '' }, { method: undefined, reason: undefined });
  f('a number for a text', { status_code: 403, resource: 5 }, { status_code: '403', resource: '5' });
  f('a boolean for a text', { purpose: true }, { purpose: 'true' });
  f('a text for a number', { row_count: '12', duration_ms: '1.50' }, { row_count: 12, duration_ms: 1.5 });
  f('odd numbers', { duration_ms: 1e-7, bytes_out: 0 }, { duration_ms: 1e-7, bytes_out: 0 });
  f('booleans', { mfa: 'true' }, { mfa: true });
  f('success as a boolean', { success: false }, { outcome: 'failure', severity: 2 });
  f('a status code as outcome', { status: 403 }, { outcome: 'denied', status_code: '403', severity: 3, importance: 'important' });
  f(
    'a failure before a success',
    { status: 200, success: false },
    { outcome: 'failure', status_code: undefined, attributes: { status: 200 } },
  );
  f('a denial before a success', { status: 403, result: 'ok' }, { outcome: 'denied', status_code: '403', attributes: { result: 'ok' } });
  f('the canonical outcome before all', { outcome: 'success', success: false }, { outcome: 'success', attributes: { success: false } });
  f('two failures by their order', { success: false, status: 403 }, { outcome: 'denied', attributes: { success: false } });
  f('a given status code beside it', { status: '500', status_code: 'E1' }, { outcome: 'failure', status_code: 'E1' });
  f('an unknown outcome', { result: 'partial' }, { outcome: 'unknown', attributes: { result: 'partial' } });
  f('an unknown action', { action: 'frobnicate' }, { action: 'other', event_type: 'other', attributes: { action: 'frobnicate' } });
  f('a synonym', { action: 'GET' }, { action: 'read' });
  f(
    'the action from the event type',
    { event: 'ConsoleLogin' },
    { event_type: 'ConsoleLogin', action: 'login', category: 'authentication' },
  );
  f('an object under a generic alias', { target: { id: 1 } }, { resource: 'r', attributes: { target: { id: 1 } } });
  f('an unknown category', { category: 'Finance' }, { category: 'data', attributes: { category: 'Finance' } });
  f(
    'case of closed words',
    { category: 'IAM', actor_type: 'Service' },
    { category: 'iam', actor_type: 'service', importance: 'important' },
  );
  f('importance by rules only', { importance: 'important' }, { importance: 'routine', attributes: { importance: 'important' } });
  f('severity by name', { severity: 'High' }, { severity: 4 });
  f('nobody', { user_id: undefined }, { actor_type: 'unknown', user_id: undefined });
  f('an anonymous', { user_id: '', actor_type: 'anonymous' }, { actor_type: 'anonymous', user_id: undefined });
  f('a proxy chain', { ip_chain: '10.0.0.1, 10.0.0.2' }, { ip_chain: ['10.0.0.1', '10.0.0.2'] });
  f('roles', { roles: 'admin' }, { roles: ['admin'] });
  f('labels', { labels: { a: 1, b: true }, user_agent: 'curl/8.9.1' }, { labels: { a: '1', b: 'true', client: 'curl 8' } });
  f('an IPv6 address', { ip: '2001:DB8:0:0::1' }, { ip_address: '2001:db8::1', attributes: { ip: '2001:DB8:0:0::1' } });
  f('an address with a port', { ip: '10.0.0.1:443' }, { ip_address: '10.0.0.1', attributes: { ip: '10.0.0.1:443' } });
  f('what is no address', { ip: 'cloudtrail.amazonaws.com' }, { ip_address: undefined, attributes: { ip: 'cloudtrail.amazonaws.com' } });
  f('a source of the token', { source: 'till' }, { source: 'till' });
  f('text outside of ASCII', { user_name: 'Zoë \u{1f600}' }, { user_name: 'Zoë \u{1f600}' });
  f('escapes', { resource: 'a"\\\n\u0001/é' }, { resource: 'a"\\\n\u0001/é' });
});

describe('times', () => {
  const f = (name: string, given: object, timestamp: string, note: object | undefined) =>
    it(`stamps ${name}`, async () => {
      const event = await reader.event({ user_id: 'u', ...given });
      expect(event['timestamp']).toBe(timestamp);
      expect((event['attributes'] as { daybook?: object } | undefined)?.daybook).toEqual(note);
    });
  f('a claim', { ts: '2026-03-01T10:00:00+01:00' }, '2026-03-01T09:00:00.000000Z', undefined);
  f('an old claim', { ts: '1999-01-01T00:00:00Z' }, '1999-01-01T00:00:00.000000Z', undefined);
  f('epoch nanoseconds', { time: '1772366399123456789' }, '2026-03-01T11:59:59.123456Z', undefined);
  f('no claim', {}, NOW_TEXT, { time: 'receive_time' });
  f('an empty claim', { time: '' }, NOW_TEXT, { time: 'receive_time' });
  f('no zone', { time: '2026-03-01 11:00:00' }, '2026-03-01T11:00:00.000000Z', { time: 'utc_assumed' });
  f('five minutes ahead', { time: '2026-03-01T12:05:00.000000Z' }, '2026-03-01T12:05:00.000000Z', undefined);
  f('a little more ahead', { time: '2026-03-01T12:05:00.000001Z' }, '2026-03-01T12:05:00.000001Z', { time: 'ahead' });
  f('a day ahead', { time: '2026-03-02T12:00:00Z' }, '2026-03-02T12:00:00.000000Z', { time: 'ahead' });
  f('more than a day ahead', { time: '2026-03-02T12:00:01Z' }, NOW_TEXT, {
    time: 'receive_time_ahead',
    time_claimed: '2026-03-02T12:00:01.000000Z',
  });
  f('what is no time', { time: 'yesterday' }, NOW_TEXT, { time: 'receive_time_unreadable', time_claimed: 'yesterday' });
  f('a day that is none', { time: '2026-02-30T00:00:00.000000Z' }, NOW_TEXT, {
    time: 'receive_time_unreadable',
    time_claimed: '2026-02-30T00:00:00.000000Z',
  });
  f('an object', { timestamp: { a: 1 } }, NOW_TEXT, { time: 'receive_time_unreadable', time_claimed: '{"a":1}' });

  it('reads nanoseconds that are a number beyond 2^53', async () => {
    expect((await reader.event('{"user_id":"u","ts":1772366399123456789}'))['timestamp']).toBe('2026-03-01T11:59:59.123456Z');
  });
});

describe('rejections', () => {
  const f = (item: string, code: string) => it(`rejects ${item.slice(0, 60)}`, async () => expect(await reader.one(item)).toBe(code));
  f(
    '{"user_id":"u","timestamp":"2026-03-01T11:59:59.000000Z","attributes":{"daybook":{"time":"receive_time"}}}',
    'reserved_attribute attributes.daybook',
  );
  f('{"user_id":"u","user_id":"v"}', 'duplicate_key user_id');
  f('{"x":1,"x":1}', 'duplicate_key x');
  f('{"x":1,"y":2,"\\u0078":3}', 'duplicate_key x');
  f('{"\\u0078":1,"y":2,"x":3}', 'duplicate_key x');
  f(`{"${'long'.repeat(20)}":1,"y":2,"${'long'.repeat(20)}":3}`, `duplicate_key ${'long'.repeat(20)}`);
  f('{"user_id":"u","\\u0075ser_id":"v"}', 'duplicate_key user_id');
  f('{"user_id":"u","a":{"b":[{"c":1,"c":2}]}}', 'duplicate_key a.b[0].c');
  f('{"user_id":"u","a":12345678901234567890}', 'number_precision a');
  f('{"user_id":"u","row_count":9007199254740993}', 'number_precision row_count');
  f('{"user_id":"\\ud800"}', 'lone_surrogate user_id');
  f('{"user_id":"u","\\udfff":1}', 'lone_surrogate');
  f(`{"user_id":"u","a":${'['.repeat(17)}${']'.repeat(17)}}`, `too_deep a${'[0]'.repeat(16)}`);
  f(`{"user_id":"u",${Array.from({ length: 256 }, (_, i) => `"k${i}":0`).join(',')}}`, 'too_many_keys');
  f('{"user_id":"u","row_count":-1}', 'field_type row_count');
  f('{"user_id":"u","row_count":1.5}', 'field_type row_count');
  f('{"user_id":"u","duration_ms":"long"}', 'field_type duration_ms');
  f('{"user_id":{"id":1}}', 'field_type user_id');
  f('{"user_id":"u","mfa":"perhaps"}', 'field_type mfa');
  f('{"user_id":"u","severity":7}', 'field_range severity');
  f('{"user_id":"u","labels":{"a":{}}}', 'field_type labels');
  f('{"user_id":"u","changes":"x"}', 'field_type changes');
  f('{"user_id":"u","kind":"event"}', 'server_field kind');
  f('{"user_id":"u","redactions":[]}', 'server_field redactions');
  f('{"user_id":"u","source":"bank"}', 'source_not_owned source');
  f('{"user_id":"u","source":"daybook"}', 'source_not_owned source');
  f('{"user_id":"u","src":"other"}', 'src_not_owned src');
  f('{"user_id":"u","src":"shop2"}', 'src_not_owned src');
  f('{"user_id":"u","sseq":-1}', 'field_type sseq');
  f('{"actor_type":"user","resource":"r"}', 'user_id_missing user_id');
  f('{"message":"hello"}', 'event_empty');
  f('{}', 'event_empty');
  f('{"user_id":"u","category":"audit"}', 'category_reserved category');
  f('{"user_id":"u","event_type":"daybook.start"}', 'reserved_word event_type');
  f('{"user_id":"u" "a":1}', 'json_syntax');
  f('{"user_id":"u","a":01}', 'json_syntax a');
  f('{"user_id":"u","a":{"b":01}}', 'json_syntax a');
  f('{"user_id":"u","a":tru}', 'json_syntax');
  f('{"user_id":"u"} x', 'json_syntax');
  f('{"user_id":"u"', 'json_syntax');
  f('{"user_id":"u\u0001"}', 'json_syntax');
  f('{"user_id":"u","a":"\\x"}', 'json_syntax a');
  f('[1]', 'not_an_object');
});

describe('importance', () => {
  it('follows the first rule that matches, on any field', async () => {
    const own = testReader({ importance: [{ log: 'important', when: { resource_type: ['vault'], action: ['read', 'list'] } }] });
    expect((await own.event({ ...BASE, action: 'read', resource_type: 'vault' }))['importance']).toBe('important');
    expect((await own.event({ ...BASE, action: 'update', resource_type: 'vault' }))['importance']).toBe('routine');
    expect((await own.event({ ...BASE, action: 'read' }))['importance']).toBe('routine');
  });
});

it('knows which fields each batch has', async () => {
  const { batches } = await reader.read('{"user_id":"u"}\n{"resource":"r","outcome":"denied"}\n');
  for (const batch of batches) {
    const event = batch.event(0).toString();
    const { FIELDS } = await import('@daybook/protocol');
    const { lo, hi } = batch.fields;
    const names = FIELDS.filter((_, i) => ((i < 32 ? lo >>> i : hi >>> (i - 32)) & 1) === 1).map((field) => field.name);
    expect(names).toEqual(Object.keys(JSON.parse(event) as object));
  }
});
