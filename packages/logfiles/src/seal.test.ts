import { createCipheriv } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync, constants, deflateRawSync } from 'node:zlib';
import { Frontier, leafHash } from '@daybook/tlog';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinBundle, splitBundle } from './bundle.ts';
import { bufferSource, openFileSource } from './byte-source.ts';
import { BUNDLE_BYTES_MAX, CODEC_BROTLI, CODEC_DEFLATE, packBundle } from './codec.ts';
import { frameHeader } from './frame.ts';
import { SEGMENT_ENTRIES } from './layout.ts';
import { type SealResult, sealSegment } from './seal.ts';
import { sealFile } from './seal-file.ts';
import { parseSealedFooter, SEALED_FOOTER_BYTES, SEALED_HEADER_BYTES, SealedError } from './sealed-segment.ts';
import { openBundle, openBundleStart, SealedSource } from './sealed-source.ts';

const SEGMENT = 3;
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
let dir: string;
let openFile: string;
let sealed: Buffer;
let root: Buffer;
let result: SealResult;

const entry = (idx: number): Buffer => Buffer.from(`{"entry":${idx},"text":"${'x'.repeat(idx % 50)}"}`);

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'daybook-seal-'));
  openFile = path.join(dir, '0000000003.open');
  const parts: Buffer[] = [];
  for (let at = 0; at < SEGMENT_ENTRIES; at += 1000) {
    const count = Math.min(1000, SEGMENT_ENTRIES - at);
    const firstIdx = SEGMENT * SEGMENT_ENTRIES + at;
    const payload = joinBundle(Array.from({ length: count }, (_, i) => entry(firstIdx + i)));
    parts.push(frameHeader({ firstIdx, count, payload: [payload] }), payload);
  }
  writeFileSync(openFile, Buffer.concat(parts));
  const sealedFile = path.join(dir, '0000000003.seg.tmp');
  result = await sealSegment({ openFile, sealedFile, segment: SEGMENT });
  sealed = readFileSync(sealedFile);
  ({ root } = result);
});

afterAll(() => rmSync(dir, { recursive: true }));

describe('sealing', () => {
  test('keeps every entry, and gives the root that the tree has', () => {
    const source = new SealedSource(bufferSource(sealed));
    expect(result).toMatchObject({ sealedBytes: sealed.length, openBytes: readFileSync(openFile).length });
    const frontier = new Frontier();
    for (let b = 0; b < 256; b++) {
      const { bytes, starts, ends } = source.bundle(b);
      for (let i = 0; i < 256; i++) {
        const own = bytes.subarray(starts[i], ends[i]);
        expect(own.equals(entry(SEGMENT * SEGMENT_ENTRIES + b * 256 + i))).toBe(true);
        frontier.append(leafHash(own));
      }
    }
    expect(Buffer.from(frontier.root()).equals(root)).toBe(true);
    expect(source.footer).toMatchObject({ firstIdx: SEGMENT * SEGMENT_ENTRIES });
    expect(source.footer.root.equals(root)).toBe(true);
    expect(source.bodyCrc()).toBe(source.footer.bodyCrc);
    expect(sealed.length).toBeLessThan(readFileSync(openFile).length / 2);
  });

  test('refuses a file that is not full, is damaged or is another segment', () => {
    const target = path.join(dir, 'x.tmp');
    const short = path.join(dir, 'short.open');
    writeFileSync(short, readFileSync(openFile));
    truncateSync(short, readFileSync(openFile).length - 1);
    expect(() => sealFile({ openFile: short, sealedFile: target, segment: SEGMENT })).toThrow(SealedError);
    expect(() => sealFile({ openFile, sealedFile: target, segment: SEGMENT + 1 })).toThrow(SealedError);
    const damaged = readFileSync(openFile);
    damaged[1000] = (damaged[1000] ?? 0) ^ 1;
    writeFileSync(short, damaged);
    expect(() => sealFile({ openFile: short, sealedFile: target, segment: SEGMENT })).toThrow(SealedError);
  });

  test('a thread that fails rejects', async () => {
    const job = { openFile: path.join(dir, 'absent.open'), sealedFile: path.join(dir, 'y.tmp'), segment: 0 };
    await expect(sealSegment(job)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(existsSync(job.sealedFile)).toBe(false);
  });
});

describe('sealed segments', () => {
  /** The sealed segment with one bit flipped. */
  function flipped(at: number, bit: number): SealedSource {
    const bytes = Buffer.from(sealed);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    return new SealedSource(bufferSource(bytes));
  }
  const bit = fc.nat({ max: 7 });

  test('a flipped bit in header or footer is seen at once', () => {
    const position = fc.oneof(
      fc.nat({ max: SEALED_HEADER_BYTES - 1 }).filter((at) => at !== 7),
      fc.nat({ max: SEALED_FOOTER_BYTES - 1 }).map((at) => sealed.length - 1 - at),
    );
    fc.assert(
      fc.property(position, bit, (at, which) => {
        expect(() => flipped(at, which)).toThrow(SealedError);
      }),
    );
  });

  test('a flipped bit in a bundle is seen by the checksum, even one that a decompressor ignores', () => {
    const position = fc.integer({ min: SEALED_HEADER_BYTES, max: sealed.length - SEALED_FOOTER_BYTES - 1 });
    fc.assert(
      fc.property(position, bit, (at, which) => {
        const source = flipped(at, which);
        expect(source.bodyCrc()).not.toBe(source.footer.bodyCrc);
      }),
    );
  });

  test('the codec is known, and covered by the checksum', () => {
    for (let which = 2; which < 8; which++) expect(() => flipped(7, which)).toThrow(SealedError);
    const bytes = Buffer.from(sealed).fill(CODEC_BROTLI, 7, 8);
    const source = new SealedSource(bufferSource(bytes));
    expect(source.bodyCrc()).not.toBe(source.footer.bodyCrc);
  });

  test('any end of file is a footer or a SealedError', () => {
    const footer = sealed.subarray(-SEALED_FOOTER_BYTES);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: SEALED_FOOTER_BYTES, maxLength: SEALED_FOOTER_BYTES }), fc.nat(), (random, size) => {
        expect(() => parseSealedFooter(Buffer.from(random), size)).toThrow(SealedError);
        fc.pre(size !== sealed.length);
        expect(() => parseSealedFooter(Buffer.from(footer), size)).toThrow(SealedError);
      }),
    );
    expect(() => new SealedSource(bufferSource(sealed.subarray(0, 500)))).toThrow(SealedError);
    expect(() => new SealedSource(bufferSource(sealed.subarray(0, -1)))).toThrow(SealedError);
  });

  test('the beginning of a bundle is the same unpacked alone', () => {
    // Long and short entries, compressible and not, in any order: the share of the entries is not the share of the bytes.
    const sizes = fc.array(fc.tuple(fc.nat(3000), fc.boolean()), { minLength: 256, maxLength: 256 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 256 }), (all, count) => {
        const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
        const entries = all.map(([size, isNoise]) => (isNoise ? noise.update(Buffer.alloc(size)) : Buffer.alloc(size, 'log ')));
        const bytes = joinBundle(entries);
        const start = joinBundle(entries.slice(0, count));
        expect(openBundleStart(CODEC_DEFLATE, packBundle(bytes), 0, count).equals(start)).toBe(true);
        expect(openBundleStart(CODEC_BROTLI, brotliCompressSync(bytes, FAST), 0, count).equals(start)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('the beginning of a damaged bundle is what it was, or a SealedError', () => {
    const packed = packBundle(joinBundle(Array.from({ length: 256 }, (_, i) => entry(i))));
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 256 }), (at, mask, count) => {
        const damaged = Buffer.from(packed);
        damaged[at] = (damaged[at] ?? 0) ^ mask;
        const opened = unlessSealedError(() => openBundleStart(CODEC_DEFLATE, damaged, 0, count));
        expect(opened === undefined || splitBundle(opened, count) !== undefined).toBe(true);
      }),
    );
    for (const part of [packed.subarray(0, packed.length / 2), Buffer.alloc(0)])
      expect(() => openBundleStart(CODEC_DEFLATE, part, 0, 200)).toThrow(SealedError);
  });

  test('a bundle that unpacks to more than a bundle can have is refused before it takes the memory', () => {
    const zeros = Buffer.alloc(BUNDLE_BYTES_MAX + 1);
    expect(() => openBundle(CODEC_DEFLATE, deflateRawSync(zeros), 0)).toThrow(SealedError);
    expect(() => openBundle(CODEC_BROTLI, brotliCompressSync(zeros, FAST), 0)).toThrow(SealedError);
  });

  test('any bytes are a bundle or a SealedError; brotli is read too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(CODEC_DEFLATE, CODEC_BROTLI), (bytes, codec) => {
        expect(() => openBundle(codec, bytes, 0)).toThrow(SealedError);
      }),
    );
    const bundle = joinBundle(Array.from({ length: 256 }, (_, i) => entry(i)));
    expect(openBundle(CODEC_BROTLI, brotliCompressSync(bundle, FAST), 0).bytes.equals(bundle)).toBe(true);
    expect(() => openBundle(CODEC_DEFLATE, deflateRawSync(bundle.subarray(0, -1)), 0)).toThrow(SealedError);
  });
});

test('a file source gives what the file has, in any order', () => {
  const bytes = readFileSync(openFile);
  const source = openFileSource(openFile);
  try {
    fc.assert(
      fc.property(fc.nat({ max: bytes.length + 10 }), fc.nat({ max: 3_000_000 }), (at, length) => {
        expect(source.read(at, length).equals(bytes.subarray(at, at + length))).toBe(true);
      }),
      { numRuns: 50 },
    );
  } finally {
    source.close();
  }
});

function unlessSealedError<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof SealedError) return undefined;
    throw error;
  }
}
