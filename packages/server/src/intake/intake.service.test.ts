import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestServer, removeTestData, type TestServer } from '../capture/test-server.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };
let server: TestServer | undefined;
afterEach(async () => {
  if (server === undefined) return;
  await server.close().catch(() => undefined);
  removeTestData(server);
  server = undefined;
});

const item = (id: string, more: object = {}) => ({ user_id: 'u', action: 'read', resource: id, event_id: id, ...more });
const lines = (...items: object[]) => items.map((one) => JSON.stringify(one)).join('\n');
const restart = async (old: TestServer): Promise<TestServer> => {
  await old.close();
  return openTestServer({ dataDir: old.dataDir });
};
const ids = async (from: TestServer) => (await from.entries('routine')).filter((e) => e.kind === 'event').map((e) => e.event['event_id']);

describe('doubles by event_id', () => {
  it('are told with the place of the first copy, within a request too', async () => {
    server = await openTestServer();
    const first = await server.post(lines(item('a'), item('b'), item('a')), NDJSON);
    const at = first.reply.receipts[0]?.first_idx ?? -1;
    expect(first.reply).toMatchObject({ accepted: 2, duplicates: [{ item: 2, log: 'routine', idx: at }] });
    const again = await server.post(lines(item('c'), item('b')), NDJSON);
    expect(again.status).toBe(200);
    expect(again.reply).toMatchObject({ accepted: 1, duplicates: [{ item: 1, log: 'routine', idx: at + 1 }] });
    expect(await ids(server)).toEqual(['a', 'b', 'c']);
  });

  it('with another content are kept and flagged', async () => {
    server = await openTestServer();
    await server.post(lines(item('a')), NDJSON);
    const { reply } = await server.post(lines(item('a', { outcome: 'failure' })), NDJSON);
    expect(reply).toMatchObject({ accepted: 1, duplicates: [] });
    const entries = (await server.entries('routine')).filter((e) => e.kind === 'event');
    expect(entries.map((e) => e.event['attributes'])).toMatchObject([
      { daybook: { time: 'receive_time' } },
      { daybook: { duplicate_event_id: true } },
    ]);
  });

  it('are of one producer: two may use one id', async () => {
    server = await openTestServer();
    const headers = { ...NDJSON, authorization: `Bearer ${await server.producer('shop')}` };
    await server.post(lines(item('a')), NDJSON);
    expect((await server.post(lines(item('a')), headers)).reply).toMatchObject({ accepted: 1, duplicates: [] });
  });

  it('are told when their first copy is still on its way', async () => {
    server = await openTestServer();
    const body = lines(...Array.from({ length: 50 }, (_, i) => item(`x${i}`)));
    const one = server;
    const replies = await Promise.all(Array.from({ length: 8 }, () => one.post(body, NDJSON)));
    expect(replies.reduce((sum, { reply }) => sum + reply.accepted, 0)).toBe(50);
    for (const { reply } of replies) expect(reply.duplicates.every(({ idx }) => idx !== null)).toBe(true);
    expect(new Set(await ids(server)).size).toBe(50);
  });

  it('survive a restart, with the snapshot and without it', async () => {
    server = await openTestServer();
    const body = lines(item('a'), item('b', { sseq: 5, src: 'admin/w' }));
    const first = await server.post(body, NDJSON);
    const at = first.reply.receipts[0]?.first_idx ?? -1;
    server = await restart(server);
    const told = {
      accepted: 0,
      duplicates: [
        { item: 0, idx: at },
        { item: 1, idx: null },
      ],
    };
    expect((await server.post(body, NDJSON)).reply).toMatchObject(told);
    await server.post(lines(item('c')), NDJSON);
    const dedupe = path.join(server.dataDir, 'control', 'dedupe');
    await server.close();
    expect(readdirSync(dedupe)).toEqual(['ids-0000000000.bin', 'state.json']);
    for (const damage of ['remove', 'flip', 'cut'] as const) {
      const file = path.join(dedupe, damage === 'remove' ? 'state.json' : 'ids-0000000000.bin');
      const bytes = readFileSync(file);
      if (damage === 'remove') rmSync(file);
      else if (damage === 'cut') writeFileSync(file, bytes.subarray(0, -3));
      else {
        bytes[20] = (bytes[20] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      }
      server = await openTestServer({ dataDir: server.dataDir });
      const reply = (await server.post(lines(item('a'), item('b', { sseq: 5, src: 'admin/w' }), item('c')), NDJSON)).reply;
      expect({ damage, accepted: reply.accepted, doubles: reply.duplicates.length }).toEqual({ damage, accepted: 0, doubles: 3 });
      await server.close();
    }
    server = await openTestServer({ dataDir: server.dataDir });
    expect(await ids(server)).toEqual(['a', 'b', 'c']);
  });

  it('are completed out of the ledger behind an old snapshot', async () => {
    server = await openTestServer();
    await server.post(lines(item('a', { src: 'admin/w', sseq: 1 })), NDJSON);
    server = await restart(server);
    const state = path.join(server.dataDir, 'control', 'dedupe', 'state.json');
    const block = path.join(server.dataDir, 'control', 'dedupe', 'ids-0000000000.bin');
    const old = [readFileSync(state), readFileSync(block)] as const;
    await server.post(lines(item('b', { src: 'admin/w', sseq: 2 }), item('c')), NDJSON);
    await server.close();
    // As after a kill: the state of before, and a block that is newer than it.
    writeFileSync(state, old[0]);
    server = await openTestServer({ dataDir: server.dataDir });
    const body = lines(item('a', { src: 'admin/w', sseq: 1 }), item('b', { src: 'admin/w', sseq: 2 }), item('c'), item('d'));
    expect((await server.post(body, NDJSON)).reply).toMatchObject({ accepted: 1, duplicates: [{ item: 0 }, { item: 1 }, { item: 2 }] });
    await server.close();
    writeFileSync(state, old[0]);
    writeFileSync(block, old[1]);
    server = await openTestServer({ dataDir: server.dataDir });
    expect((await server.post(body, NDJSON)).reply).toMatchObject({ accepted: 0 });
  });
});

describe('doubles by src and sseq', () => {
  it('are told without a place', async () => {
    server = await openTestServer();
    const event = (sseq: number, src = 'admin/w1') => ({ user_id: 'u', action: 'read', src, sseq });
    await server.post(lines(event(1), event(2), event(4)), NDJSON);
    const { reply } = await server.post(lines(event(2), event(3), event(4), event(4, 'admin/w2')), NDJSON);
    expect(reply.accepted).toBe(2);
    expect(reply.duplicates).toEqual([
      { item: 0, log: 'routine', idx: null },
      { item: 2, log: 'routine', idx: null },
    ]);
  });
});

describe('what does not fit or is refused', () => {
  it('moves long fields to blobs that can be read', async () => {
    server = await openTestServer();
    const query = `SELECT '${'x'.repeat(100_000)}' -- password=geheim`;
    expect((await server.post(lines(item('a', { query_text: query })), NDJSON)).reply.accepted).toBe(1);
    const entry = (await server.entries('routine')).at(-1);
    const name = /"blob":"([0-9a-f]{64})"/.exec(entry?.text ?? '')?.[1] ?? '';
    expect((await server.ledger.getBlob(name))?.subarray(-21).toString()).toContain('sql_password]');
    expect(entry?.text).not.toContain('geheim');
  });

  it('puts refused items aside, redacted, one line each', async () => {
    server = await openTestServer();
    const bad = item('a', { severity: 77, password: 'geheim', note: 'Bearer abcdefghijklm', src: 'admin/w', sseq: 9 });
    await server.post(lines(bad, item('b')), NDJSON);
    await server.post('{"user_id":"u","user_id":"geheim"}', NDJSON);
    const dir = path.join(server.dataDir, 'ledger', 'quarantine');
    const [file = ''] = readdirSync(dir);
    expect(file).toMatch(/^\d{4}-\d\d-\d\d\.ndjson$/);
    const kept = readFileSync(path.join(dir, file), 'utf8').trimEnd().split('\n');
    expect(kept).toHaveLength(1);
    expect(JSON.parse(kept[0] ?? '')).toMatchObject({
      code: 'field_range',
      field: 'severity',
      producer: 'admin',
      src: 'admin/w',
      sseq: 9,
      item: { user_id: 'u', severity: 77, note: 'Bearer [redacted:bearer]' },
    });
    expect(kept[0]).not.toContain('geheim');
  });
});

describe('a very large request', () => {
  it('gets consecutive idx in its own order, whatever arrives meanwhile', async () => {
    server = await openTestServer();
    const one = server;
    // 12 MB each: several steps of the ledger.
    const large = (name: string) => lines(...Array.from({ length: 2000 }, (_, i) => item(`${name}${i}`, { reason: 'x'.repeat(6000) })));
    const done = new AbortController();
    const trickle = async (name: string) => {
      const small: Awaited<ReturnType<typeof one.post>>[] = [];
      while (!done.signal.aborted) small.push(await one.post(lines(item(`${name}${small.length}`)), NDJSON));
      return small;
    };
    const beside = Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(trickle));
    const both = await Promise.all([one.post(large('l'), NDJSON), one.post(large('m'), NDJSON)]);
    done.abort();
    const answers = [...both, ...(await beside).flat()];
    for (const { reply } of answers) expect(reply).toMatchObject({ rejected: [], receipts: [{ log: 'routine' }] });
    expect(answers.every(({ reply }) => reply.receipts.length === 1)).toBe(true);
    const kept = await ids(one);
    for (const name of ['l', 'm']) {
      const at = kept.indexOf(`${name}0`);
      expect(kept.slice(at, at + 2000)).toEqual(Array.from({ length: 2000 }, (_, k) => `${name}${k}`));
    }
    expect(kept).toHaveLength(4000 + answers.length - both.length);
  });
});
