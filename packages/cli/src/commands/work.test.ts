import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';
import { answerJson, testServer } from '../test-server.ts';

let server: Awaited<ReturnType<typeof testServer>>;
let lines: string[];
let revoked: string[];
const TOKENS = [
  { id: 't_old', name: 'shop', role: 'producer', sources: ['shop'], revoked_at: '2026-01-01T00:00:00Z' },
  { id: 't_new', name: 'shop', role: 'producer', sources: ['shop', 'billing'], revoked_at: null },
];

beforeEach(async () => {
  lines = [];
  revoked = [];
  server = await testServer((request, response) => {
    if (request.url === '/v1/reindex')
      return void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(lines.map((line) => `${line}\n`).join(''));
    if (request.url === '/readyz') return answerJson(response, 503, { ledger: { up: true }, engine: { up: false } });
    if (request.url === '/logs') return answerJson(response, 200, { logs: [{ log: 'routine\u001B', size: 1234, signed_size: 1200 }] });
    if (request.url === '/v1/tokens') return answerJson(response, 200, { tokens: TOKENS });
    if (request.method === 'DELETE') {
      revoked.push(request.url ?? '');
      return answerJson(response, 200, {});
    }
    return answerJson(response, 404, { detail: 'x', code: 'not_found', advice: 'y' });
  });
});
afterEach(async () => server.close());

function open(tty = false) {
  return testIo({ tty, env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' } });
}

it('follows the work of the server to its end', async () => {
  lines = ['{"progress":{"done":1,"total":10}}', '{"progress":{"done":10,"total":10}}', '{"end":{"findings":0}}'];
  const { io, written } = open(true);
  expect(await main(['reindex'], io)).toBe(0);
  expect(written.out).toBe('10 entries are in the table\n');
  expect(written.err).toContain('reindex');
});

it('does not take a work that broke off for one that is done', async () => {
  lines = ['{"progress":{"done":1,"total":10}}'];
  const { io, written } = open();
  expect(await main(['reindex', '--json'], io)).toBe(1);
  expect(JSON.parse(written.err)).toMatchObject({ error: { code: 'broken_off' } });
});

it("tells the server's failure", async () => {
  lines = ['{"error":{"code":"engine_unavailable","detail":"The engine is gone."}}'];
  const { io, written } = open();
  expect(await main(['reindex'], io)).toBe(1);
  expect(written.err).toBe('daybook: The engine is gone.\n');
});

it('tells the state of a server that is not ready', async () => {
  const { io, written } = open();
  expect(await main(['status'], io)).toBe(1);
  expect(written.out).toBe(
    `${server.url}: not ready\n  routine\\x1b: 1,234 entries, 1,200 signed\n  ledger.up: true\n  engine.up: false\n`,
  );
});

it('says what to verify, and what has no meaning', async () => {
  const { io, written } = open();
  expect(await main(['verify', '/nonexistent/data'], io)).toBe(1);
  expect(written.err).toContain('Name a data directory, the URL of a server, or an evidence file.');
  expect(await main(['verify', import.meta.filename, '--since', 'x'], io)).toBe(2);
  expect(await main(['evidence', '-o', 'x'], io)).toBe(2);
  expect(await main(['evidence', '-o', 'x', '--scan', 'routine:5-2'], io)).toBe(2);
});

it('revokes a token by its name or its id, and lists what each owns', async () => {
  expect(await main(['token', 'revoke', 'shop'], open().io)).toBe(0);
  expect(await main(['token', 'revoke', 't_old'], open().io)).toBe(0);
  const { io, written } = open();
  expect(await main(['token', 'revoke', 'shap'], io)).toBe(1);
  expect(written.err).toContain('There is no token shap that is not revoked.');
  expect(revoked).toEqual(['/v1/tokens/t_new', '/v1/tokens/t_old']);
  const list = open();
  expect(await main(['token', 'list'], list.io)).toBe(0);
  expect(list.written.out).toContain('billing');
});
