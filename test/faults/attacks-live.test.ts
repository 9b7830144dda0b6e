/** What is no attack: a ledger that a server writes to while it is checked, and one whose server was killed. And the threads of the check. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DirectoryLog, frameHeader, joinBundle } from '@daybook/logfiles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttackedLedger, batch, codes, flip, until } from './attacked-ledger.ts';

let ledger: AttackedLedger;

beforeAll(() => {
  ledger = new AttackedLedger();
});

afterAll(() => ledger.remove());

test('a log that grows, rolls and is sealed meanwhile has no finding', async () => {
  const server = await ledger.open();
  let written = 0;
  const stop = new AbortController();
  const write = async (): Promise<void> => {
    while (!stop.signal.aborted || written < 2.2 * 65_536) {
      await server.append('routine', batch(1000, 'live', written));
      written += 1000;
      // Leaves the processor to the check.
      await new Promise<void>((resolve) => setTimeout(resolve, 10));
    }
  };
  const done = write();
  for (let round = 0; round < 4; round++) {
    const before = written;
    const result = await ledger.check({ workers: 2 });
    expect(result.findings).toEqual([]);
    expect(result.checked['events'] ?? 0).toBeGreaterThanOrEqual(before - 1000);
  }
  stop.abort();
  await done;
  await until(() => existsSync(ledger.segment(1, 'seg')));
  expect((await ledger.check({ workers: 2 })).findings).toEqual([]);
  await server.close();
  const result = await ledger.check({ workers: 2 });
  expect(result.findings).toEqual([]);
  expect(result.checked['events']).toBe(written);
});

describe('a directory as a kill leaves it', () => {
  test('a torn last write and entries without a head are told, but no finding', async () => {
    const killed = ledger.copy();
    try {
      const log = new DirectoryLog(killed.dir, 'routine');
      const last = log.entry(log.size - 1) ?? Buffer.alloc(0);
      const file = killed.segment(Math.floor(log.size / 65_536), 'open');
      const payload = joinBundle([last]);
      const whole = Buffer.concat([frameHeader({ firstIdx: log.size, count: 1, payload: [payload] }), payload]);
      appendFileSync(file, whole);
      appendFileSync(file, whole.subarray(0, 100));
      const result = await killed.check();
      expect(result.findings).toEqual([]);
      expect(result.notes).toHaveLength(2);
      expect(new DirectoryLog(killed.dir, 'routine').size).toBe(log.size + 1);
    } finally {
      killed.remove();
    }
  });

  test('tile hashes beyond the signed size are told when they are not those of the entries', async () => {
    const killed = new AttackedLedger();
    try {
      await killed.grow(200, 'e');
      // A last write of 100 entries, whose head was never signed.
      const entry = new DirectoryLog(killed.dir, 'routine').entry(199) ?? Buffer.alloc(0);
      const payload = joinBundle(Array.from({ length: 100 }, () => entry));
      appendFileSync(killed.segment(0, 'open'), Buffer.concat([frameHeader({ firstIdx: 200, count: 100, payload: [payload] }), payload]));
      writeFileSync(killed.at('logs', 'routine', 'tiles', '1'), Buffer.alloc(32));
      const result = await killed.check();
      expect(result.findings).toEqual([]);
      expect(result.notes).toHaveLength(2);
    } finally {
      killed.remove();
    }
  });

  test('an open file that a sealed one has replaced already', async () => {
    const killed = ledger.copy();
    try {
      writeFileSync(killed.segment(0, 'open'), '');
      const result = await killed.check();
      expect(result.findings).toEqual([]);
      expect(result.notes).toHaveLength(1);
    } finally {
      killed.remove();
    }
  });
});

test('the reader gives every entry, from sealed and open segments, and the tiles', async () => {
  const log = new DirectoryLog(ledger.dir, 'routine');
  try {
    for (const idx of [0, 255, 256, 65_535, 65_536, log.size - 1]) expect(log.entry(idx)?.toString()).toContain(`"resource":"live-${idx}"`);
    expect(log.entry(log.size)).toBeUndefined();
    expect(log.entry(-1)).toBeUndefined();
    expect(log.tile(1, 0, 256)).toHaveLength(8192);
    expect(log.tile(2, 0, 2)).toHaveLength(64);
    expect(log.tile(2, 0, Math.floor(log.size / 65_536) + 1)).toBeUndefined();
    expect(log.tile(0, 3, 7)?.equals(log.leafTile(3)?.subarray(0, 7 * 32) ?? Buffer.alloc(0))).toBe(true);
    expect(log.tile(6, 0, 1)).toBeUndefined();
    expect(log.bundle(1e9)).toBeUndefined();
  } finally {
    log.close();
  }
});

test('threads find what the caller finds', async () => {
  const attacked = ledger.copy();
  const { size } = new DirectoryLog(ledger.dir, 'routine');
  try {
    flip(attacked.segment(0, 'seg'), 5000);
    flip(attacked.at('logs', 'routine', 'tiles', '2'), 33);
    const file = attacked.segment(Math.floor((size - 1) / 65_536), 'open');
    flip(file, readFileSync(file).indexOf('"u1"') + 2);
    const result = await attacked.check({ workers: 2 });
    expect(codes(result)).toEqual(codes(await attacked.check()));
    expect(codes(result)).toContain('segment_damaged');
  } finally {
    attacked.remove();
  }
});
