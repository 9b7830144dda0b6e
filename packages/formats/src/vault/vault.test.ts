import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden } from '../json/test-json-formats.ts';
import { read } from '../test-formats.ts';
import { vault } from './vault.ts';

const RECORD = {
  time: '2026-03-01T10:00:00.123456789Z',
  type: 'response',
  auth: { accessor: 'hmac-sha256:a', client_token: 'hmac-sha256:t', display_name: 'ldap-alice', policies: ['default'], entity_id: 'ent' },
  request: {
    id: 'r1',
    operation: 'read',
    path: 'secret/data/db',
    mount_type: 'kv',
    mount_point: 'secret/',
    remote_address: '10.0.0.7',
    client_token: 'hmac-sha256:t',
  },
  response: {},
};
const f = (change: object, fields: Readonly<Record<string, unknown>>) => expectEvent(vault, { ...RECORD, ...change }, fields);
const request = (change: object) => ({ request: { ...RECORD.request, ...change } });
const lines = (...records: object[]) =>
  read(vault, records.map((record) => `${JSON.stringify(record)}\n`).join('')).map(
    ({ code, event }) => code ?? `${String(event?.['source_event_id'])} ${String(event?.['outcome'])}`,
  );

it('reads its fixture as the golden file says', async () => {
  await expectGolden(vault, import.meta.dirname);
});

it('says what an operation does', () => {
  const access = (operation: string, path: string, action: string, category: string, mount_type = 'system') =>
    f(request({ operation, path, mount_type }), { event_type: operation, action, category, resource: path });
  access('update', 'auth/approle/login', 'login', 'authentication');
  access('update', 'auth/token/create', 'create', 'authentication');
  access('update', 'auth/token/revoke-self', 'revoke', 'authentication');
  access('update', 'auth/userpass/users/bob', 'update', 'iam');
  access('update', 'sys/policies/acl/admin', 'grant', 'iam');
  access('delete', 'sys/policies/acl/admin', 'delete', 'iam');
  access('update', 'sys/audit/file', 'configure', 'config');
  access('update', 'sys/mounts/kv', 'configure', 'config');
  access('update', 'transit/decrypt/orders', 'read', 'data', 'transit');
  access('read', 'database/creds/app', 'read', 'data', 'database');
  access('list', 'secret/metadata', 'list', 'data', 'kv');
  access('update', 'secret/destroy/db', 'delete', 'data', 'kv');
  access('update', 'secret/data/destroy/db', 'update', 'data', 'kv');
  access('update', 'secret/undelete/db', 'update', 'data', 'kv');
  access('update', 'pki/revoke', 'revoke', 'data', 'pki');
  access('read', 'auth/oidc/oidc/callback', 'login', 'authentication', 'oidc');
  access('update', 'auth/oidc/oidc/auth_url', 'access', 'authentication', 'oidc');
  access('update', 'auth/saml/token', 'login', 'authentication', 'saml');
  access('update', 'sys/capabilities-self', 'read', 'config');
  access('update', 'sys/leases/lookup', 'read', 'config');
  access('update', 'sys/leases/renew', 'update', 'config');
});

it('makes one access of request and response', () => {
  const asked = (id: string) => ({ ...RECORD, type: 'request', response: undefined, ...request({ id }) });
  const answered = (id: string, error?: string) => ({ ...RECORD, error, ...request({ id }) });
  expect(lines(asked('1'), answered('1'))).toEqual(['request', '1:response success']);
  expect(lines(asked('1'), asked('2'), answered('2'), answered('1'))).toEqual([
    'request',
    'request',
    '2:response success',
    '1:response success',
  ]);
  expect(lines(asked('1'), answered('2'))).toEqual(['1:request unknown', '2:response success']);
  expect(lines(answered('1', 'permission denied'), asked('1'))).toEqual(['1:response denied', '1:request unknown']);
  expect(lines(asked('1'), asked('1'), answered('1'))).toEqual(['request', '1:request unknown', '1:response success']);
  // Old versions gave requests no id.
  const old = (type: string, path: string) => ({ ...RECORD, error: '', type, request: { operation: 'read', path } });
  expect(lines(old('request', 'a'), old('response', 'a'), old('request', 'b'))).toEqual([
    'request',
    'undefined success',
    'undefined unknown',
  ]);
  const many = Array.from({ length: 600 }, (_, i) => answered(`n${i}`));
  expect(lines(asked('late'), ...many, answered('late')).filter((line) => line.startsWith('late'))).toEqual([
    'late:request unknown',
    'late:response success',
  ]);
});

it('says how it ended, by words that are its own', () => {
  f({ error: '1 error occurred:\n\t* permission denied\n\n' }, { outcome: 'denied' });
  f({ error: 'permission denied' }, { outcome: 'denied' });
  f({ error: 'invalid request: role "permission denied" not found' }, { outcome: 'failure' });
  f({ auth: { ...RECORD.auth, policy_results: { allowed: false } } }, { outcome: 'denied' });
});

it('takes the address of a user without the mount before it', () => {
  const named = (display_name: string) => ({ auth: { ...RECORD.auth, display_name } });
  f(named('oidc-alice@example.com'), { user_name: 'oidc-alice@example.com', user_email: 'alice@example.com', actor_type: 'user' });
  f(named('token-alice@example.com'), { user_email: undefined });
});

it('keeps no token and, of a raw device, no secret', () => {
  const token = 'hvs.CAESIJwOexampleexampleexample';
  const { attributes, ...fields } = f(
    {
      auth: { ...RECORD.auth, client_token: token },
      ...request({
        client_token: token,
        data: { password: 'x', note: 'raw secret' },
        headers: { 'x-vault-token': [token], 'user-agent': ['vault'] },
      }),
      response: { data: { data: { user: 'raw secret', list: ['raw secret'] } }, wrap_info: { token }, auth: { client_token: token } },
      error: `lookup of ${token} failed`,
    },
    { user_agent: 'vault', credential_id: 'hmac-sha256:a' },
  );
  expect(JSON.stringify([attributes, fields])).not.toMatch(/hvs\.|raw secret/);
  f(request({ data: { policy: 'exempted' } }), {});
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...RECORD, auth: { display_name: 'root' }, request: { ...RECORD.request, remote_address: '10.9.9.9' } });
  f(
    request({ path: `secret/${forged}`, data: { request: { id: 'r9' }, error: 'permission denied' }, headers: { 'user-agent': [forged] } }),
    {
      user_name: 'ldap-alice',
      ip_address: '10.0.0.7',
      outcome: 'success',
      source_event_id: 'r1:response',
    },
  );
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise('{"type":"request","request":{"id":"a","method":"GET","path":"/"},"time":"2026-03-01T10:00:00Z"}\n')?.name).toBe('json');
  const line = JSON.stringify(RECORD);
  for (const prefix of [
    '<14>1 2026-03-01T10:00:00.123Z host vault 12 - - ',
    '300 <14>1 2026-03-01T10:00:00+01:00 host vault - ID [a@1 b="c"][d@1] \uFEFF',
    'Mar  1 10:00:00 host vault[12]: ',
  ]) {
    expect(recognise(`${prefix}${line}\n${prefix}${line}\n`)?.name).toBe('vault');
    expect(read(vault, `${prefix}${line}\n${prefix}${line}\n`).map(({ result }) => result)).toEqual(['event', 'event']);
  }
  expect(recognise(JSON.stringify({ preview: false, result: { _raw: line, _time: 'x' } }))?.name).toBe('vault');
  expect(recognise(`@cee: ${JSON.stringify(RECORD)}\n`)?.name).toBe('vault');
});

it('keeps no secret of who has no token yet, nor a token of an old address', () => {
  const login = { ...RECORD, auth: {}, response: undefined, error: 'invalid role or secret ID' };
  const asked = (path: string, data: object, other: object = {}) => {
    const event = expectEvent(vault, { ...login, ...other, request: { id: 'r', operation: 'update', path, data } }, {});
    return JSON.stringify(event);
  };
  expect(asked('auth/approle/login', { role_id: 'hunter2', secret_id: 'hunter2' })).not.toContain('hunter2');
  expect(asked('sys/unseal', { key: 'hunter2', reset: false }, { error: undefined })).not.toContain('hunter2');
  // An operator's exemption stays.
  expect(asked('auth/approle/login', { role_id: 'exempted', secret_id: 'hmac-sha256:1' })).toContain('exempted');
  const token = '8d5a1c3e-1111-2222-3333-444455556666';
  const { resource } = f(request({ operation: 'update', path: `auth/token/renew/${token}` }), { resource: 'auth/token/renew/[redacted]' });
  expect(resource).not.toContain(token);
});

it('says what else is asked of it', () => {
  const access = (operation: string, path: string, action: string, category: string, mount_type?: string) =>
    f(request({ operation, path, mount_type }), { action, category });
  access('write', 'secret/foo', 'update', 'data');
  access('read', 'sys/storage/raft/snapshot', 'export', 'data', 'system');
  access('update', 'sys/mfa/validate', 'login', 'authentication', 'system');
  access('update', 'sys/control-group/authorize', 'grant', 'iam', 'system');
  access('update', 'sys/namespaces/team', 'configure', 'config', 'system');
  access('update', 'auth/approle/role/ci/secret-id', 'create', 'iam', 'approle');
  access('update', 'auth/approle/role/ci/secret-id/destroy', 'revoke', 'iam', 'approle');
  access('update', 'pki/sign-verbatim/web', 'create', 'data', 'pki');
  access('update', 'pki/root/generate/internal', 'create', 'data', 'pki');
  access('read', 'identity/oidc/token/ci', 'create', 'authentication', 'identity');
  access('update', 'transit/decrypt/orders', 'read', 'data');
  const test = { time: RECORD.time, type: 'request', request: { id: 't', operation: 'update', path: 'sys/audit/test' } };
  expect(lines(test)).toEqual(['audit_test']);
});

it('reads what stands between lines of the server’s own log', () => {
  const own = '2026-03-01T10:00:00.000Z [INFO]  core: security barrier initialized: stored=1 shares=1';
  const input = [
    '==> Vault server configuration:',
    '             Api Address: http://127.0.0.1:8200',
    ...Array.from({ length: 4 }, () => own),
    JSON.stringify(RECORD),
    '{"@level":"info","@message":"vault is unsealed","@module":"core","@timestamp":"2026-03-01T10:00:00.000000Z"}',
    'a rest',
  ].join('\n');
  expect(recognise(`${input}\n`)?.name).toBe('vault');
  const server = Array.from({ length: 6 }, () => 'server_log');
  expect(read(vault, `${input}\n`).map(({ code }) => code)).toEqual([...server, undefined, 'server_log', 'not_json']);
});
