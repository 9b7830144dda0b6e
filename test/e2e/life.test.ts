import { parseJson } from '@daybook/protocol';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Daybook, environment, isAlive, PROGRAM } from '../harness/daybook.ts';
import { until } from '../harness/until.ts';

let daybook: Daybook;
afterEach(async () => {
  await daybook.kill();
  daybook.remove();
});

const event = (n: number) => ({ event_id: `e${n}`, user_id: `u${n}`, event_type: 'read', resource: '/x', outcome: 'success' });

describe('start and end', () => {
  it('drains, signs and ends within 10 s of SIGTERM, and goes on where it was', async () => {
    daybook = await Daybook.start();
    const reply = await daybook.send(Array.from({ length: 500 }, (_, n) => event(n)));
    expect(reply.status).toBe(200);
    const end = await daybook.stop();
    expect(end.code).toBe(0);
    expect(end.ms).toBeLessThan(10_000);
    // The last signed head covers all that there is.
    const [, size] = readFileSync(path.join(daybook.data, 'ledger', 'last-signed', 'routine'), 'utf8').split('\n');
    expect(size).toBe('500');
    daybook = await Daybook.start({ home: daybook.home });
    const again = (await (await daybook.send([event(0), event(500)])).json()) as {
      accepted: number;
      duplicates: unknown[];
      receipts: unknown[];
    };
    expect(again).toMatchObject({
      accepted: 1,
      duplicates: [{ item: 0, log: 'routine', idx: 0 }],
      receipts: [{ log: 'routine', first_idx: 500, last_idx: 500 }],
    });
    await daybook.indexed();
    expect(await daybook.sql("SELECT count(), uniqExact(user_id) FROM access_logs WHERE kind = 'event'")).toBe('501\t501');
  });

  it('shows a generated admin token once, and one that works', async () => {
    daybook = await Daybook.start({ env: { DAYBOOK_ADMIN_TOKEN: '' } });
    const token = await until('the token is printed', () => /DAYBOOK_TOKEN=(dbk_\S+)/.exec(daybook.output)?.[1], { ms: 10_000 });
    expect(daybook.output.split(token)).toHaveLength(2);
    expect((await daybook.fetch('/v1/whoami', { token })).status).toBe(200);
    await daybook.stop();
    daybook = await Daybook.start({ home: daybook.home, env: { DAYBOOK_ADMIN_TOKEN: '' } });
    expect((await daybook.fetch('/v1/whoami', { token })).status).toBe(200);
    expect(daybook.output).not.toContain('dbk_');
  });

  it('`npm start` ends only after the server has ended', async () => {
    daybook = await Daybook.start({ command: ['npm', 'start', '--silent'] });
    const server = (parseJson(readFileSync(path.join(daybook.data, 'control', 'local.json'), 'utf8')) as { pid: number }).pid;
    expect(isAlive(server)).toBe(true);
    daybook.child.kill('SIGTERM');
    await once(daybook.child, 'exit');
    expect(isAlive(server)).toBe(false);
    const [, size] = readFileSync(path.join(daybook.data, 'ledger', 'last-signed', 'important'), 'utf8').split('\n');
    expect(Number(size)).toBeGreaterThan(0);
  });

  it('refuses a second server on the same data', async () => {
    daybook = await Daybook.start({ wait: 'listening' });
    const second = await daybook.cli(['serve']);
    expect(second.status).not.toBe(0);
    expect(second.err + second.out).toMatch(/another|second|lock/i);
  });
});

describe('tail', () => {
  it('shows what comes, filtered, over a restart of the server', async () => {
    daybook = await Daybook.start({ wait: 'listening', env: { DAYBOOK_LISTEN: '127.0.0.1:0' } });
    const port = new URL(daybook.url).port;
    const child = spawn(process.execPath, [PROGRAM, 'tail', '--outcome', 'denied'], {
      cwd: daybook.home,
      env: environment(daybook.home, { DAYBOOK_URL: daybook.url, DAYBOOK_TOKEN: 'harness-admin-token-0123456789abcdef' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    try {
      const denied = (n: number) => ({ ...event(n), outcome: 'denied', user_id: `d${n}\u001B[2J` });
      // Sent until it is seen: the tail may not yet be connected when the first arrives.
      let n = 1000;
      await until('the first denied event is shown', async () => {
        await daybook.send([event(n), denied(n + 1)]);
        n += 2;
        return out.includes('denied') ? true : undefined;
      }, { ms: 20_000, everyMs: 200 }); // biome-ignore format: one thought
      await daybook.stop();
      daybook = await Daybook.start({ home: daybook.home, wait: 'listening', env: { DAYBOOK_LISTEN: `127.0.0.1:${port}` } });
      await daybook.send([event(1), denied(2)]);
      await until('the event after the restart is shown', () => (out.includes('d2\\x1b[2J read /x: denied') ? true : undefined), {
        ms: 30_000,
      });
      expect(out).not.toContain('success');
      expect(out).not.toContain('\u001B');
      const lines = out.trim().split('\n');
      expect(new Set(lines).size).toBe(lines.length);
    } finally {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    expect(child.exitCode).toBe(0);
  });
});
