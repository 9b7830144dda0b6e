import { parseJson } from '@daybook/protocol';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, Daybook } from '../harness/daybook.ts';

let daybook: Daybook;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  daybook = await Daybook.start();
  tokens['admin'] = ADMIN;
  tokens['none'] = '';
  tokens['forged'] = 'dbk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  for (const role of ['producer', 'auditor']) {
    tokens[role] = (await daybook.cli(['token', 'create', '--role', role, '--name', `${role}-1`])).out.trim();
  }
  await daybook.send([{ user_id: 'a', event_type: 'read', resource: '/x' }], { query: '?wait=committed' });
  await daybook.indexed();
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
});

const EVENT = JSON.stringify({ user_id: 'a', event_type: 'read', resource: '/x' });
const post = (body: string, type = 'application/json') => ({ method: 'POST', body, headers: { 'content-type': type } });

/** Per request: the status for admin, auditor, producer, no token, a forged one. */
const MATRIX: readonly (readonly [string, RequestInit, readonly number[]])[] = [
  ['/v1/events', post(EVENT), [200, 403, 200, 401, 401]],
  ['/v1/events?user_id=a', {}, [200, 200, 403, 401, 401]],
  ['/v1/events/routine/0', {}, [200, 200, 403, 401, 401]],
  ['/v1/events/routine/0/proof', {}, [200, 200, 403, 401, 401]],
  ['/v1/exports', {}, [200, 200, 403, 401, 401]],
  ['/v1/exports', post('{}'), [400, 400, 403, 401, 401]],
  ['/v1/exports/none', {}, [404, 404, 403, 401, 401]],
  ['/v1/exports/none/file', {}, [404, 404, 403, 401, 401]],
  ['/v1/exports/none', { method: 'DELETE' }, [404, 404, 403, 401, 401]],
  ['/sql?query=SELECT%201', {}, [200, 200, 403, 401, 401]],
  ['/sql', post('SELECT 1', 'text/plain'), [200, 200, 403, 401, 401]],
  ['/logs/routine/tile/entries/000.p/1', {}, [200, 200, 403, 401, 401]],
  ['/logs/routine/tile/0/000.p/1', {}, [200, 200, 200, 200, 200]],
  ['/logs/routine/checkpoint', {}, [200, 200, 200, 200, 200]],
  ['/healthz', {}, [200, 200, 200, 200, 200]],
  ['/v1/whoami', {}, [200, 200, 200, 401, 401]],
  ['/v1/tokens', {}, [200, 403, 403, 401, 401]],
  ['/v1/tokens', post('{"role":"admin"}'), [400, 403, 403, 401, 401]],
  ['/v1/reindex', { method: 'POST' }, [200, 403, 403, 401, 401]],
]; // biome-ignore format: a table, one row a line

/** The files below a directory that hold a text. The engine merges and removes parts meanwhile: what went away between the listing and the look is in another file. */
function filesWith(text: string, dir: string): string[] {
  return whileItIsThere(() => readdirSync(dir, { withFileTypes: true }), []).flatMap((item) => {
    const at = path.join(dir, item.name);
    if (item.isDirectory()) return filesWith(text, at);
    return item.isFile() && whileItIsThere(() => readFileSync(at).includes(text), false) ? [at] : [];
  });
}

function whileItIsThere<T>(look: () => T, gone: T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return gone;
    throw error;
  }
}

describe('roles', () => {
  it.each(MATRIX)('%s', async (at, init, expected) => {
    const statuses = [];
    for (const who of ['admin', 'auditor', 'producer', 'none', 'forged']) {
      const response = await daybook.fetch(at, { ...init, token: tokens[who] ?? '' });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    expect(statuses).toEqual(expected);
  });

  it('a producer may claim only its own sources, tenants and src; nobody what only the server says', async () => {
    const token = tokens['producer'] ?? '';
    const code = async (more: object) => {
      const reply = (await (await daybook.send([{ user_id: 'a', event_type: 'x', resource: 'r', ...more }], { token })).json()) as {
        rejected: { code: string }[];
      };
      return reply.rejected[0]?.code ?? 'accepted';
    };
    expect(await code({})).toBe('accepted');
    expect(await code({ source: 'producer-1' })).toBe('accepted');
    expect(await code({ src: 'producer-1/a', sseq: 1 })).toBe('accepted');
    for (const claim of [
      { source: 'other' },
      { src: 'other/a', sseq: 1 },
      { category: 'audit' },
      { event_type: 'daybook.start' },
      { kind: 'daybook.start' },
      { log: 'routine' },
      { recorded_at: '2020-01-01T00:00:00Z' },
    ])
      expect({ claim, code: await code(claim) }).not.toMatchObject({ code: 'accepted' });
  });

  it('a revoked token ends at once', async () => {
    const made = parseJson((await daybook.cli(['token', 'create', '--role', 'auditor', '--name', 'brief', '--json'])).out) as {
      id: string;
      token: string;
    };
    expect((await daybook.fetch('/sql?query=SELECT%201', { token: made.token })).status).toBe(200);
    expect((await daybook.cli(['token', 'revoke', made.id])).status).toBe(0);
    expect((await daybook.fetch('/sql?query=SELECT%201', { token: made.token })).status).toBe(401);
    const { out } = await daybook.cli(['token', 'list', '--json']);
    expect(out).not.toContain(made.token);
    // Its hash is all that Daybook keeps of it, in the control state as in the ledger.
    expect(filesWith(made.token, daybook.data)).toEqual([]);
    // That a text which is kept would have been found.
    expect(filesWith(made.id, daybook.data)).not.toEqual([]);
  });
});
