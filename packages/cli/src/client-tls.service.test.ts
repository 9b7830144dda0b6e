import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openClient } from './client.ts';
import { testIo } from './test-io.ts';

it('says what to do about a certificate of an authority that nobody knows', async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-client-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key', '-out', 'crt', '-subj', '/CN=x', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'], { cwd: dir, stdio: 'ignore' }); // biome-ignore format: one command
  const file = (name: string) => readFileSync(path.join(dir, name));
  const server = createServer({ cert: file('crt'), key: file('key') }, (_request, response) => response.end('{}'));
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { io } = testIo({ env: { DAYBOOK_URL: `https://127.0.0.1:${port}`, DAYBOOK_TOKEN: 't' } });
    const error = await (await openClient(io)).json('GET', '/').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unreachable', advice: expect.stringContaining('NODE_EXTRA_CA_CERTS') as unknown });
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
