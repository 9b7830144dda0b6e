import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStreamServer } from './stream-server.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-streams-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key', '-out', 'crt', '-subj', '/CN=x', '-days', '2'], { cwd: dir, stdio: 'ignore' }); // biome-ignore format: one command
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

// Who is only told that the connection ends writes one message more, and nobody reads it.
it.each(['tcp', 'tls'] as const)('resets connections when it closes, over %s: the very next write of a sender fails', async (transport) => {
  const heard: string[] = [];
  let ended = 0;
  const server = await openStreamServer({
    host: '127.0.0.1',
    port: 0,
    tls: transport === 'tls' ? { certFile: path.join(dir, 'crt'), keyFile: path.join(dir, 'key'), clientCaFile: undefined } : undefined,
    connectionsMax: 10,
    setting: 'test',
    onConnection: () => ({ data: (bytes) => heard.push(bytes.toString()), ended: () => void ended++ }),
    onRefused: (_address, why) => heard.push(why),
  });
  const to = { port: server.port, host: '127.0.0.1' };
  const client = transport === 'tls' ? tls.connect({ ...to, rejectUnauthorized: false }) : net.connect(to);
  const failure = new Promise<string>((resolve) => {
    client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    client.once('end', () => resolve('end'));
  });
  await once(client, transport === 'tls' ? 'secureConnect' : 'connect');
  client.write('one\n');
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await server.close();
  expect(await failure).toBe('ECONNRESET');
  expect({ heard, ended }).toEqual({ heard: ['one\n'], ended: 1 });
  client.destroy();
});
