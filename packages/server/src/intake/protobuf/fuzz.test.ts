import { canonicaliseCheck, DaybookError, ERRORS } from '@daybook/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, encodeEvent, field, numberOf } from '../../../../../test/support/protobuf-encoder.ts';
import { testReader, textsOf } from '../test-reader.ts';

const reader = testReader();
const EVENTS = [
  encodeEvent({ timestamp: '2023-11-04T12:34:56Z', user_id: 'user_12345', event_type: 'update', ip_address: '192.168.0.1', sseq: 5 }),
  encodeEvent({
    user_id: 'a"b',
    attributes: { k: [1, 2.5, null, true, { x: '😀' }] },
    changes: { before: {}, after: [] },
    roles: ['r', 's'],
    labels: { l: 'v' },
    mfa: true,
    duration_ms: 1.5,
  }),
];

/** Every body is read or refused whole; every event of it is canonical or rejected with a code of the registry, and none is missing. */
async function check(body: Buffer): Promise<void> {
  const reading = await reader.read(body, 'protobuf').catch((error: unknown) => error);
  const { batches, rejected } = reading instanceof DaybookError ? NOTHING : (reading as typeof NOTHING);
  for (const text of textsOf({ batches })) canonicaliseCheck(text);
  for (const { code } of rejected) expect(Object.keys(ERRORS)).toContain(code);
  const items = [...batches.flatMap((batch) => batch.items), ...rejected.map(({ item }) => item)].sort((a, b) => a - b);
  expect(items).toEqual(items.map((_, i) => i));
}

const NOTHING: Pick<Awaited<ReturnType<typeof reader.read>>, 'batches' | 'rejected'> = { batches: [], rejected: [] };

// Thousands of bodies: more than the usual time on a busy machine.
describe('any bytes', { timeout: 30_000 }, () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

  it('as a body', async () => {
    await fc.assert(fc.asyncProperty(bytes(200), check), { numRuns: 2000 });
  });

  it('as events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(bytes(60), { maxLength: 5 }), (events) => check(batchOf(...events))),
      { numRuns: 2000 },
    );
  });

  it('as the value of each field', async () => {
    const any = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.constantFrom(0, 1, 2, 5), bytes(24));
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 4 }), (fields) =>
        check(
          batchOf(
            Buffer.concat(
              fields.map(([number, type, value]) => {
                if (type === 0)
                  return field(
                    number,
                    0,
                    value.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n),
                  );
                return field(number, type, type === 2 ? value : Buffer.concat([value, Buffer.alloc(8)]).subarray(0, type === 1 ? 8 : 4));
              }),
            ),
          ),
        ),
      ),
      { numRuns: 3000 },
    );
  });

  it('in place of others', async () => {
    const edit = fc.record({ at: fc.nat(300), remove: fc.nat(3), insert: bytes(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.boolean(), async (edits, framed) => {
        const change = (whole: Buffer) =>
          edits.reduce((body, { at, remove, insert }) => {
            const from = at % (body.length + 1);
            return Buffer.concat([body.subarray(0, from), insert, body.subarray(from + remove)]);
          }, whole);
        await check(framed ? batchOf(...EVENTS.map(change)) : change(batchOf(...EVENTS)));
      }),
      { numRuns: 3000 },
    );
  });

  it('instead of the end of a body', async () => {
    const body = batchOf(...EVENTS);
    expect(body.length).toBeGreaterThan(100);
    for (let cut = 0; cut <= body.length; cut++) {
      await check(body.subarray(0, cut));
      for (const event of EVENTS) await check(batchOf(event.subarray(0, cut)));
    }
  });
});

describe('hostile bodies', { timeout: 30_000 }, () => {
  // Each would take minutes, or all memory, if something were quadratic or unbounded.
  const mib = 1024 * 1024;
  const named = (name: string, value: Uint8Array) => field(numberOf(name), 2, value);
  const repeat = (part: Buffer, bytes: number) => Buffer.concat(Array.from({ length: Math.floor(bytes / part.length) }, () => part));
  const f = (name: string, body: () => Buffer) => it(`are done with: ${name}`, async () => expect(await check(body())).toBeUndefined());
  f('empty events', () => repeat(batchOf(Buffer.alloc(0)), 8 * mib));
  f('broken events', () => repeat(batchOf(Buffer.from([7])), 9_000 * 3));
  f('fields of one byte', () => batchOf(repeat(field(900, 0, 1), mib - 10)));
  f('members of a list', () => batchOf(repeat(named('roles', Buffer.alloc(0)), mib - 10)));
  f('labels', () => batchOf(repeat(named('labels', Buffer.alloc(0)), mib - 10)));
  f('values', () => batchOf(named('changes', field(6, 2, repeat(field(1, 2, field(1, 0, 0)), mib - 20)))));
  f('objects', () => batchOf(named('attributes', repeat(field(1, 2, field(2, 2, field(5, 2, Buffer.alloc(0)))), mib - 20))));
  f('controls', () => repeat(batchOf(named('user_id', Buffer.alloc(174_000, 1))), 2 * mib));
  f('secrets', () => batchOf(named('user_id', repeat(Buffer.from('password=x '), mib - 10))));
  f('a long number', () => batchOf(Buffer.concat([Buffer.from([8]), Buffer.alloc(mib - 10, 0xff)])));
});
