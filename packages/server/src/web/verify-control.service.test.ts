import path from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';
import { controlFile } from '../base/control/database.ts';

let server: WebServer;
beforeEach(async () => {
  server = await startWeb();
});
afterEach(async () => {
  await server.stop();
  server.remove();
});

async function verify(): Promise<string[]> {
  const text = await (await server.get('/v1/verify/control')).text();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { finding?: { code: string }; end?: { findings: number } });
  const codes = lines.flatMap((line) => (line.finding === undefined ? [] : [line.finding.code]));
  expect(lines.at(-1)).toEqual({ end: { findings: codes.length } });
  return codes;
}

/** What someone with the file in their hands does. */
function tamper(sql: string): void {
  const database = new Database(controlFile(path.join(server.dir, 'data')));
  database.exec(sql);
  database.close();
}

async function restart(): Promise<void> {
  await server.stop();
  server = await startWeb({ dir: server.dir });
}

async function configEntries() {
  const told: { idx: number; event: Record<string, unknown>; text: string }[] = [];
  for (let idx = 0; idx < server.ledger.state('important').size; idx++) {
    const text = (await server.ledger.entry('important', idx)).toString();
    const entry = JSON.parse(text) as { kind: string; event: Record<string, unknown> };
    if (entry.kind === 'daybook.config') told.push({ idx, event: entry.event, text });
  }
  return told;
}

test('each change of a token is one entry: who, what, and a fingerprint, never the token or its hash', async () => {
  const secret = await server.token('producer', 'shop');
  const { tokens } = (await (await server.get('/v1/tokens')).json()) as { tokens: { id: string; fingerprint: string }[] };
  const id = tokens[0]?.id ?? '';
  await fetch(`${server.url}/v1/tokens/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${server.admin}` } });
  const told = await configEntries();
  expect(
    told.map(({ event }) => [
      event['event_type'],
      event['resource'],
      event['user_id'],
      event['action'],
      event['outcome'],
      event['category'],
    ]),
  ).toEqual([
    ['token.create', 'token/shop', 'admin', 'create', 'success', 'audit'],
    ['token.revoke', 'token/shop', 'admin', 'revoke', 'success', 'audit'],
  ]);
  expect(told[0]?.text).toContain(tokens[0]?.fingerprint);
  const rows = new Database(controlFile(path.join(server.dir, 'data')));
  const { hash } = rows.prepare('select hash from tokens').get() as { hash: string };
  rows.close();
  for (const { text } of told) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(hash);
  }
  expect((await server.get('/v1/whoami', secret)).status).toBe(401);
  expect(await verify()).toEqual([]);
});

test('the first admin token and everything after a restart is explained', async () => {
  await server.stop();
  server = await startWeb({ dir: server.dir, env: { DAYBOOK_ADMIN_TOKEN: '' } });
  const secret = server.base.control.firstAdminToken?.reveal() ?? '';
  const answer = await server.get('/v1/verify/control', secret);
  expect(await answer.text()).toMatch(/^\{"progress":\{"done":(\d+),"total":\1\}\}\n\{"end":\{"findings":0\}\}\n$/);
  expect((await configEntries()).map(({ event }) => [event['user_id'], event['actor_type']])).toEqual([['daybook', 'system']]);
});

test.each([
  [
    'a forged token',
    `insert into tokens (id, name, role, sources, tenants, hash, node, created_at, created_by, revoked_at, last_used_at) select 'forged', 'mallory', 'admin', null, null, 'feed', node, created_at, created_by, null, null from tokens limit 1`,
    ['control_token_unexplained'],
  ],
  ['a role raised', `update tokens set role = 'admin'`, ['control_token_differs']],
  ['a hash replaced', `update tokens set hash = 'feed'`, ['control_token_differs']],
  ['sources widened', 'update tokens set sources = null', ['control_token_differs']],
  ['a row deleted', 'delete from tokens', ['control_token_missing']],
  ['a row and its outbox deleted', 'delete from tokens; delete from outbox', ['control_token_missing', 'control_entry_unexplained']],
  [
    'a forged token with a forged outbox row',
    `insert into tokens (id, name, role, sources, tenants, hash, node, created_at, created_by, revoked_at, last_used_at) select 'forged', 'mallory', 'admin', null, null, 'feed', node, created_at, created_by, null, null from tokens limit 1;
    insert into outbox (id, node, created_at, change, tried_from, log, idx) select 'forged', node, created_at, change, 0, 'important', 0 from outbox limit 1`,
    ['control_token_unexplained', 'control_outbox_unexplained'],
  ],
  ['last use is no configuration', `update tokens set last_used_at = 'never'`, []],
])('%s', async (_name, sql, codes) => {
  await server.token('producer', 'shop');
  expect(await verify()).toEqual([]);
  tamper(sql);
  expect(await verify()).toEqual(codes);
});

test('a revocation undone by hand is found, and a token brought back by it opens only until then', async () => {
  const secret = await server.token('auditor', 'anna');
  const [row] = await server.base.control.tokens.list();
  await server.base.control.tokens.revoke(row?.id ?? '', { name: 'admin', tokenId: 'environment' });
  expect(await verify()).toEqual([]);
  tamper('update tokens set revoked_at = null');
  expect(await verify()).toEqual(['control_token_differs']);
  expect((await server.get('/v1/whoami', secret)).status).toBe(401);
});

test('a crash after the entry and before its place was noted makes no second entry', async () => {
  await server.token('producer', 'shop');
  tamper('update outbox set log = null, idx = null');
  await restart();
  expect(await verify()).toEqual([]);
  expect(await configEntries()).toHaveLength(1);
});

test('a crash after the note and before the entry loses nothing', async () => {
  await server.token('producer', 'shop');
  // The change is there, an attempt was noted, but no entry has its id.
  tamper(`update outbox set id = 'another', log = null, idx = null`);
  await restart();
  await server.base.control.outbox.pending(1);
  expect(await verify()).toEqual(['control_entry_unexplained']);
  expect(await configEntries()).toHaveLength(2);
});

test('an event in which someone writes words of a configuration entry is none', async () => {
  await server.token('producer', 'shop');
  const change = {
    action: 'create',
    id: 'x',
    state: { created_at: '', fingerprint: '', name: 'x', revoked_at: null, role: 'admin', sources: null, tenants: null },
    subject: 'token',
  };
  await server.append('important', {
    attributes: { change, outbox_id: 'x' },
    resource: '},"kind":"daybook.config","n":"',
  });
  expect(await verify()).toEqual([]);
});
