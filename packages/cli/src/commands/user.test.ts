import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';
import { answerJson, testServer } from '../test-server.ts';

let server: Awaited<ReturnType<typeof testServer>>;
let asked: string[];
const LINK = 'http://localhost:7717/sign-in#link=dbl_x';

beforeEach(async () => {
  asked = [];
  server = await testServer((request, response, body) => {
    asked.push(`${request.method} ${request.url} ${body.toString()}`);
    if (request.method === 'GET')
      return answerJson(response, 200, { users: [{ id: 'u_1', name: 'anna', email: null, roles: ['auditor', 'desk'] }] });
    const invitation = { link: LINK, expires_at: '2026-01-01T00:00:00Z' };
    return answerJson(response, 201, request.url === '/v1/users' ? { id: 'u_2', invitation } : invitation);
  });
});
afterEach(async () => server.close());

const open = () => testIo({ tty: false, env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' } });

it('makes a user with a scope and prints the link alone', async () => {
  const { io, written } = open();
  expect(await main(['user', 'create', '--name', 'acme', '--role', 'viewer', '--tenant', 'acme'], io)).toBe(0);
  expect(written.out).toBe(`${LINK}\n`);
  expect(asked).toEqual(['POST /v1/users {"name":"acme","roles":["viewer"],"scope":{"tenant_id":["acme"]}}']);
});

it('makes a new link for who is there, and says who is not', async () => {
  const { io, written } = open();
  expect(await main(['user', 'link', 'anna'], io)).toBe(0);
  expect(written.out).toBe(`${LINK}\n`);
  expect(asked.at(-1)).toBe('POST /v1/users/u_1/invitation ');
  expect(await main(['user', 'link', 'ben'], io)).toBe(1);
});

it('lists', async () => {
  const { io, written } = open();
  expect(await main(['user', 'list'], io)).toBe(0);
  expect(written.out).toContain('auditor desk');
});
