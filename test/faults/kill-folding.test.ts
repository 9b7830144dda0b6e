import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';
import { seeded } from '../harness/load.ts';

/** DAYBOOK_LONG=1 is the long mode; DAYBOOK_SEED repeats a run. */
const ROUNDS = process.env['DAYBOOK_LONG'] === '1' ? 40 : 2;
const SEED = Number(process.env['DAYBOOK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const ROUND_MS = 30_000;
const LANES = 4;
const ITEMS = 200;
/** Three polls of one probe, and an order. */
const PERIOD = 4;
const SETTINGS = 'fold:\n  - { name: health, when: { resource: "/health*" }, window: 10m }\n';

let daybook: Daybook;
afterEach(async () => {
  await daybook.kill();
  daybook.remove();
});

/** Request `n`: every other one is known by ids, the others by counters of one instance. */
function batch(n: number): object[] {
  return Array.from({ length: ITEMS }, (_, i) => ({
    user_id: 'probe',
    action: 'read',
    outcome: 'success',
    resource: i % PERIOD === 0 ? `/orders/${n}-${i}` : '/healthz',
    timestamp: new Date(Date.UTC(2026, 1, 1) + 1000 * (n * ITEMS + i)).toISOString(),
    ...(n % 2 === 0 ? { event_id: `poll-${n}-${i}` } : { src: 'admin/probe', sseq: ((n - 1) / 2) * ITEMS + i }),
  }));
}

it(`kill -9 loses and doubles no folded event that was acknowledged (${ROUNDS} rounds, DAYBOOK_SEED=${SEED})`, {
  timeout: (ROUNDS + 1) * ROUND_MS,
}, async () => {
  const random = seeded(SEED);
  const home = mkdtempSync(path.join(os.tmpdir(), 'daybook-e2e-'));
  writeFileSync(path.join(home, 'daybook.yaml'), SETTINGS);
  daybook = await Daybook.start({ home });
  let next = 0;
  const acknowledged = new Set<number>();
  const lane = async (server: Daybook): Promise<void> => {
    for (;;) {
      const n = next++;
      const response = await server.send(batch(n)).catch(() => undefined);
      if (response === undefined) return;
      if (response.status === 200 && (await response.json().catch(() => undefined)) !== undefined) acknowledged.add(n);
    }
  };
  for (let round = 1; round <= ROUNDS; round++) {
    const lanes = Array.from({ length: LANES }, () => lane(daybook));
    await pause(50 + random() * 700);
    await daybook.kill();
    await Promise.all(lanes);
    daybook = await Daybook.start({ home, wait: 'listening' });
    // What was not acknowledged comes again, and what was, too: its answer may have been lost on a later way.
    for (let n = 0; n < next; n++) {
      const reply = (await (await daybook.send(batch(n))).json()) as { accepted: number; duplicates: unknown[]; rejected: unknown[] };
      const doubles = reply.duplicates.length;
      const told = { n, rejected: reply.rejected, all: reply.accepted + doubles, doubles };
      expect(told).toEqual({ n, rejected: [], all: ITEMS, doubles: acknowledged.has(n) ? ITEMS : doubles });
      acknowledged.add(n);
    }
  }
  expect(next).toBeGreaterThan(LANES * ROUNDS);
  await daybook.ready();
  await daybook.indexed();
  const sums = await daybook.sql(
    "SELECT sum(greatest(1, JSONExtractUInt(attributes, 'daybook', 'folded', 'count'))), countIf(resource = '/healthz') FROM access_logs WHERE kind = 'event'",
  );
  expect(sums).toBe(`${next * ITEMS}\t${next}`);
  const { status, out } = await daybook.cli(['verify', daybook.data, '--index', '--control']);
  expect({ status, said: status === 0 ? 'OK' : out }).toEqual({ status: 0, said: 'OK' });
});
