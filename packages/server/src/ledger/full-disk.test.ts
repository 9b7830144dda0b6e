import { DaybookError } from '@daybook/protocol';
import { expect, test } from 'vitest';
import { FaultyFiles } from '../base/test-faulty-files.ts';
import { openLedgerWith } from './open-ledger.ts';
import { packed, testBatch, testOptions } from './test-ledger.ts';
import type { Ledger } from './types.ts';

const RESERVE = 128 * 1024;

function openOn(files: FaultyFiles): Promise<Ledger> {
  return openLedgerWith(
    testOptions('/disk', {
      files,
      lock: () => ({ release: () => undefined }),
      limits: { reserveBytes: RESERVE, resumeFreeBytes: 64 * 1024, checkpointIntervalMs: 1, spacePollMs: 1 },
    }),
  );
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof DaybookError) return error.code;
    throw error;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 2000) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Appends until the disk is full; returns how many events were acknowledged. */
async function fill(ledger: Ledger, disk: FaultyFiles): Promise<number> {
  let acked = 0;
  disk.capacityBytes = (await sizeOf(disk)) + 40_000;
  for (let i = 0; i < 1000; i++) {
    const code = await codeOf(ledger.append('routine', testBatch(100, `f${i}`)));
    if (code === 'disk_full') return acked;
    if (code !== 'ok') throw new Error(`refused as ${code}`);
    acked += 100;
  }
  throw new Error('the disk did not get full');
}

async function sizeOf(disk: FaultyFiles): Promise<number> {
  let bytes = 0;
  for (const [, content] of disk.contents()) bytes += content.length;
  return bytes;
}

test('a full disk refuses events and keeps nothing of them, records on the reserve until it is spent, and resumes by itself', async () => {
  const disk = new FaultyFiles();
  let ledger = await openOn(disk);
  const acked = await fill(ledger, disk);
  expect(acked).toBeGreaterThan(0);
  expect(ledger.state('routine').size).toBe(acked);
  expect(ledger.health()).toMatchObject({ ok: false, code: 'disk_full', reserveSpent: false });
  expect(await codeOf(ledger.append('important', testBatch(1)))).toBe('disk_full');
  expect(await codeOf(ledger.putBlob(Buffer.alloc(10)))).toBe('disk_full');

  // Reads stay on record until the reserve is spent.
  let recorded = 0;
  while ((await codeOf(ledger.record('daybook.read', { query_text: 'x'.repeat(5000) }))) === 'ok') recorded++;
  expect(recorded).toBeGreaterThan(10);
  expect(ledger.health()).toMatchObject({ ok: false, reserveSpent: true });

  // A start on the full disk reads, and refuses what it cannot keep.
  const important = ledger.state('important').size;
  await ledger.close();
  ledger = await openOn(disk);
  expect(ledger.state('important').size).toBeGreaterThanOrEqual(important);
  expect(await codeOf(ledger.append('routine', testBatch(1)))).toBe('disk_full');
  expect((await ledger.entry('routine', acked - 1)).toString()).toContain('-99"');

  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await until(() => ledger.health().ok);
  const receipt = await ledger.append('routine', testBatch(5, 'after'));
  expect(receipt.firstIdx).toBe(acked);
  await ledger.committed('routine', acked + 5);
  expect((await disk.stat('/disk/ledger/reserve'))?.bytes).toBe(RESERVE);
  await ledger.close();
});

test('more than may wait is refused as too busy, and what waits is kept', async () => {
  const disk = new FaultyFiles();
  const ledger = await openLedgerWith(
    testOptions('/disk', { files: disk, lock: () => ({ release: () => undefined }), limits: { pendingBytesMax: 20_000 } }),
  );
  const codes = await Promise.all(Array.from({ length: 10 }, (_, i) => codeOf(ledger.append('routine', testBatch(50, `b${i}`)))));
  const kept = codes.filter((code) => code === 'ok').length;
  expect(codes).toContain('too_busy');
  expect(ledger.state('routine').size).toBe(kept * 50);
  expect(await codeOf(ledger.append('routine', testBatch(1, 'later')))).toBe('ok');
  await ledger.close();
});

test('an entry that is too long refuses its batch whole, and leaves no trace in the next one', async () => {
  const disk = new FaultyFiles();
  const ledger = await openLedgerWith(testOptions('/disk', { files: disk, lock: () => ({ release: () => undefined }) }));
  const batch = testBatch(3, 'long');
  const events = packed(['{"action":"read"}', `{"resource":"${'ü'.repeat(33_000)}"}`, '{"action":"list"}']);
  const first = ledger.append('routine', testBatch(2, 'first'));
  expect(await codeOf(ledger.append('routine', { ...batch, ...events }))).toBe('bad_request');
  const longest = { ...testBatch(1), ...packed([`{"resource":"${'ü'.repeat(32_600)}"}`]) };
  const receipts = await Promise.all([first, ledger.append('routine', longest), ledger.append('routine', testBatch(2, 'next'))]);
  expect(receipts.map(({ firstIdx }) => firstIdx)).toEqual([0, 2, 3]);
  expect((await ledger.entry('routine', 2)).toString()).toContain('üü"},"kind":"event"');
  await ledger.committed('routine', 5);
  await ledger.close();
});
