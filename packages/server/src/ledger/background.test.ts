import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SEGMENT_ENTRIES, checkLedger } from '@daybook/logfiles';
import { parseTlogProof, parseVerifierKey, verifyTlogProof } from '@daybook/tlog';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Files } from '../base/files.ts';
import { openFiles } from '../base/files-real.ts';
import { openLedgerWith } from './open-ledger.ts';
import { tempDir, testBatch, testOptions } from './test-ledger.ts';
import type { Ledger } from './types.ts';
import { type Kept, thinned } from './thinning.ts';

let temp: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  temp = await tempDir();
});
afterEach(() => temp.remove());

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 3000) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('sealing', () => {
  test('a full segment is compressed, checked and read back the same, also after a restart', { timeout: 60_000 }, async () => {
    const options = testOptions(temp.dir, { limits: { sealIntervalMs: 5, ringBytes: 0 } });
    let ledger = await openLedgerWith(options);
    const count = SEGMENT_ENTRIES + 10;
    for (let i = 0; i < count; i += 1000) await ledger.append('routine', testBatch(Math.min(1000, count - i), `s${i}`));
    const before = await ledger.entry('routine', 12_345);
    const segments = path.join(temp.dir, 'ledger', 'logs', 'routine', 'segments');
    await until(async () => (await readdir(segments)).join(' ') === '0000000000.seg 0000000001.open');
    expect(await ledger.entry('routine', 12_345)).toEqual(before);
    await ledger.close();
    ledger = await openLedgerWith(testOptions(temp.dir, { limits: { ringBytes: 0 } }));
    expect(await ledger.entry('routine', 12_345)).toEqual(before);
    const key = parseVerifierKey(ledger.verifierKeys().find((line) => line.includes('/routine+')) ?? '');
    for (const idx of [0, 12_345, SEGMENT_ENTRIES - 1, SEGMENT_ENTRIES, count - 1])
      verifyTlogProof(parseTlogProof(await ledger.proof('routine', idx)), await ledger.entry('routine', idx), key);
    let next = 0;
    for await (const chunk of ledger.read('routine', 0, count)) {
      expect(chunk.firstIdx).toBe(next);
      next += chunk.count;
    }
    expect(next).toBe(count);
    await ledger.close();
    expect((await checkLedger({ ledgerDir: path.join(temp.dir, 'ledger'), workers: 0 })).findings).toEqual([]);
  });
});

test('a read sees what is durable and no more while a round crosses the end of a segment', { timeout: 60_000 }, async () => {
  const real = openFiles();
  const seen: number[] = [];
  let ledger: Ledger | undefined;
  const files: Files = {
    ...real,
    // The next segment's name is being made durable: the round's first part is written, but not accepted.
    async syncDir(dir) {
      await real.syncDir(dir);
      if (ledger === undefined || !dir.endsWith('segments')) return;
      for await (const chunk of ledger.read('routine', SEGMENT_ENTRIES - 300, SEGMENT_ENTRIES - 3)) seen.push(chunk.count);
      await expect(ledger.entry('routine', SEGMENT_ENTRIES - 3)).rejects.toThrow('has no entry');
    },
  };
  const opened = await openLedgerWith(testOptions(temp.dir, { files, limits: { ringBytes: 0, sealIntervalMs: 60_000 } }));
  await opened.append('routine', testBatch(SEGMENT_ENTRIES - 3));
  ledger = opened;
  await opened.append('routine', testBatch(10));
  expect(seen.reduce((sum, count) => sum + count, 0)).toBe(297);
  await opened.close();
});

describe('tail', () => {
  test('gives what was there and what comes, in order, from disk or memory, and ends when told to', async () => {
    for (const ringBytes of [0, 1 << 20]) {
      const dir = path.join(temp.dir, String(ringBytes));
      const ledger = await openLedgerWith(testOptions(dir, { limits: { ringBytes } }));
      await ledger.append('routine', testBatch(300, 'old'));
      const stop = new AbortController();
      const seen: string[] = [];
      const following = (async () => {
        for await (const chunk of ledger.tail('routine', 250, stop.signal))
          for (let i = 0; i < chunk.count; i++)
            seen.push(/"resource":"([^"]+)"/.exec(chunk.bytes.toString('utf8', chunk.starts[i], chunk.ends[i]))?.[1] ?? '');
      })();
      for (let i = 0; i < 20; i++) await ledger.append('routine', testBatch(2, `new${i}`));
      await until(() => seen.length >= 90);
      stop.abort();
      await following;
      expect(seen.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => `old-${250 + i}`));
      expect(seen.slice(50)).toEqual(Array.from({ length: 40 }, (_, i) => `new${Math.floor(i / 2)}-${i % 2}`));
      await ledger.close();
    }
  });
});

describe('checkpoint sinks', () => {
  test('a directory and a webhook get the head; one that fails is counted and holds nothing up', async () => {
    const posted: string[] = [];
    const sink = path.join(temp.dir, 'sink');
    const options = testOptions(temp.dir, {
      checkpointSinks: [sink, 'https://witness.example/heads', 'https://down.example/'],
      postText: async (url, body) => {
        if (url.includes('down')) throw new Error('unreachable');
        posted.push(body);
      },
      limits: { sinkIntervalMs: 5 },
    });
    const ledger = await openLedgerWith(options);
    await ledger.append('routine', testBatch(3));
    const note = await ledger.committed('routine', 3);
    await until(() => posted.includes(note));
    const copies = path.join(sink, 'test.example%2Froutine');
    await until(async () => (await readdir(copies).catch((): string[] => [])).includes('3'));
    expect(await readFile(path.join(copies, '3'), 'utf8')).toBe(note);
    await until(async () => /daybook_checkpoint_sink_failed_total\{kind="webhook"\} [1-9]/.test(await options.metrics.metrics()));
    await ledger.close();
  });
});

describe('thinning of kept heads', () => {
  const hour = 3_600_000;
  const f = (ages: readonly number[], gone: readonly number[]): void => {
    const now = 1_000_000 * hour;
    const kept: Kept[] = ages.map((age, i) => ({ size: i + 1, atMs: now - age }));
    expect(thinned(kept, now)).toEqual(gone);
  };

  test('all of an hour, one a minute of a day, one an hour for ever, never the newest', () => {
    f([], []);
    f([hour, hour - 1, hour - 2, 0], []);
    f([2 * hour, 2 * hour - 1000, 2 * hour - 2000, 2 * hour - 60_000, 0], [2, 3]);
    f([30 * hour, 30 * hour - 1000, 30 * hour - 300_000, 29 * hour, 0], [2, 3]);
    f([40 * hour, 40 * hour - 1, 40 * hour - 2], [2]);
  });
});
