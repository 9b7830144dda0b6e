import { canonicaliseCheck, DaybookError, ERRORS, parseJson } from '@daybook/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testReader, textsOf } from './test-reader.ts';

const reader = testReader();
const LINES = [
  '{"timestamp":"2023-11-04T12:34:56Z","userId":"user_12345","eventType":"update","resource":"document_56789","ipAddress":"192.168.0.1"}',
  '{"timestamp":"2026-03-01T11:59:59.123456Z","user_id":"u1","user_name":"Zoë Müller","event_type":"orders.query","action":"query","resource":"/api/v1/orders/144333","ip_address":"10.0.4.151","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0","status_code":"200","outcome":"success","duration_ms":89.916,"request_id":"86b53b80f34a2853"}',
  '{"user_id":"a\\"b\\u0041","attributes":{"k":[1,2.5,-3e2,null,true,{"x":"\\ud83d\\ude00"}]},"changes":{"before":{},"after":[]},"roles":["r"],"labels":{"l":"v"},"sseq":5,"src":"shop/x","mfa":true,"severity":"low"}',
];

/** Bytes that break or bend JSON. */
const bytes = fc.constantFrom(
  ...Array.from('"\\{}[],:0-9eE.tfn \n\r\t\0é\u007f/u', (c) => Buffer.from(c)),
  Buffer.from([0xff]),
  Buffer.from([0xed, 0xa0, 0x80]),
);
const edit = fc.record({ at: fc.nat(400), remove: fc.nat(6), insert: bytes, times: fc.nat(3) });

function mutate(line: string, edits: readonly { at: number; remove: number; insert: Buffer; times: number }[]): Buffer {
  let body: Buffer = Buffer.from(line);
  for (const { at, remove, insert, times } of edits) {
    const from = at % (body.length + 1);
    body = Buffer.concat([body.subarray(0, from), ...Array.from({ length: times }, () => insert), body.subarray(from + remove)]);
  }
  return body;
}

function checkAccepted(texts: readonly string[]): void {
  for (const text of texts) {
    const event = canonicaliseCheck(text) as Record<string, unknown>;
    for (const key of [
      'action',
      'actor_type',
      'category',
      'channel',
      'event_type',
      'importance',
      'observed_at',
      'outcome',
      'severity',
      'source',
      'timestamp',
    ]) {
      expect(event).toHaveProperty(key);
    }
  }
}

describe('mutated bodies', () => {
  it('as lines are accepted canonically or rejected with a code of the registry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...LINES), fc.array(edit, { minLength: 1, maxLength: 4 }), async (line, edits) => {
        const { batches, rejected } = await reader.read(mutate(line, edits));
        checkAccepted(batches.flatMap((batch) => batch.starts.map((_, place) => batch.event(place).toString())));
        for (const { code } of rejected) expect(Object.keys(ERRORS)).toContain(code);
      }),
      { numRuns: 4000 },
    );
  });

  it('as documents are read or refused whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const reading = await reader.read(mutate(`[${LINES.join(',')}]`, edits), 'json').catch((error: unknown) => error);
        const texts = reading instanceof DaybookError ? [] : textsOf(reading as Awaited<ReturnType<typeof reader.read>>);
        checkAccepted(texts);
      }),
      { numRuns: 1500 },
    );
  });
});

/** Every letter of every string value as an escape: none of it can then be decided on its bytes. */
function escaped(value: unknown): string {
  if (typeof value === 'string')
    return `"${[...Array(value.length).keys()].map((i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;
  if (Array.isArray(value)) return `[${value.map(escaped).join(' , ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${escaped(key)} : ${escaped(item)}`)
    .join(' , ')} }`;
}

describe('the two ways of deciding a value', () => {
  const word = fc.constantFrom(
    'read',
    'Login',
    'success',
    '403',
    '',
    'x y',
    'Bearer abcdefghijk',
    '10.0.0.1',
    '::1',
    'a"b',
    'é',
    '4111111111111111',
  );
  const item = fc.record(
    {
      user_id: word,
      action: word,
      event_type: word,
      outcome: word,
      resource: word,
      ip_address: word,
      actor_type: fc.constantFrom('user', 'System', 'odd'),
      category: fc.constantFrom('data', 'IAM', 'odd'),
      timestamp: fc.constantFrom('2026-03-01T11:59:59.123456Z', '2026-03-01T11:59:59Z', '2027-01-01T00:00:00.000000Z', 'no'),
      duration_ms: fc.oneof(fc.double({ noNaN: true, min: 0, max: 1e9 }), fc.constantFrom(1e-7, 0.5, 1e22)),
      row_count: fc.nat(),
      severity: fc.nat(6),
      user_agent: fc.constantFrom('curl/8.9.1', 'Mozilla/5.0 Firefox/141.0', 'x token=abcdefghijkl'),
      source: fc.constantFrom('shop', 'till'),
      extra: fc.json({ maxDepth: 2 }).map(parseJson),
    },
    { requiredKeys: ['user_id', 'event_type'] },
  );

  it('come to the same event', async () => {
    await fc.assert(
      fc.asyncProperty(item, async (given) => {
        expect(await reader.one(escaped(given))).toBe(await reader.one(JSON.stringify(given)));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('hostile bodies', () => {
  // Each would take minutes, or all memory, if something were quadratic or unbounded.
  const mib = 1024 * 1024;
  const f = (name: string, body: () => string, format: 'json' | 'ndjson' = 'ndjson') =>
    it(`are done with: ${name}`, async () => {
      const reading = await reader.read(body(), format).catch((error: unknown) => error);
      expect(reading).toBeDefined();
    });
  f('brackets', () => '['.repeat(16 * mib), 'json');
  f('nested objects', () => `{"user_id":"u","a":${'{"a":'.repeat(mib / 8)}1${'}'.repeat(mib / 8)}}`);
  f('a string of 2 MiB', () => `{"user_id":"u","a":"${'x'.repeat(2 * mib - 50)}"}`);
  f('escapes of 2 MiB', () => `{"user_id":"u","a":"${'\\u0041'.repeat(mib / 3 - 10)}"}`);
  f('a key of 2 MiB', () => `{"user_id":"u","${'k'.repeat(2 * mib - 50)}":1}`);
  f('a number of 2 MiB', () => `{"user_id":"u","a":1${'0'.repeat(2 * mib - 50)}}`);
  f('a fraction of 2 MiB', () => `{"user_id":"u","a":0.${'1'.repeat(2 * mib - 50)}}`);
  f('values', () => `{"user_id":"u","a":[${'1,'.repeat(mib / 2)}1]}`);
  f('secrets', () => `{"user_id":"u","a":"${'password=x '.repeat(mib / 11)}"}`);
  f('blank lines', () => '\n'.repeat(8 * mib));
  f('broken lines', () => '{\n'.repeat(9_000));
  f('quotes', () => '"'.repeat(4 * mib), 'json');
});
