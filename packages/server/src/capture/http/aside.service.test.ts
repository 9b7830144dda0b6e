import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, openTestServer, removeTestData, type TestServer } from '../test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(async () => {
  await server.close();
  removeTestData(server);
});

async function send(route: string, items: readonly unknown[], token = ADMIN_TOKEN) {
  const body = items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n');
  const response = await fetch(`${server.url}${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body,
  });
  const reply: unknown = await response.json();
  return { status: response.status, reply };
}

const recordsOf = (): unknown[] => {
  const dir = path.join(server.dataDir, 'ledger', 'quarantine');
  return readdirSync(dir).flatMap((name) => readFileSync(path.join(dir, name), 'utf8').trimEnd().split('\n').map(parseJson));
};
const line = (more: object) => ({ source: 'web-1', format: 'nginx-access', code: 'bad_time', reason: 'No time.', ...more });

describe('POST /v1/quarantine', () => {
  it('keeps lines and bytes, and tells each that it does not understand', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x41]);
    const { status, reply } = await send('/v1/quarantine', [
      line({ text: 'rubbish', line: 7, file: '/var/log/nginx/access.log', src: 'admin/f', sseq: 3 }),
      line({ base64: bytes.toString('base64') }),
      line({ text: 'x', base64: 'eA==' }),
      line({ text: 'x', code: 'Bad Time' }),
      line({ text: 'x', what: 1 }),
      line({ text: 'x', src: 'other/f' }),
      line({ text: 'x', source: 'daybook' }),
      '{"text":',
    ]);
    expect(status).toBe(207);
    expect(reply).toMatchObject({
      kept: 2,
      dropped: 0,
      rejected: [
        { item: 2, code: 'bad_request' },
        { item: 3, code: 'field_range', field: 'code' },
        { item: 4, code: 'bad_request', field: 'what' },
        { item: 5, code: 'src_not_owned' },
        { item: 6, code: 'source_not_owned' },
        { item: 7, code: 'json_syntax' },
      ],
    });
    expect(recordsOf().slice(-2)).toMatchObject([
      { kind: 'line', producer: 'admin', source: 'web-1', text: 'rubbish', line: 7, src: 'admin/f', sseq: 3, reason: 'No time.' },
      { base64: bytes.toString('base64') },
    ]);
  });

  it('masks secrets, in what is text and in what is not', async () => {
    await send('/v1/quarantine', [
      line({ text: 'a password=geheim1 b pin: 4711 "cvv":"geheim2" Bearer geheim3abc', reason: 'At token=geheim4xyz.' }),
      line({ base64: Buffer.concat([Buffer.of(0xff), Buffer.from(' db_password=geheim5 '), Buffer.of(0xfe)]).toString('base64') }),
    ]);
    const [text, bytes] = recordsOf().slice(-2) as [Record<string, string>, Record<string, string>]; // oxlint-disable-line typescript/no-unsafe-type-assertion -- just written
    expect(JSON.stringify(text)).not.toMatch(/geheim|4711/);
    const back = Buffer.from(bytes['base64'] ?? '', 'base64');
    expect(back.toString('latin1')).not.toContain('geheim');
    expect([back[0], back.at(-1)]).toEqual([0xff, 0xfe]);
  });

  it('cuts a long line, and says how long it was', async () => {
    await send('/v1/quarantine', [
      line({ text: `${'x'.repeat(40 * 1024 - 1)}é${'y'.repeat(500_000)}` }),
      line({ text: '\u0001'.repeat(50_000) }),
    ]);
    expect(recordsOf().slice(-2)).toMatchObject([
      { text: 'x'.repeat(40 * 1024 - 1), bytes: 40 * 1024 + 1 + 500_000 },
      { base64: Buffer.alloc(40 * 1024, 1).toString('base64'), bytes: 50_000 },
    ]);
  });

  it('takes a token for its own sources only', async () => {
    const token = await server.producer('shop');
    expect(await send('/v1/quarantine', [line({ text: 'x', source: 'web-1' })], token)).toMatchObject({
      status: 400,
      reply: { kept: 0, rejected: [{ code: 'source_not_owned' }] },
    });
    expect(await send('/v1/quarantine', [{ format: 'auto', code: 'unknown', reason: 'r', text: 'x' }], token)).toMatchObject({
      status: 200,
      reply: { kept: 1, dropped: 0, rejected: [] },
    });
    expect(recordsOf().at(-1)).toMatchObject({ producer: 'shop', source: 'shop' });
  });
});

describe('POST /v1/capture-counts', () => {
  it('takes counts, and refuses what is none', async () => {
    expect(
      await send('/v1/capture-counts', [
        { source: 'web-1', format: 'nginx-access', id: 'a', events: 10, noise: { static_file: 5 }, folded: { health_check: 100 } },
        { source: 'web-1', format: 'nginx-access', events: -1 },
        { source: 'web-1', format: 'nginx-access', noise: { __proto__x: 1 } },
      ]),
    ).toMatchObject({
      status: 207,
      reply: {
        kept: 1,
        rejected: [
          { item: 1, field: 'events' },
          { item: 2, field: 'noise' },
        ],
      },
    });
    const dir = path.join(server.dataDir, 'control', 'capture-counts');
    expect(readFileSync(path.join(dir, readdirSync(dir)[0] ?? ''), 'utf8')).toContain('"noise":{"static_file":5}');
  });
});
