/**
 * The attacks that a ledger must show, each with its own finding. Where each is tested:
 *
 *   edit a byte of an entry (checksum as it was, checksum made right)   here
 *   delete, insert, duplicate, swap entries                             here
 *   swap two segment files                                              here
 *   edit only the index row                                             packages/server/src/query (verify --index)
 *   flip a tile byte; tile too short, too long, missing                 here
 *   wrong partial width; 64-byte entry shaped like a node; duplicated odd leaf; proofs with extra, missing or reordered hashes; idx ≥ size;
 *   sizes with leading zero, sign, > 2^53; non-canonical base64, CRLF; unknown key with the same id; other origin with the same key
 *                                                                       packages/tlog/src
 *   truncate and stop; truncate and continue; an old snapshot with and without the last-signed record; two heads of one size; a fork; a stale
 *   head; a second writer; a log recreated with the same origin         attacks-history.test.ts
 *   unknown file, flipped signature, changed keys, blobs, any byte      attacks-files.test.ts
 *   crashes                                                             packages/server/src/ledger/crash*.test.ts, kill*.test.ts
 */
import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { isBadFrame, scanFrames } from '@daybook/logfiles';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AttackedLedger, codes, flip, otherUser, places, removeAttacked, until } from './attacked-ledger.ts';

/** 600 entries in one open segment. */
let small: AttackedLedger;
/** Two sealed segments and an open one. */
let large: AttackedLedger;

beforeAll(async () => {
  small = new AttackedLedger();
  await small.grow(600, 'e');
  large = new AttackedLedger();
  await large.grow(2 * 65_536 + 700, 'e');
  const server = await large.open();
  await until(() => existsSync(large.segment(1, 'seg')) && !existsSync(large.segment(1, 'open')));
  await server.close();
});

afterAll(() => {
  small.remove();
  large.remove();
});

afterEach(removeAttacked);

test('ledgers that nobody touched have no finding', async () => {
  for (const base of [small, large]) {
    const result = await base.check();
    expect(result.findings).toEqual([]);
    expect(result.notes).toEqual([]);
  }
  expect((await large.check()).checked['events']).toBe(2 * 65_536 + 700);
});

describe('entries of an open segment', () => {
  test('a byte is edited, the checksum is as it was', async () => {
    const ledger = small.attacked();
    const file = ledger.segment(0, 'open');
    flip(file, readFileSync(file).indexOf('"u1"') + 2);
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'frame_checksum', 'root_mismatch']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 0-255']);
    expect(places(result, 'frame_checksum')).toEqual(['routine 0-499']);
  });

  test('a byte is edited, and the checksum made right', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.with(300, otherUser(entries[300])));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 256-511']);
  });

  test('a byte is edited behind the last full bundle, and the checksum made right', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.with(599, otherUser(entries[599])));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['root_mismatch']);
    expect(places(result, 'root_mismatch')).toEqual(['routine 500-599']);
  });

  test('an entry is made other JSON of the same meaning', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.with(10, Buffer.from((entries[10] ?? '').toString().replace('{"action"', '{ "action"'))));
    const result = await ledger.check();
    expect(codes(result)).toContain('entry_not_canonical');
    expect(places(result, 'entry_not_canonical')).toEqual(['routine 10-10']);
  });

  test('an entry is deleted', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.toSpliced(100, 1));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entries_missing', 'entry_mismatch', 'root_mismatch']);
    expect(places(result, 'entries_missing')).toEqual(['routine 599-599']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 0-511']);
  });

  test('an entry is inserted', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.toSpliced(100, 0, otherUser(entries[100])));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 0-511']);
  });

  test('an entry is duplicated', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.toSpliced(300, 1, entries[299] ?? Buffer.alloc(0)));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 256-511']);
  });

  test('two entries are swapped', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.with(3, entries[4] ?? Buffer.alloc(0)).with(4, entries[3] ?? Buffer.alloc(0)));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 0-255']);
  });

  test('two entries of different times are swapped', async () => {
    const ledger = small.attacked();
    ledger.editEntries(0, (entries) => entries.with(10, entries[550] ?? Buffer.alloc(0)).with(550, entries[10] ?? Buffer.alloc(0)));
    expect(codes(await ledger.check())).toContain('entry_time');
  });

  test('a whole write is removed', async () => {
    const ledger = small.attacked();
    const file = ledger.segment(0, 'open');
    const bytes = readFileSync(file);
    const [first] = scanFrames(bytes, 0);
    if (first === undefined || isBadFrame(first)) throw new Error('the fixture has two frames');
    writeFileSync(file, bytes.subarray(first.end));
    const result = await ledger.check();
    expect(codes(result)).toContain('frame_order');
    expect(places(result, 'frame_order')).toEqual(['routine 0-499']);
  });

  test('a whole write is doubled', async () => {
    const ledger = small.attacked();
    const file = ledger.segment(0, 'open');
    const bytes = readFileSync(file);
    const [first] = scanFrames(bytes, 0);
    if (first === undefined || isBadFrame(first)) throw new Error('the fixture has two frames');
    writeFileSync(file, Buffer.concat([bytes.subarray(0, first.end), bytes]));
    expect(codes(await ledger.check())).toEqual(['frame_order']);
  });

  test('the newest write is torn off: that a head covered it shows', async () => {
    const ledger = small.attacked();
    const file = ledger.segment(0, 'open');
    truncateSync(file, readFileSync(file).length - 1);
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entries_missing']);
    expect(places(result, 'entries_missing')).toEqual(['routine 500-599']);
  });
});

describe('entries of a sealed segment', () => {
  test('a compressed byte is flipped', async () => {
    const ledger = large.attacked();
    flip(ledger.segment(0, 'seg'), 20_000);
    expect(codes(await ledger.check())).toContain('segment_damaged');
  });

  test('an entry is edited, and all of the file made right again', async () => {
    const ledger = large.attacked();
    ledger.editSealed(1, (entries) => entries.with(1000, otherUser(entries[1000])));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 66304-66559']);
  });

  test('an entry is deleted and one is put in', async () => {
    const ledger = large.attacked();
    ledger.editSealed(0, (entries) => [...entries.toSpliced(300, 1), otherUser(entries.at(-1))]);
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 256-65535']);
  });

  test('two segment files are swapped', async () => {
    const ledger = large.attacked();
    const aside = `${ledger.root}/aside`;
    renameSync(ledger.segment(0, 'seg'), aside);
    renameSync(ledger.segment(1, 'seg'), ledger.segment(0, 'seg'));
    renameSync(aside, ledger.segment(1, 'seg'));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'entry_time', 'root_mismatch', 'segment_moved']);
    expect(places(result, 'segment_moved')).toEqual(['routine 0-65535', 'routine 65536-131071']);
  });

  test('a segment file is removed', async () => {
    const ledger = large.attacked();
    rmSync(ledger.segment(0, 'seg'));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['segment_missing']);
    expect(places(result, 'segment_missing')).toEqual(['routine 0-65535']);
  });

  test('a segment file is cut off', async () => {
    const ledger = large.attacked();
    truncateSync(ledger.segment(1, 'seg'), 100_000);
    expect(places(await ledger.check(), 'segment_damaged')).toEqual(['routine 65536-131071']);
  });
});

describe('tiles', () => {
  test('a byte of level 1 is flipped', async () => {
    const ledger = large.attacked();
    flip(ledger.at('logs', 'routine', 'tiles', '1'), 5 * 32 + 7);
    const result = await ledger.check();
    expect(codes(result)).toEqual(['tile_mismatch']);
    expect(places(result, 'tile_mismatch')).toEqual(['routine 1280-1535']);
  });

  test('a byte of level 2 is flipped', async () => {
    const ledger = large.attacked();
    flip(ledger.at('logs', 'routine', 'tiles', '2'), 40);
    const result = await ledger.check();
    expect(codes(result)).toEqual(['tile_mismatch']);
    expect(places(result, 'tile_mismatch')).toEqual(['routine 65536-131071']);
  });

  test('a tile and an entry of another bundle are changed', async () => {
    const ledger = large.attacked();
    flip(ledger.at('logs', 'routine', 'tiles', '1'), 300 * 32);
    ledger.editSealed(0, (entries) => entries.with(5, otherUser(entries[5])));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch', 'tile_mismatch']);
    expect(places(result, 'tile_mismatch')).toEqual(['routine 76800-77055']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 0-255']);
  });

  test('a tile file is cut off', async () => {
    const ledger = large.attacked();
    truncateSync(ledger.at('logs', 'routine', 'tiles', '1'), 500 * 32);
    const result = await ledger.check();
    expect(codes(result)).toEqual(['tile_width_wrong']);
    expect(places(result, 'tile_width_wrong')).toEqual(['routine 128000-131583']);
  });

  test('a tile file is made longer', async () => {
    const ledger = large.attacked();
    const file = ledger.at('logs', 'routine', 'tiles', '2');
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(32)]));
    expect(codes(await ledger.check())).toEqual(['tile_width_wrong']);
  });

  test('a tile file is removed', async () => {
    const ledger = large.attacked();
    rmSync(ledger.at('logs', 'routine', 'tiles', '2'));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['tile_missing']);
    expect(places(result, 'tile_missing')).toEqual(['routine 0-131071']);
  });
});
