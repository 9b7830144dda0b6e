import { connect } from 'node:net';
import { DaybookError, parseJson } from '@daybook/protocol';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';
import { parseSettingsFile } from '../base/settings-file.ts';
import { rowText, splitEntry } from './row-text.ts';
import { parseTailFilter } from './tail-filter.ts';
import { parsePositions, positionsText } from './tail-position.ts';

let server: WebServer;
beforeAll(async () => {
  server = await startWeb();
  await server.append('routine', { user_id: 'x' });
});
afterAll(async () => {
  await server.stop();
  server.remove();
});

/** Either a value or a refusal with a code: nothing else may come out of what reads outside data. */
function refusedOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DaybookError && error.status === 400) return undefined;
    throw error;
  }
}

test('settings files of any text', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('data: x', '  - a', '&a b', '*a', '? [', '!!binary x', '%YAML 9', '---', '\t', '<<: *a', '"', '{a: b'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const parsed = parseSettingsFile('f', lines.join('\n'));
      const places = Array.isArray(parsed) ? parsed.map(({ place }) => place) : [parsed.place('value', ['data'])];
      expect(places.every((place) => place.line >= 1 && place.column >= 1)).toBe(true);
    }),
  );
});

test('positions of any text; those taken come out as they went in', () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom('routine:0', 'important:1', 'routine:1', 'nosuch:9', ':', ',', 'routine:01', 'routine:9007199254740993'))
      .map((parts) => parts.join(',')),
  );
  fc.assert(
    fc.property(text, (given) => {
      const positions = refusedOr(() => parsePositions(server.ledger, ['routine', 'important'], given));
      if (positions === undefined) return;
      expect(parsePositions(server.ledger, ['routine', 'important'], positionsText(positions))).toEqual(positions);
    }),
  );
});

test('filters of any names and values; `maybe` never loses a match', () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom('user_id', 'kind', 'roles', 'labels.a', 'attributes.__proto__', 'labels.', 'severity', 'attributes.x'),
  );
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', '5', 'true', '', 'ü', '"', '\\', '\u2028'));
  const event = fc.record(
    {
      attributes: fc.dictionary(fc.string(), fc.jsonValue()),
      labels: fc.dictionary(fc.string(), value),
      roles: fc.array(value),
      severity: fc.constantFrom(5, 6),
      user_id: value,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.dictionary(name, fc.array(value, { minLength: 1, maxLength: 3 })), event, (query, fields) => {
      const filter = refusedOr(() => parseTailFilter(new Map(Object.entries(query))));
      if (filter === undefined) return;
      const text = `{"event":${JSON.stringify(fields)},"kind":"event","n":"x","rt":"t","src":"s","v":1}`;
      const entry = splitEntry(text);
      expect(parseJson(rowText('routine', 3, entry))).toEqual({
        log: 'routine',
        idx: 3,
        recorded_at: 't',
        kind: 'event',
        src: 's',
        ...(parseJson(JSON.stringify(fields)) as object),
      });
      expect(filter.maybe(Buffer.from(text)) || !filter.matches(entry)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('bytes of any kind on the socket: the server answers or closes, and lives', async () => {
  const { port } = new URL(server.url);
  const words = fc.constantFrom(
    'GET ',
    'POST ',
    '/ ',
    '/v1/tail ',
    '/logs/routine/tile/entries/000 ',
    'HTTP/1.1',
    '\r\n',
    '\r\n\r\n',
    'host: x\r\n',
    'content-length: ',
    '5',
    '-1',
    'transfer-encoding: chunked\r\n',
    'ffffffffff\r\n',
    'authorization: Basic ',
    'authorization: Bearer ',
    '\0',
    '%',
    'Expect: 100-continue\r\n',
    'Upgrade: h2c\r\n',
  );
  const bytes = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: words.map((word) => Buffer.from(word)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((part) => Buffer.from(part)) },
    ),
    { maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (parts) => {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.end(Buffer.concat(parts)));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.resume();
      });
    }),
    { numRuns: 150 },
  );
  expect((await server.get('/healthz')).status).toBe(200);
});

test('credentials of any kind open nothing', async () => {
  const header = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.tuple(fc.constantFrom('Bearer ', 'bearer', 'Basic ', 'BASIC  ', 'Digest '), fc.string()).map((pair) => pair.join('')),
    fc.string().map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
  );
  await fc.assert(
    fc.asyncProperty(header, async (authorization) => {
      const printable = authorization.replaceAll(/[^\x20-\x7e]/g, '?');
      expect((await server.base.http.inject({ url: '/v1/whoami', headers: { authorization: printable } })).statusCode).toBe(401);
    }),
    { numRuns: 300 },
  );
});
