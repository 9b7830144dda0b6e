import { describe, expect, test, vi } from 'vitest';
import { MemoryLog, numbered } from '../test-kit/memory-log.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type FsckOptions, fsck, type LogFetcher } from './fsck.ts';
import { HASH_BYTES } from './hash.ts';
import { createVerifier, signNote } from './note.ts';
import { parseTilePath } from './tile.ts';

vi.setConfig({ testTimeout: 60_000 });

// One level-2 hash would need 65,536 entries: `big` has it, the other tests make do with two full tiles and a partial one.
const SIZE = 2 * 256 + 77;

async function check(log: LogFetcher & Pick<MemoryLog, 'verifier'>, options: Partial<FsckOptions> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const { code, first, last, message } of fsck(log, { verifier: log.verifier, entries: true, ...options })) {
    expect(message).not.toBe('');
    found.push(first === undefined ? code : `${code} ${first}-${last}`);
  }
  return found;
}

function built(size = SIZE): MemoryLog {
  return new MemoryLog().add(...numbered(size));
}

/** A log in which the bytes at `path` were changed. */
function damaged(path: string, change: (bytes: Uint8Array) => Uint8Array | null, log = built()): MemoryLog {
  const bytes = log.whole(parseTilePath(path));
  if (bytes === undefined) throw new Error(`no tile ${path}`);
  log.damaged.set(path, change(bytes));
  return log;
}

const flip = (at: number) => (bytes: Uint8Array) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

describe('a whole log', () => {
  test.each([0, 1, 2, 255, 256, 257, SIZE])('of %i entries has no finding', async (size) => {
    const log = built(size);
    expect(await check(log)).toEqual([]);
    expect(await check(log, { entries: false })).toEqual([]);
  });

  test('of three tile levels, with every head that it ever signed', async () => {
    const log = new MemoryLog();
    for (const part of [1, 254, 1, 1, 65_279, 700]) log.add(...numbered(part, log.size));
    const heads = log.checkpoints.map((note) => openCheckpoint(note, log.verifier));
    expect(await check(log, { heads })).toEqual([]);
    expect(await check(damaged('tile/2/000.p/1', flip(5), log))).toEqual(['tile_mismatch 0-65535']);
  });

  test('says what it read', async () => {
    const progress: number[] = [];
    const entries: string[] = [];
    let size = 0;
    const options: Partial<FsckOptions> = {
      onHead: (head) => (size = head.size),
      onProgress: (done) => progress.push(done),
      onEntries: (bytes, firstIdx) => entries.push(...bytes.map((entry, i) => `${firstIdx + i} ${Buffer.from(entry).toString()}`)),
    };
    await check(built(), options);
    expect(size).toBe(SIZE);
    expect(progress).toEqual([256, 512, SIZE]);
    expect(entries).toEqual(numbered(SIZE).map((text, i) => `${i} ${text}`));
  });
});

describe('content', () => {
  const edits: [string, (entries: Uint8Array[]) => unknown, string[]][] = [
    ['a byte changed', (e) => e.splice(300, 1, Buffer.from('{"entry":3OO}')), ['entry_mismatch 300-300']],
    ['one deleted', (e) => e.splice(510, 1), ['entry_mismatch 510-511', 'bundle_missing 512-588']],
    ['one put in', (e) => e.splice(580, 0, Buffer.from('new')), ['entry_mismatch 580-588']],
    ['one doubled', (e) => e.splice(3, 1, ...e.slice(2, 3)), ['entry_mismatch 3-3']],
    ['two swapped', (e) => e.splice(5, 2, ...e.slice(5, 7).toReversed()), ['entry_mismatch 5-6']],
  ];

  test.each(edits)('%s', async (_name, edit, expected) => {
    const log = built();
    edit(log.entries);
    expect(await check(log)).toEqual(expected);
    expect(await check(log, { entries: false })).toEqual([]);
  });

  test('a bundle that is missing, cut or has bytes behind its end', async () => {
    expect(await check(damaged('tile/entries/001', () => null))).toEqual(['bundle_missing 256-511']);
    expect(await check(damaged('tile/entries/001', (bytes) => bytes.subarray(0, -1)))).toEqual(['bundle_malformed 256-511']);
    expect(await check(damaged('tile/entries/001', (bytes) => Buffer.concat([bytes, Buffer.of(0)])))).toEqual(['bundle_malformed 256-511']);
    expect(await check(damaged('tile/entries/001', (bytes) => Buffer.concat([bytes, Buffer.of(0, 0)])))).toEqual([
      'bundle_malformed 256-511',
    ]);
    expect(await check(damaged('tile/entries/002.p/77', () => new Uint8Array()))).toEqual(['bundle_malformed 512-588']);
  });
});

describe('tree', () => {
  test('a byte of a tile flipped: the entries are right, the tile is named', async () => {
    expect(await check(damaged('tile/0/000', flip(32 * 9)))).toEqual(['tile_mismatch 9-9']);
    expect(await check(damaged('tile/0/002.p/77', flip(0)))).toEqual(['tile_mismatch 512-512']);
    expect(await check(damaged('tile/1/000.p/2', flip(40)))).toEqual(['tile_mismatch 256-511']);
  });

  test('a byte of a tile flipped, seen without entries', async () => {
    expect(await check(damaged('tile/0/000', flip(32 * 9)), { entries: false })).toEqual(['root_mismatch', 'tile_mismatch 0-255']);
    expect(await check(damaged('tile/0/002.p/77', flip(0)), { entries: false })).toEqual(['root_mismatch']);
  });

  test('entries and their tile changed together', async () => {
    const other = new MemoryLog().add(...numbered(SIZE).with(300, 'forged'));
    const log = built();
    for (const path of ['tile/0/001', 'tile/entries/001']) damaged(path, () => other.whole(parseTilePath(path)) ?? null, log);
    expect(await check(log)).toEqual(['root_mismatch', 'tile_mismatch 256-511']);
    damaged('tile/1/000.p/2', () => other.whole(parseTilePath('tile/1/000.p/2')) ?? null, log);
    expect(await check(log)).toEqual(['root_mismatch']);
  });

  test('a tile of a wrong width', async () => {
    expect(await check(damaged('tile/0/002.p/77', (bytes) => bytes.subarray(HASH_BYTES)))).toEqual(['tile_width_wrong 512-588']);
    expect(await check(damaged('tile/0/002.p/77', (bytes) => Buffer.concat([bytes, bytes])))).toEqual(['tile_width_wrong 512-588']);
    expect(await check(damaged('tile/1/000.p/2', (bytes) => bytes.subarray(1)))).toEqual(['tile_width_wrong 0-511']);
    expect(await check(damaged('tile/0/000', () => null))).toEqual(['tile_missing 0-255']);
    // Neither tile nor entries: nothing can be said about what stands above.
    const log = damaged('tile/0/000', () => null);
    expect(await check(damaged('tile/entries/000', () => null, log))).toEqual(['tile_missing 0-255', 'bundle_missing 0-255']);
    expect(
      await check(
        damaged('tile/0/000', () => null),
        { entries: false },
      ),
    ).toEqual(['tile_missing 0-255']);
  });

  test('the last leaf doubled to fill up the tree', async () => {
    // Trees that pair an odd leaf with itself have one root for [a b c] and [a b c c]; this one has two.
    const three = new MemoryLog().add('a', 'b', 'c');
    const four = new MemoryLog().add('a', 'b', 'c', 'c');
    expect(four.head.root).not.toEqual(three.head.root);
    const forged = signNote(`${four.signer.name}\n4\n${three.note.split('\n')[2]}\n`, [four.signer]);
    four.checkpoints.push(forged);
    expect(await check(four)).toEqual(['root_mismatch']);
  });
});

describe('history', () => {
  const heads = (log: MemoryLog) => log.checkpoints.map((note) => openCheckpoint(note, log.verifier));

  test('entries cut off, or a head kept back', async () => {
    const before = heads(built(300));
    expect(await check(built(299), { heads: before })).toEqual(['head_rolled_back']);
    expect(await check(built(0), { heads: before })).toEqual(['head_rolled_back']);
    expect(await check(built(301), { heads: before })).toEqual([]);
  });

  test('cut off and gone on with others: a fork', async () => {
    const before = heads(built(300));
    const other = new MemoryLog().add(...numbered(299), 'something else', ...numbered(50, 300));
    expect(await check(other, { heads: before })).toEqual(['head_forked']);
    expect(await check(new MemoryLog().add(...numbered(400, 7)), { heads: before })).toEqual(['head_forked']);
  });

  test('two heads of one size', async () => {
    const other = new MemoryLog().add(...numbered(SIZE - 1), 'something else');
    expect(await check(other, { heads: heads(built()) })).toEqual(['head_split']);
  });

  test('a head that is no head of this log', async () => {
    const log = built(5);
    const stranger = new MemoryLog('log.example/other');
    expect(await check(log, { verifier: stranger.verifier })).toEqual(['signature_missing']);
    expect(await check(log, { verifier: createVerifier(log.signer.name, new MemoryLog('x', 8).signer.publicKey) })).toEqual([
      'signature_missing',
    ]);
    log.checkpoints.push(log.note.replace('\n5\n', '\n4\n'));
    expect(await check(log)).toEqual(['signature_bad']);
  });

  test('a line that breaks is no finding', async () => {
    const log = built();
    const broken: LogFetcher = {
      checkpoint: () => log.checkpoint(),
      tile: async (tile) => {
        if (tile.n === 1) throw new Error('connection reset');
        return log.tile(tile);
      },
    };
    await expect(check({ ...broken, verifier: log.verifier })).rejects.toThrow('connection reset');
  });
});
