import { parseJson } from '@daybook/protocol';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, Daybook } from '../harness/daybook.ts';

/** The two examples of the contract: accepted unchanged. */
const FIRST =
  '{"timestamp":"2023-11-04T12:34:56Z","userId":"user_12345","eventType":"update","resource":"document_56789","ipAddress":"192.168.0.1"}';
const SECOND =
  '{"timestamp":"2023-10-21T15:32:00Z","user_id":"U12345","resource_accessed":"/secure-data","result":"success","ip_address":"192.168.1.10"}';
const QUERY = "SELECT * FROM access_logs WHERE user_id = 'U12345' AND timestamp > '2023-10-01';";

let daybook: Daybook;
beforeAll(async () => {
  daybook = await Daybook.start();
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
});

async function post(body: string | Buffer, type: string, headers: Record<string, string> = {}) {
  const response = await daybook.fetch('/v1/events', { method: 'POST', body, headers: { 'content-type': type, ...headers } });
  return {
    status: response.status,
    reply: (await response.json()) as { accepted: number; receipts: { log: string; first_idx: number; last_idx: number }[] },
  };
}

describe('the first hour', () => {
  it('takes both examples, single, in an array, as NDJSON, and packed', async () => {
    const json = 'application/json';
    const lines = 'application/x-ndjson';
    expect(await post(FIRST, json)).toMatchObject({
      status: 200,
      reply: { accepted: 1, rejected: [], duplicates: [], receipts: [{ log: 'routine', first_idx: 0, last_idx: 0 }] },
    });
    expect(await post(SECOND, json)).toMatchObject({
      status: 200,
      reply: { accepted: 1, receipts: [{ log: 'routine', first_idx: 1, last_idx: 1 }] },
    });
    expect(await post(`[${FIRST},${FIRST}]`, json)).toMatchObject({ status: 200, reply: { accepted: 2 } });
    expect(await post(`${FIRST}\n${FIRST}\n`, lines)).toMatchObject({ status: 200, reply: { accepted: 2 } });
    expect(await post(gzipSync(`${FIRST}\n`), lines, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 200,
      reply: { accepted: 1 },
    });
    await daybook.indexed();
  });

  it('answers the query of the contract with the second alone', async () => {
    const { status, out, err } = await daybook.cli(['query', '--format', 'JSON', QUERY]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { data } = parseJson(out) as { data: Record<string, unknown>[] };
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      user_id: 'U12345',
      event_type: 'access',
      action: 'access',
      outcome: 'success',
      resource: '/secure-data',
      ip_address: '::ffff:192.168.1.10',
      log: 'routine',
    });
  });

  it('normalises the first: event type and action update, outcome unknown', async () => {
    expect(
      await daybook.sql("SELECT DISTINCT event_type, action, outcome, toString(ip) FROM access_logs WHERE user_id = 'user_12345'"),
    ).toBe('update\tupdate\tunknown\t192.168.0.1');
  });

  it('keeps good items whatever their neighbours are', async () => {
    expect(await post(`${FIRST}\nnothing\n{"user_id":1e400}\n${FIRST}`, 'application/x-ndjson')).toMatchObject({
      status: 207,
      reply: { accepted: 2, rejected: [{ item: 1 }, { item: 2 }] },
    });
    expect(await post('nothing', 'application/x-ndjson')).toMatchObject({ status: 400, reply: { accepted: 0, rejected: [{ item: 0 }] } });
  });

  it('proves, looks up, and answers with a committed checkpoint', async () => {
    const committed = await daybook.send([parseJson(FIRST)], { query: '?wait=committed' });
    const { receipts, checkpoints } = (await committed.json()) as {
      receipts: { log: string; first_idx: number }[];
      checkpoints: Record<string, string>;
    };
    const [receipt] = receipts;
    const size = Number(checkpoints['routine']?.split('\n')[1]);
    expect(size).toBeGreaterThan(receipt?.first_idx ?? Infinity);
    expect(await daybook.cli(['proof', 'routine', '0'])).toMatchObject({
      status: 0,
      out: expect.stringContaining('c2sp.org/tlog-proof@v1\n'),
    });
    expect(await daybook.cli(['proof', '--check', 'routine', '1'])).toMatchObject({
      status: 0,
      out: expect.stringContaining('OK: nothing is wrong'),
    });
    const found = (await (await daybook.fetch('/v1/events?user_id=U12345&from=2023-10-01')).json()) as {
      events: Record<string, unknown>[];
    };
    expect(found.events).toHaveLength(1);
  });

  it('imports a file, and adds nothing the second time', async () => {
    const file = path.join(daybook.home, 'app.ndjson.gz');
    const lines = Array.from({ length: 30_000 }, (_, i) =>
      JSON.stringify({
        ts: 1_700_000_000 + i,
        userId: `u${i % 97}`,
        eventType: 'page.view',
        path: `/p/${i}`,
        status: i % 11 === 0 ? 403 : 200,
        src: 'own',
        log: 'own',
      }),
    );
    writeFileSync(file, gzipSync(lines.join('\n')));
    const run = async () => parseJson((await daybook.cli(['import', '--format', 'json', '--json', file])).out) as Record<string, unknown>;
    expect(await run()).toMatchObject({ accepted: 30_000, duplicates: 0, rejected: 0 });
    expect(await run()).toMatchObject({ accepted: 0, duplicates: 30_000, rejected: 0 });
    await daybook.indexed();
    expect(
      await daybook.sql("SELECT count(), uniqExact(resource), countIf(outcome = 'denied') FROM access_logs WHERE event_type = 'page.view'"),
    ).toBe('30000\t30000\t2728');
  });

  it('hands over evidence that holds by itself', async () => {
    const made = await daybook.cli(['evidence', '--where', "user_id = 'U12345'", '-o', 'u.daybook']);
    expect(made).toMatchObject({ status: 0, err: '' });
    expect(
      await daybook.cli(['verify', 'u.daybook'], { env: { DAYBOOK_DATA: '/nonexistent', DAYBOOK_URL: 'http://127.0.0.1:9' } }),
    ).toMatchObject({ status: 0, out: expect.stringContaining('OK') });
  });

  it('verifies the directory, the server, the table and the tokens', async () => {
    for (const args of [
      ['verify', daybook.data],
      ['verify', daybook.url],
      ['verify', daybook.data, '--index', '--control'],
    ]) {
      const { status, out, err } = await daybook.cli(args);
      expect({ args, status, err, said: status === 0 ? 'OK' : out }).toEqual({ args, status: 0, err: '', said: 'OK' });
    }
  });

  it('rebuilds the table', async () => {
    const before = await daybook.sql("SELECT count() FROM access_logs WHERE kind = 'event'");
    expect(await daybook.cli(['reindex'])).toMatchObject({ status: 0 });
    await daybook.indexed();
    expect(await daybook.sql("SELECT count() FROM access_logs WHERE kind = 'event'")).toBe(before);
  });

  it('leaves credentials for the same user only', () => {
    expect(statSync(path.join(daybook.data, 'control', 'local.json')).mode & 0o777).toBe(0o600);
  });

  it('says with file, line and advice what is wrong with a setting', async () => {
    const home = path.join(daybook.home, 'other');
    mkdirSync(home);
    const file = path.join(home, 'daybook.yaml');
    writeFileSync(file, 'listen: 127.0.0.1:0\norigine: x\n');
    const { status, err } = await daybook.cli(['serve', '--config', file, '--data', path.join(home, 'data')]);
    expect(status).not.toBe(0);
    expect(err).toMatch(/daybook\.yaml:2[\s\S]*origine[\s\S]*origin/);
    expect(await daybook.cli(['serve', '--lisen', 'x'])).toMatchObject({ status: 2, err: expect.stringContaining('--listen') });
    expect((await daybook.cli(['status'], { env: { DAYBOOK_TOKEN: ADMIN } })).status).toBe(0);
  });
});
