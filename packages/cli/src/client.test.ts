import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CliError } from './cli-error.ts';
import { openClient } from './client.ts';
import { testIo } from './test-io.ts';
import { answerJson, testServer } from './test-server.ts';

let dir: string;
let server: Awaited<ReturnType<typeof testServer>>;
let seen: { url: string; authorization: string | undefined }[];

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'daybook-client-'));
  seen = [];
  server = await testServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    if (request.url === '/problem')
      return answerJson(response, 503, { detail: 'No room.', code: 'disk_full', advice: 'Free some.' }, { 'retry-after': '7' });
    if (request.url === '/sql') return void response.writeHead(400, { 'x-clickhouse-exception-code': '62' }).end('Code: 62. Syntax error');
    if (request.url === '/elsewhere') return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    if (request.url === '/none') return void response.writeHead(404).end();
    return answerJson(response, 200, { ok: true });
  });
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

async function localFile(content: unknown, mode: number): Promise<void> {
  const file = path.join(dir, 'control', 'local.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(content));
  await chmod(file, mode);
}

it('takes address and token from flags, then from the environment', async () => {
  const { io } = testIo({ env: { DAYBOOK_URL: `${server.url}/`, DAYBOOK_TOKEN: 'from-environment' } });
  await (await openClient(io)).json('GET', '/a');
  await (await openClient(io, { token: 'from-flag' })).json('GET', '/a');
  expect(seen).toEqual([
    { url: '/a', authorization: 'Bearer from-environment' },
    { url: '/a', authorization: 'Bearer from-flag' },
  ]);
});

it('finds the server beside the data directory of the same user', async () => {
  await localFile({ url: server.url, token: 'local', pid: process.pid }, 0o600);
  const { io } = testIo({ cwd: dir });
  await (await openClient(io, { data: dir })).json('GET', '/a');
  await (await openClient({ ...io, env: { DAYBOOK_DATA: '.' } })).json('GET', '/a');
  expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer local', 'Bearer local']);
});

it('does not believe a local file that others can read, or whose server is dead', async () => {
  const { io } = testIo({ cwd: dir });
  await localFile({ url: server.url, token: 'local', pid: process.pid }, 0o644);
  expect((await openClient(io, { data: dir })).url).toBe('http://127.0.0.1:7717');
  await localFile({ url: server.url, token: 'local', pid: 2 ** 22 + 1 }, 0o600);
  expect((await openClient(io, { data: dir })).url).toBe('http://127.0.0.1:7717');
});

it('sends the local token to no other address', async () => {
  await localFile({ url: 'http://127.0.0.1:9', token: 'local', pid: process.pid }, 0o600);
  const { io } = testIo({ cwd: dir, env: { DAYBOOK_URL: server.url } });
  await (await openClient(io, { data: dir })).json('GET', '/a');
  expect(seen).toEqual([{ url: '/a', authorization: undefined }]);
});

it('tells what the server said, with its advice', async () => {
  const { io } = testIo({ env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' } });
  const client = await openClient(io);
  const failure = (at: string) => client.json('GET', at).catch((error: unknown) => error);
  expect(await failure('/problem')).toMatchObject({
    message: 'No room.',
    code: 'disk_full',
    advice: 'Free some.',
    status: 503,
    retryAfterS: 7,
  });
  expect(await failure('/sql')).toMatchObject({ message: 'Code: 62. Syntax error', code: 'sql', status: 400 });
  expect(await failure('/elsewhere')).toMatchObject({ code: 'unreachable' });
  expect(await client.maybeBytes('/none')).toBeUndefined();
});

it('says what to do when nothing listens', async () => {
  const gone = await testServer(() => undefined);
  await gone.close();
  const { io } = testIo({ env: { DAYBOOK_URL: gone.url, DAYBOOK_TOKEN: 't' } });
  const error = await (await openClient(io)).json('GET', '/').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CliError);
  expect(error).toMatchObject({ message: `No answer from ${gone.url}: nothing listens there.` });
});
