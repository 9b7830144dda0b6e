import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Frontier } from './frontier.ts';
import { emptyRoot, HASH_BYTES, leafHash, nodeHash } from './hash.ts';
import { consistencyProof, inclusionProof, rootFrom, verifyConsistency, verifyInclusion } from './proof.ts';
import { perfectParts } from './subtree.ts';
import { TILE_WIDTH, tilePath, tileWidth } from './tile.ts';
import { tileHashReader } from './tile-reader.ts';

// The reference is slow.
vi.setConfig({ testTimeout: 60_000 });

// RFC 6962, section 2.1, written down as it stands there, with createHash: slow, and nothing in common with the code under test.

function sha(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function split(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1);
}

function mth(entries: readonly Uint8Array[]): Buffer {
  const [only] = entries;
  if (only === undefined) return sha();
  if (entries.length === 1) return sha(Buffer.of(0), only);
  const k = split(entries.length);
  return sha(Buffer.of(1), mth(entries.slice(0, k)), mth(entries.slice(k)));
}

function path(m: number, entries: readonly Uint8Array[]): Buffer[] {
  if (entries.length === 1) return [];
  const k = split(entries.length);
  if (m < k) return [...path(m, entries.slice(0, k)), mth(entries.slice(k))];
  return [...path(m - k, entries.slice(k)), mth(entries.slice(0, k))];
}

function subproof(m: number, entries: readonly Uint8Array[], whole: boolean): Buffer[] {
  if (m === entries.length) return whole ? [] : [mth(entries)];
  const k = split(entries.length);
  if (m <= k) return [...subproof(m, entries.slice(0, k), whole), mth(entries.slice(k))];
  return [...subproof(m - k, entries.slice(k), false), mth(entries.slice(0, k))];
}

const CT_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const CT_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`entry ${i}`));
}

function frontierOf(entries: readonly Uint8Array[]): Frontier {
  const frontier = new Frontier();
  for (const entry of entries) frontier.append(leafHash(entry));
  return frontier;
}

/** Tiles of a tree made the naive way, by their definition in C2SP tlog-tiles. */
function naiveReader(entries: readonly Uint8Array[]) {
  return tileHashReader(entries.length, async ({ level, n, width }) => {
    const span = TILE_WIDTH ** level;
    const first = n * TILE_WIDTH;
    return Buffer.concat(Array.from({ length: width }, (_, i) => mth(entries.slice((first + i) * span, (first + i + 1) * span))));
  });
}

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

describe('the public vectors of Certificate Transparency', () => {
  const leaves = CT_LEAVES.map((text) => Buffer.from(text, 'hex'));

  test.each(CT_ROOTS.map((root, size) => ({ size, root })))('root of $size entries', async ({ size, root }) => {
    const entries = leaves.slice(0, size);
    expect(hex(frontierOf(entries).root())).toBe(root);
    expect(hex(await rootFrom(size, naiveReader(entries)))).toBe(root);
    expect(hex(mth(entries))).toBe(root);
  });

  test('leaf and node', () => {
    expect(hex(leafHash(Buffer.from('L123456')))).toBe('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56');
    expect(hex(nodeHash(leafHash(Buffer.from('a')), emptyRoot()))).toBe(hex(sha(Buffer.of(1), sha(Buffer.of(0), Buffer.from('a')), sha())));
    expect(hex(emptyRoot())).toBe(CT_ROOTS[0]);
  });

  test.each([
    {
      idx: 0,
      size: 8,
      proof: [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    },
    {
      idx: 5,
      size: 8,
      proof: [
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    },
  ])('inclusion of $idx in $size', async ({ idx, size, proof }) => {
    const entries = leaves.slice(0, size);
    expect((await inclusionProof(idx, size, naiveReader(entries))).map(hex)).toEqual(proof);
  });

  test.each([
    {
      older: 1,
      newer: 8,
      proof: [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    },
    {
      older: 6,
      newer: 8,
      proof: [
        '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    },
  ])('consistency of $older with $newer', async ({ older, newer, proof }) => {
    expect((await consistencyProof(older, newer, naiveReader(leaves.slice(0, newer)))).map(hex)).toEqual(proof);
  });
});

describe('against the reference', () => {
  test('roots and proofs of every size up to 40', async () => {
    const all = numbered(40);
    for (let size = 1; size <= all.length; size++) {
      const entries = all.slice(0, size);
      const read = naiveReader(entries);
      const head = { size, root: mth(entries) };
      expect(hex(frontierOf(entries).root())).toBe(hex(head.root));
      for (let idx = 0; idx < size; idx++) {
        const proof = await inclusionProof(idx, size, read);
        expect(proof.map(hex)).toEqual(path(idx, entries).map(hex));
        verifyInclusion(proof, leafHash(entries[idx] ?? Buffer.alloc(0)), idx, head);
      }
      for (let older = 1; older <= size; older++) {
        const proof = await consistencyProof(older, size, read);
        expect(proof.map(hex)).toEqual(subproof(older, entries, true).map(hex));
        verifyConsistency(proof, { size: older, root: mth(entries.slice(0, older)) }, head);
      }
    }
  });

  test('trees of several tiles', async () => {
    const all = numbered(1400);
    const sizes = fc.integer({ min: 1, max: all.length });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, a, b) => {
        const entries = all.slice(0, size);
        const head = { size, root: mth(entries) };
        const idx = a % size;
        const older = 1 + (b % size);
        const read = naiveReader(entries);
        const inclusion = await inclusionProof(idx, size, read);
        expect(inclusion.map(hex)).toEqual(path(idx, entries).map(hex));
        verifyInclusion(inclusion, leafHash(entries[idx] ?? Buffer.alloc(0)), idx, head);
        const consistency = await consistencyProof(older, size, read);
        expect(consistency.map(hex)).toEqual(subproof(older, entries, true).map(hex));
        verifyConsistency(consistency, { size: older, root: mth(entries.slice(0, older)) }, head);
      }),
      { numRuns: 25 },
    );
  });

  test('a frontier says each upper hash once, in order, and goes on from its last tiles', () => {
    // One level-2 hash (65,536 entries), 258 of level 1, and some leaves on top.
    const size = 258 * TILE_WIDTH + 77;
    const levels: Buffer[][] = [[]];
    const frontier = new Frontier((hash, { level, n }) => {
      expect(n).toBe(levels[level]?.length ?? 0);
      (levels[level] ??= []).push(Buffer.from(hash));
    });
    for (let i = 0; i < size; i++) {
      const hash = leafHash(Buffer.from(`entry ${i}`));
      levels[0]?.push(Buffer.from(hash));
      frontier.append(hash);
    }
    expect(levels.map((hashes) => hashes.length)).toEqual([size, 258, 1]);
    const lastTiles = levels.map((hashes, level) => {
      const count = Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;
      return Buffer.concat(hashes.slice(hashes.length - count));
    });
    const resumed = Frontier.at(size, lastTiles);
    expect(hex(resumed.root())).toBe(hex(frontier.root()));
    const more = Buffer.concat(numbered(600).map((entry) => Buffer.from(leafHash(entry))));
    resumed.append(more);
    for (let at = 0; at < more.length; at += HASH_BYTES) frontier.append(more.subarray(at, at + HASH_BYTES));
    expect(hex(resumed.root())).toBe(hex(frontier.root()));
    expect(resumed.size).toBe(size + 600);
    expect(() => Frontier.at(size, lastTiles.slice(0, 2))).toThrow(RangeError);
    expect(() => Frontier.at(size + 1, lastTiles)).toThrow(RangeError);
  });
});

describe('very large trees', () => {
  test('perfect parts of the largest tree are one for each bit', () => {
    const parts = perfectParts({ from: 0, to: Number.MAX_SAFE_INTEGER });
    expect(parts.length).toBe(53);
    expect(parts.reduce((sum, { height }) => sum + 2n ** BigInt(height), 0n)).toBe(BigInt(Number.MAX_SAFE_INTEGER));
  });

  test('2^49 + 1 entries, where floating point logarithms would split wrongly', async () => {
    const size = 2 ** 49 + 1;
    const read: string[] = [];
    const reader = tileHashReader(size, async (tile) => {
      read.push(tilePath(tile));
      return new Uint8Array(tile.width * HASH_BYTES);
    });
    const proof = await inclusionProof(size - 1, size, reader);
    expect(proof.length).toBe(1);
    expect(read).toEqual(['tile/6/000.p/2']);
    expect(tileWidth({ level: 6, n: 0, size })).toBe(2);
  });
});
