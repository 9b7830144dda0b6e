import { DaybookError } from '@daybook/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';

/** So small that filling it takes a moment; the reserve holds some sixty reader-audit entries. */
const DISK_BYTES = 512 * 1024;
const TRIES_MAX = 10_000;

let server: WebServer;
beforeEach(async () => {
  server = await startWeb({ diskBytes: DISK_BYTES });
});
afterEach(async () => {
  await server.stop().catch(() => undefined);
  server.remove();
});

async function fill(): Promise<void> {
  for (let i = 0; i < TRIES_MAX; i++) {
    try {
      await server.append('routine', { resource: 'r'.repeat(2000), user_id: `u${i}` });
    } catch (error) {
      if (error instanceof DaybookError && error.code === 'disk_full') return;
      throw error;
    }
  }
  throw new Error('the disk never became full');
}

/** Asks until the answer is no longer 200. */
async function askUntilRefused(path: string): Promise<{ readonly answered: number; readonly status: number; readonly body: unknown }> {
  for (let answered = 0; answered < TRIES_MAX; answered++) {
    const answer = await server.get(path);
    if (answer.status !== 200) return { answered, status: answer.status, body: await answer.json() };
    await answer.arrayBuffer();
  }
  throw new Error('never refused');
}

test('on a full disk reads go on and stay recorded by the reserve; when it is spent they are refused too', async () => {
  await fill();
  expect((await server.get('/readyz', '')).status).toBe(503);
  const before = server.ledger.state('important').size;
  const events = await askUntilRefused('/v1/events/routine/0');
  expect(events.answered).toBeGreaterThan(5);
  expect(server.ledger.state('important').size).toBe(before + events.answered);
  expect(events).toMatchObject({ status: 503, body: { code: 'disk_full', advice: expect.any(String) } });
  for (const path of ['/logs/routine/tile/entries/000.p/1', '/v1/tail']) {
    expect(await askUntilRefused(path)).toMatchObject({ answered: 0, status: 503, body: { code: 'disk_full' } });
  }
  // What holds no events is served as before.
  for (const path of ['/logs', '/logs/routine/checkpoint', '/logs/routine/tile/0/000.p/1', '/healthz', '/v1/tokens']) {
    expect([path, (await server.get(path)).status]).toEqual([path, 200]);
  }
});

test('bundles are no longer folded while the disk is full: each reading asks the reserve', async () => {
  await server.ledger.committed('routine', 0);
  await server.append('routine', { user_id: 'first' });
  await server.ledger.committed('routine', 1);
  const path = '/logs/routine/tile/entries/000.p/1';
  expect((await server.get(path)).status).toBe(200);
  const before = server.ledger.state('important').size;
  expect((await server.get(path)).status).toBe(200);
  expect(server.ledger.state('important').size).toBe(before);
  await fill();
  const full = server.ledger.state('important').size;
  expect((await askUntilRefused(path)).answered).toBe(server.ledger.state('important').size - full);
});

test('a token made on a full disk works; its entry waits in the outbox until there is room', async () => {
  await fill();
  await askUntilRefused('/v1/events/routine/0');
  const secret = await server.token('auditor', 'anna');
  expect((await server.get('/v1/whoami', secret)).status).toBe(200);
  expect(await server.base.control.outbox.pending(10)).toHaveLength(1);
});
