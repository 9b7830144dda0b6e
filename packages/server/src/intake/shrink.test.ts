import { canonicaliseCheck } from '@daybook/protocol';
import { describe, expect, it } from 'vitest';
import { EVENT_BYTES_MAX, HEAD_CHARS } from './limits.ts';
import { shrinkEvent, withMark } from './shrink.ts';
import { testReader } from './test-reader.ts';

async function shrink(item: object) {
  const blobs = new Map<string, Buffer>();
  const text = await testReader().one(item);
  const bytes = await shrinkEvent(Buffer.from(text), async (bytes) => {
    const name = String(blobs.size).padStart(64, '0');
    blobs.set(name, bytes);
    return name;
  });
  const shrunk = bytes?.toString();
  const event = shrunk === undefined ? undefined : (canonicaliseCheck(shrunk) as Record<string, unknown>);
  return { shrunk, event, blobs };
}

describe('shrinkEvent', () => {
  it('moves the longest text whole and keeps head, length and name', async () => {
    const query = `SELECT '${'é😀'.repeat(20_000)}'`;
    const { shrunk, event, blobs } = await shrink({ user_id: 'u', query_text: query, reason: 'r'.repeat(5000) });
    expect(Buffer.byteLength(shrunk ?? '')).toBeLessThanOrEqual(EVENT_BYTES_MAX);
    expect([...blobs.values()].map(String)).toEqual([query]);
    expect(query.startsWith(String(event?.['query_text']))).toBe(true);
    expect(String(event?.['query_text']).length).toBeGreaterThanOrEqual(HEAD_CHARS - 1);
    expect(event).toMatchObject({
      reason: 'r'.repeat(5000),
      attributes: { daybook: { blobs: { query_text: { blob: '0'.repeat(64), bytes: Buffer.byteLength(query) } } } },
    });
  });

  it('moves changes and members of attributes as JSON, the longest first', async () => {
    const { event, blobs } = await shrink({
      user_id: 'u',
      changes: { after: 'c'.repeat(70_000) },
      big: Array.from({ length: 900 }, () => 'b'.repeat(100)),
      small: 1,
    });
    expect([...blobs.values()].map((bytes) => String(bytes).slice(0, 10))).toEqual(['["bbbbbbbb', '{"after":"']);
    expect(Object.keys((event as { attributes: { daybook: { blobs: object } } }).attributes.daybook.blobs)).toEqual([
      'attributes.big',
      'changes',
    ]);
    expect(event).toMatchObject({ attributes: { small: 1, big: { head: expect.any(String) as string } } });
  });

  it('moves all attributes together when none is long by itself', async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, 'v'.repeat(500)]));
    const { event, blobs } = await shrink({ user_id: 'u', ...many });
    expect(blobs.size).toBe(1);
    expect(event).toMatchObject({
      attributes: { head: expect.any(String) as string, daybook: { blobs: { attributes: { bytes: expect.any(Number) as number } } } },
    });
  });

  it('does not move what names the event', async () => {
    expect((await shrink({ user_id: 'u', event_id: 'i'.repeat(70_000) })).shrunk).toBeUndefined();
  });
});

it('keeps every key as it was, whatever was parsed before', () => {
  JSON.parse('{"!":[],"\\\\":0}');
  const text = '{"attributes":{"!":1,"\\"":2},"user_id":"u"}';
  expect(withMark(Buffer.from(text), 'duplicate_event_id', true).toString()).toBe(
    '{"attributes":{"!":1,"\\"":2,"daybook":{"duplicate_event_id":true}},"user_id":"u"}',
  );
});

it('adds a mark', () => {
  expect(withMark(Buffer.from('{"attributes":{"a":1},"user_id":"u"}'), 'duplicate_event_id', true).toString()).toBe(
    '{"attributes":{"a":1,"daybook":{"duplicate_event_id":true}},"user_id":"u"}',
  );
});
