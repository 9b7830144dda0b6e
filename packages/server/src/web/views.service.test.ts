import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';

interface View {
  readonly id: string;
  readonly name: string;
  readonly mine: boolean;
  readonly owner: string;
}

let server: WebServer;
beforeAll(async () => {
  server = await startWeb();
});
afterAll(async () => {
  await server.stop();
  server.remove();
});

async function ask(method: string, path: string, { token: who = server.admin, body }: { token?: string; body?: object } = {}) {
  const answer = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${who}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: parseJson(await answer.text()) as Record<string, unknown> };
}

async function token(body: object): Promise<string> {
  return String((await ask('POST', '/v1/tokens', { body })).json['token']);
}

async function namesFor(who?: string): Promise<string[]> {
  const { json } = await ask('GET', '/v1/views', who === undefined ? {} : { token: who });
  return (json['views'] as View[]).map(({ name, mine, owner }) => `${name} ${mine ? 'mine' : owner}`);
}

const DENIED = { name: 'what was denied', text: 'outcome:denied', range: '7d', columns: ['user_id', 'resource'] };

describe('saved views', () => {
  it('are kept, changed and removed by who made them, and shown to others when they are shared', async () => {
    const auditor = await token({ name: 'auditor-1', role: 'auditor' });
    const { status, json } = await ask('POST', '/v1/views', { token: auditor, body: DENIED });
    expect([status, json]).toEqual([
      201,
      expect.objectContaining({ ...DENIED, page: 'search', shared: false, mine: true, owner: 'auditor-1' }),
    ]);
    const at = `/v1/views/${String(json['id'])}`;
    expect(await namesFor()).toEqual([]);
    expect((await ask('PUT', at, { body: DENIED })).status).toBe(404);
    expect((await ask('DELETE', at)).status).toBe(404);
    expect((await ask('PUT', at, { token: auditor, body: { ...DENIED, name: 'denied', shared: true } })).status).toBe(200);
    expect(await namesFor()).toEqual(['denied auditor-1']);
    expect((await ask('PUT', at, { body: DENIED })).status).toBe(404);
    expect((await ask('POST', '/v1/views', { token: auditor, body: { ...DENIED, name: 'denied' } })).status).toBe(409);
    expect((await ask('DELETE', at)).status).toBe(200);
    expect(await namesFor(auditor)).toEqual([]);
  });

  it.each(['a\u0000', 'two\nlines', 'ned\u202eied', '\u2066all'])(
    'a name like %j, which shows as another or as none, is refused',
    async (name) => {
      expect((await ask('POST', '/v1/views', { body: { ...DENIED, name } })).json).toMatchObject({ code: 'bad_request', field: 'name' });
    },
  );

  it('of others are nothing for who has a scope, nor can they share', async () => {
    await ask('POST', '/v1/views', { body: { ...DENIED, name: 'ours', shared: true } });
    const viewer = await token({ name: 'viewer-1', role: 'viewer', sources: ['shop'] });
    expect(await namesFor(viewer)).toEqual([]);
    expect((await ask('POST', '/v1/views', { token: viewer, body: { ...DENIED, shared: true } })).status).toBe(403);
    expect((await ask('POST', '/v1/views', { token: viewer, body: DENIED })).status).toBe(201);
    expect(await namesFor(viewer)).toEqual(['what was denied mine']);
    const producer = await token({ name: 'producer-1', role: 'producer' });
    expect((await ask('GET', '/v1/views', { token: producer })).status).toBe(403);
  });

  it.each([
    ['a filter that is none', { ...DENIED, text: 'outcome:"' }],
    ['a column that is none', { ...DENIED, columns: ['no_such'] }],
    ['no name', { ...DENIED, name: '' }],
    ['a range that could be anything', { ...DENIED, range: '7d&q=other' }],
    ['a page that is none', { ...DENIED, page: '//elsewhere' }],
    ['too much', { ...DENIED, page: 'sql', text: 'x'.repeat(12_001) }],
  ])('refuse %s', async (_, body) => {
    expect((await ask('POST', '/v1/views', { body })).status).toBe(400);
  });

  it('are told of in the ledger', async () => {
    let text = '';
    for await (const chunk of server.ledger.read('important', 0, server.ledger.state('important').size))
      text += chunk.bytes.toString('utf8');
    for (const type of ['view.create', 'view.update', 'view.delete']) expect(text).toContain(`"${type}"`);
    expect(text).toContain('what was denied');
  });
});
