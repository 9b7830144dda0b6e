import { PROTOBUF_BY_NUMBER } from '@daybook/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testReader, textsOf } from '../test-reader.ts';
import { batchOf, encodeEvent, field, numberOf, varint } from '../../../../../test/support/protobuf-encoder.ts';

const reader = testReader();

/** What becomes of one event: its canonical text, or its rejection as `code field`. */
async function decided(event: Uint8Array): Promise<string> {
  const { rejected, batches } = await reader.read(batchOf(event), 'protobuf');
  const [refused] = rejected;
  return refused === undefined ? (textsOf({ batches })[0] ?? '') : `${refused.code} ${refused.field}`.trim();
}

const USER = encodeEvent({ user_id: 'u' });
const text = (name: string, value: string | Buffer) => field(numberOf(name), 2, Buffer.from(value));

// A thousand events, twice each: more than the usual time on a busy machine.
describe('an event', { timeout: 30_000 }, () => {
  it('says by each field what it says in JSON', async () => {
    const event = {
      event_id: 'e-1', timestamp: '2026-03-01T11:59:59.123456Z', user_id: 'zoë "z"\n', event_type: 'orders.query', action: 'query', resource: '/o/1',
      outcome: 'Forbidden', ip_address: '2001:DB8::1', source: 'till', actor_type: 'service', session_id: 's', request_id: 'r', status_code: '403',
      user_agent: 'curl/8.9.1', duration_ms: 89.916, src: 'shop/web-1', sseq: 41, attributes: { a: [1, 2.5, null, true, { b: 'c' }], __proto: 0 },
      labels: { team: 'x', ü: '' }, changes: [{ before: 1 }, 'after'], observed_at: '2026-03-01T11:59:59.000000Z', source_event_id: 'x', user_name: 'Zoë',
      user_email: 'z@example.org', effective_user_id: 'root', on_behalf_of: 'p', agent_id: 'a', credential_id: 'c', auth_method: 'key', mfa: false,
      roles: ['admin', 'r&d'], category: 'api', resource_type: 'order', resource_id: '1', resource_parent: 'shop', resource_sensitivity: 'personal',
      target_user_id: 't', query_text: "SELECT 'x'", query_hash: 'h', row_count: 0, bytes_out: 9007199254740991, ip_chain: ['10.0.0.1', '10.0.0.2'],
      location: 'Lab', country_code: 'DE', city: 'Köln', asn: 64500, as_org: 'o', host: 'web-1', environment: 'test', channel: 'app', protocol: 'http',
      method: 'GET', trace_id: 't', reason: 'no', severity: 4, purpose: 'p', ticket_id: 'T-1', tenant_id: 'n', importance: 'high',
    }; // biome-ignore format: a list of fields
    expect(Object.keys(event).sort()).toEqual(PROTOBUF_BY_NUMBER.flatMap((known) => known?.name ?? []).sort());
    const read = await reader.read(batchOf(encodeEvent(event)), 'protobuf');
    expect(read.batches).toEqual((await reader.read(JSON.stringify(event))).batches);
    expect(read.batches[1]?.src).toEqual(['shop/web-1']);
    expect(read.batches[1]?.sseq).toEqual([41]);
  });

  const words = fc.string({ unit: 'grapheme', maxLength: 12 });
  const attributes = fc.dictionary(words, fc.jsonValue({ maxDepth: 3, noUnicodeString: false }), { maxKeys: 4 });
  const someEvent = fc.record(
    {
      user_id: fc.oneof(words, fc.constantFrom('u', 'password=hunter22')),
      event_type: fc.oneof(words, fc.constantFrom('user.login', 'daybook.x')),
      action: fc.constantFrom('read', 'Login', 'odd', ''),
      outcome: fc.constantFrom('ok', '403', 'DENIED', ''),
      timestamp: fc
        .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2200-01-01'), noInvalidDate: true })
        .map((d) => d.toISOString()),
      ip_address: fc.oneof(fc.ipV4(), fc.ipV6(), words),
      duration_ms: fc.double({ noNaN: true, noDefaultInfinity: true }),
      row_count: fc.maxSafeNat(),
      severity: fc.nat(8),
      mfa: fc.boolean(),
      roles: fc.array(words, { minLength: 1, maxLength: 4 }),
      labels: fc.dictionary(words, words, { minKeys: 1, maxKeys: 4 }),
      attributes,
      changes: fc.oneof(attributes, fc.array(fc.jsonValue({ maxDepth: 2 }))),
      query_text: fc.constantFrom("ALTER USER x PASSWORD 'y'", 'SELECT 4111111111111111'),
      sseq: fc.maxSafeNat(),
    },
    { requiredKeys: [] },
  );

  it('comes to the same canonical event, or the same rejection, as in JSON', async () => {
    await fc.assert(
      fc.asyncProperty(someEvent, async (event) => {
        expect(await decided(encodeEvent(event as never))).toBe(await reader.one(event));
      }),
      { numRuns: 1000 },
    );
  });

  it('may have its fields in any order, and members of lists scattered', async () => {
    const scattered = Buffer.concat([text('roles', 'a'), text('user_id', 'u'), text('roles', ''), text('host', 'h'), text('roles', 'b')]);
    expect(await decided(scattered)).toBe(await reader.one({ user_id: 'u', host: 'h', roles: ['a', '', 'b'] }));
  });

  it('keeps what a newer sender means by numbers of its own', async () => {
    const event = Buffer.concat([
      USER,
      field(900, 2, Buffer.from('x')),
      field(901, 0, 2n ** 64n - 1n),
      field(902, 5, Buffer.from('01020304', 'hex')),
    ]);
    expect(JSON.parse(await decided(event))).toMatchObject({
      attributes: { protobuf_field_900: 'x', protobuf_field_901: '18446744073709551615', protobuf_field_902: '01020304' },
    });
  });

  it('is redacted in what it says by them', async () => {
    const event = JSON.parse(await decided(Buffer.concat([USER, field(900, 2, Buffer.from('see password=hunter22 there'))]))) as object;
    expect(JSON.stringify(event)).not.toContain('hunter22');
    expect(event).toHaveProperty('redactions');
  });

  it('has times that are none marked, as in JSON', async () => {
    const time = (seconds: bigint, nanos = 0) =>
      field(numberOf('timestamp'), 2, Buffer.concat([field(1, 0, seconds), field(2, 0, BigInt(nanos))]));
    for (const [bytes, claim] of [
      [time(10n ** 15n), '1000000000000000 s, 0 ns'],
      [time(-(2n ** 63n)), '-9223372036854775808 s, 0 ns'],
      [time(1n, -5), '1 s, -5 ns'],
    ] as const)
      expect(JSON.parse(await decided(Buffer.concat([USER, bytes])))).toMatchObject({
        attributes: { daybook: { time: 'receive_time_unreadable', time_claimed: claim } },
      });
    expect(await decided(Buffer.concat([USER, field(numberOf('timestamp'), 2, Buffer.alloc(0))]))).toContain(
      '"timestamp":"1970-01-01T00:00:00.000000Z"',
    );
  });
});

describe('a broken event', () => {
  const f = (name: string, event: Uint8Array, wanted: string) =>
    it(`is refused: ${name}`, async () => expect(await decided(event)).toBe(wanted));
  const attributes = (struct: Uint8Array) => Buffer.concat([USER, field(numberOf('attributes'), 2, struct)]);
  const member = (value: Uint8Array) => field(1, 2, Buffer.concat([field(1, 2, Buffer.from('k')), field(2, 2, value)]));
  const nested = (depth: number): Buffer => (depth === 0 ? field(1, 0, 0) : field(5, 2, member(nested(depth - 1))));
  const lists = (depth: number): Buffer => (depth === 0 ? field(1, 0, 0) : field(6, 2, field(1, 2, lists(depth - 1))));

  f('a number that is cut off', Buffer.concat([USER, Buffer.from([0xf8, 0x80])]), 'protobuf_syntax');
  f(
    'a number of 65 bits',
    Buffer.concat([
      USER,
      field(numberOf('row_count'), 5, Buffer.alloc(0)).fill(((numberOf('row_count') << 3) & 0x7f) | 0x80, 0, 1),
      Buffer.alloc(9, 0xff),
      Buffer.from([2]),
    ]),
    'protobuf_syntax',
  );
  f('a tag of more than 32 bits', Buffer.concat([USER, varint(2n ** 40n), Buffer.from([0])]), 'protobuf_syntax');
  f('a length beyond the end', Buffer.concat([USER, Buffer.from([0x1a, 0x7f, 0x61])]), 'protobuf_syntax');
  f('a length of 2^63', Buffer.concat([USER, Buffer.from([0x1a]), varint(2n ** 63n)]), 'protobuf_syntax');
  f('the field number 0', Buffer.concat([USER, field(0, 0, 1)]), 'protobuf_syntax');
  f('a group', Buffer.concat([USER, field(7, 3, 1)]), 'protobuf_syntax');
  f('wire type 7', Buffer.concat([USER, field(7, 7, 1)]), 'protobuf_syntax');
  f('another wire type', Buffer.concat([USER, field(numberOf('resource'), 0, 5)]), 'field_type resource');
  f('another wire type of a list', Buffer.concat([USER, field(numberOf('roles'), 0, 5)]), 'field_type roles');
  f('a field twice', Buffer.concat([USER, USER]), 'duplicate_key user_id');
  f('an unknown field twice', Buffer.concat([USER, field(900, 0, 1), field(900, 0, 2)]), 'duplicate_key protobuf_field_900');
  f('invalid UTF-8', text('user_id', Buffer.from([0x61, 0xff])), 'invalid_utf8 user_id');
  f('a lone surrogate', text('user_id', Buffer.from([0xed, 0xa0, 0x80])), 'invalid_utf8 user_id');
  f('an overlong form', text('user_id', Buffer.from([0xc0, 0xa2])), 'invalid_utf8 user_id');
  f('invalid UTF-8 beside an escape', text('user_id', Buffer.from([0x22, 0xff])), 'invalid_utf8 user_id');
  f('unknown bytes that are no text', Buffer.concat([USER, field(900, 2, Buffer.from([0xff]))]), 'invalid_utf8 protobuf_field_900');
  f('more than 2^53', Buffer.concat([USER, field(numberOf('row_count'), 0, 2n ** 60n)]), 'number_precision row_count');
  f(
    'no number',
    Buffer.concat([USER, field(numberOf('duration_ms'), 1, Buffer.from('000000000000f87f', 'hex'))]),
    'field_range duration_ms',
  );
  f(
    'a label twice',
    Buffer.concat([USER, ...[1, 2].map(() => field(numberOf('labels'), 2, text('event_id', 'k')))]),
    'duplicate_key labels.k',
  );
  f(
    'a label with two values',
    Buffer.concat([USER, field(numberOf('labels'), 2, Buffer.concat([field(2, 2, USER), field(2, 2, USER)]))]),
    'duplicate_key labels',
  );
  f('a label of another shape', Buffer.concat([USER, field(numberOf('labels'), 2, field(3, 0, 1))]), 'field_type labels');
  f('an attribute twice', attributes(Buffer.concat([member(field(4, 0, 1)), member(field(4, 0, 0))])), 'duplicate_key attributes.k');
  f('an attribute without a value', attributes(field(1, 2, field(1, 2, Buffer.from('k')))), 'field_type attributes');
  f('an attribute that says nothing', attributes(member(Buffer.alloc(0))), 'field_type attributes');
  f('an attribute that says two things', attributes(member(Buffer.concat([field(4, 0, 1), field(4, 0, 0)]))), 'duplicate_key attributes');
  f('an attribute of an unknown kind', attributes(member(field(9, 0, 1))), 'field_type attributes');
  f('an unknown null', attributes(member(field(1, 0, 3))), 'field_range attributes');
  f(
    'a time that is said twice',
    Buffer.concat([USER, field(numberOf('timestamp'), 2, Buffer.concat([field(1, 0, 1), field(1, 0, 1)]))]),
    'duplicate_key timestamp',
  );
  f('a time with more in it', Buffer.concat([USER, field(numberOf('timestamp'), 2, field(3, 0, 1))]), 'field_type timestamp');
  f('the reserved attribute', encodeEvent({ user_id: 'u', attributes: { daybook: 1 } }), 'reserved_attribute attributes.daybook');
  f('objects beyond the depth', attributes(member(nested(16))), 'too_deep attributes');
  f('lists beyond the depth', attributes(member(lists(16))), 'too_deep attributes');
  f('objects far beyond it', attributes(member(nested(3000))), 'too_deep attributes');
  f('nothing', Buffer.alloc(0), 'event_empty');
  f('a text beyond the size of an item', text('user_id', 'x'.repeat(1024 * 1024)), 'item_too_large');
  f('one that is too large as JSON', text('user_id', '\0'.repeat(512 * 1024)), 'item_too_large');

  it('is as deep as in JSON at the most', async () => {
    const deep = (depth: number): object => (depth === 0 ? {} : { k: deep(depth - 1) });
    for (const depth of [15, 16]) {
      const inJson = await reader.one({ user_id: 'u', attributes: deep(depth) });
      expect((await decided(encodeEvent({ user_id: 'u', attributes: deep(depth) as never }))).split(' ')[0]).toBe(inJson.split(' ')[0]);
    }
  });
});

describe('a batch', () => {
  it('keeps the neighbours of broken events, and their numbers', async () => {
    const { batches, rejected } = await reader.read(
      batchOf(USER, Buffer.from([0x07]), USER, text('user_id', Buffer.from([0xff])), USER),
      'protobuf',
    );
    expect(batches[0]?.items).toEqual([0, 2, 4]);
    expect(rejected.map(({ item, code }) => [item, code])).toEqual([
      [1, 'protobuf_syntax'],
      [3, 'invalid_utf8'],
    ]);
  });

  it('puts refused events aside as JSON, and only counts those that it could not read', async () => {
    const given = { user_id: 'u', severity: 9, attributes: { password: 'hunter22' }, src: 'shop/a', sseq: 7 };
    const read = await reader.read(batchOf(encodeEvent(given), Buffer.from([7])), 'protobuf');
    expect(read.quarantine).toEqual((await reader.read(JSON.stringify(given))).quarantine);
    expect(read.quarantine).toMatchObject([{ code: 'field_range', item: given, sseq: 7 }]);
    expect(read.unparseable).toBe(1);
  });

  it("takes an importer's envelope", async () => {
    const envelope = { src: 'shop/import-1', sseqFirst: 41 };
    const { batches } = await testReader({ envelope }).read(batchOf(USER, encodeEvent({ user_id: 'u', src: 'eth0', sseq: 4 })), 'protobuf');
    expect(batches[0]).toMatchObject({ src: ['shop/import-1', 'shop/import-1'], sseq: [41, 42] });
    expect(JSON.parse(batches[0]?.event(1).toString() ?? '')).toMatchObject({ attributes: { src: 'eth0', sseq: 4 } });
  });

  const refused = (name: string, body: Buffer) =>
    it(`is refused whole: ${name}`, async () => {
      await expect(reader.read(body, 'protobuf')).rejects.toMatchObject({ code: 'bad_request' });
    });
  refused('another field', Buffer.concat([batchOf(USER), field(2, 2, USER)]));
  refused('an event instead of a batch', encodeEvent({ user_id: 'u', event_id: 'x' }));
  refused('JSON', Buffer.from('{"user_id":"u"}'));
  refused('an event that is no message', field(1, 0, 1));

  it('that is cut anywhere is refused, or is a batch of the events before', async () => {
    const events = [1, 2, 3].map((n) => encodeEvent({ user_id: `u${n}`, timestamp: '2026-03-01T11:59:59Z', attributes: { n, s: 'é' } }));
    const body = batchOf(...events);
    const ends = events.map((_, i) => batchOf(...events.slice(0, i + 1)).length);
    for (let cut = 0; cut < body.length; cut++) {
      const whole = cut === 0 || ends.includes(cut);
      const reading = reader.read(body.subarray(0, cut), 'protobuf').then(
        ({ batches, rejected }) => [batches.flatMap(({ items }) => items).length, rejected.length],
        (error: unknown) => (error as { code?: string }).code,
      );
      expect(await reading).toEqual(whole ? [ends.indexOf(cut) + 1, 0] : 'bad_request');
    }
  });

  it('may hold an event that is cut anywhere: no cut passes for the whole', async () => {
    const event = encodeEvent({
      attributes: { a: { b: [1, 'x'] } },
      labels: { l: 'v' },
      timestamp: '2026-03-01T11:59:59Z',
      mfa: true,
      user_id: 'user',
    });
    for (let cut = 0; cut < event.length; cut++)
      expect(await decided(event.subarray(0, cut))).toMatch(/^(?:\{"action".*\}|[a-z_]+(?: \S+)?)$/);
  });
});
