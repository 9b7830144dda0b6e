import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { MemoryLog, numbered } from '../test-kit/memory-log.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { parseBundle } from './bundle.ts';
import { openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { TlogError } from './codes.ts';
import * as node from './crypto-node.ts';
import * as web from './crypto-web.ts';
import { fsck } from './fsck.ts';
import { formatVerifierKey, openNote, parseNote, parseVerifierKey, signNote } from './note.ts';
import { parseNumber } from './text.ts';
import { parseTilePath, tilePath } from './tile.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.ts';

vi.setConfig({ testTimeout: 60_000 });
const log = new MemoryLog().add(...numbered(300));
const proof = await log.proof(77);
const entry = log.entries[77] ?? new Uint8Array();

/** Whether it went well; any exception but TlogError fails the test. */
function orTlogError(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof TlogError) return false;
    throw error;
  }
}

/** Texts with a few bytes changed, put in or taken out. */
function mutated(text: string): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(text);
  const edit = fc.tuple(fc.nat(bytes.length), fc.nat(3), fc.uint8Array({ maxLength: 3 }));
  return fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) => edits.reduce((all, [at, remove, put]) => Buffer.concat([all.subarray(0, at), put, all.subarray(at + remove)]), bytes));
}

const anything = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated(proof), mutated(log.note), mutated(formatVerifierKey(log.verifier)));

describe('whatever comes in, only a TlogError comes out', () => {
  test('parsers of texts', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        for (const input of [bytes, text]) for (const run of [parseNote, parseTlogProof]) orTlogError(() => run(input));
        for (const run of [parseVerifierKey, parseCheckpoint, parseTilePath, parseNumber, fromBase64]) orTlogError(() => run(text));
        expect(text).not.toBe(proof);
      }),
      { numRuns: 3000 },
    );
  });

  test('a changed note or proof never passes, and never as something else', () => {
    fc.assert(
      fc.property(mutated(log.note), (bytes) => {
        const passed = orTlogError(() => expect(openCheckpoint(bytes, log.verifier)).toEqual(log.head));
        // Only lines of unknown signers may differ.
        return !passed || Buffer.from(bytes).toString().startsWith(parseNote(log.note).text);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(mutated(proof), (bytes) => {
        orTlogError(() => expect(verifyTlogProof(parseTlogProof(bytes), entry, log.verifier)).toEqual({ index: 77, checkpoint: log.head }));
      }),
      { numRuns: 2000 },
    );
  });

  test('bundles and damaged logs', async () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(256), (bytes, count) => void orTlogError(() => parseBundle(bytes, count))),
    );
    const paths = ['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/000', 'tile/entries/001.p/44'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), fc.integer({ min: 1, max: 255 }), async (path, at, mask) => {
        const right = log.whole(parseTilePath(path)) ?? new Uint8Array();
        log.damaged.set(
          path,
          right.map((byte, i) => (i === at % right.length ? byte ^ mask : byte)),
        );
        const codes: string[] = [];
        for await (const found of fsck(log, { verifier: log.verifier, entries: true })) codes.push(found.code);
        log.damaged.clear();
        expect(codes).not.toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

function holds<T>(values: fc.Arbitrary<T>, check: (value: T) => void): void {
  fc.assert(
    fc.property(values, (value) => {
      check(value);
    }),
  );
}

describe('what is written can be read', () => {
  test('base64, numbers, paths, notes, proofs', () => {
    holds(fc.uint8Array(), (bytes) => expect(fromBase64(toBase64(bytes))).toEqual(Uint8Array.from(bytes)));
    holds(fc.maxSafeNat(), (number) => expect(parseNumber(String(number))).toBe(number));
    const level = fc.oneof(fc.nat(63), fc.constant('entries' as const));
    const tiles = fc.record({ level, n: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) });
    holds(tiles, (tile) => expect(parseTilePath(tilePath(tile))).toEqual(tile));
    // Line feeds may stand anywhere in a text, other control characters nowhere.
    const lines = fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !/\p{Control}/u.test(line)));
    const texts = lines.map((written) => `${written.join('\n')}\n`);
    holds(texts, (text) => expect(openNote(signNote(text, [log.signer]), [log.verifier]).text).toBe(text));
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes));
    const proofs = fc.record({
      index: fc.maxSafeNat(),
      hashes: fc.array(hash, { maxLength: 53 }),
      checkpoint: fc.constant(log.note),
      extra: hash,
    });
    holds(proofs, (written) => expect(parseTlogProof(formatTlogProof(written))).toEqual(written));
  });
});

describe('browser and Node', () => {
  test('hash, sign and verify alike', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(seed, fc.uint8Array({ maxLength: 200 }), (key, data) => {
        const message = Uint8Array.from(data);
        const hashes = [node, web].map((crypto) => {
          const out = crypto.allocate(40);
          crypto.sha256Into(message, out, 5);
          expect(Buffer.from(out.subarray(5, 37))).toEqual(Buffer.from(crypto.sha256(message)));
          return Buffer.from(out);
        });
        expect(hashes[0]).toEqual(hashes[1]);
        const publicKey = node.ed25519PublicKey(key);
        expect(web.ed25519PublicKey(key)).toEqual(publicKey);
        const signature = node.ed25519Sign(message, key);
        expect(web.ed25519Sign(message, key)).toEqual(signature);
        const wrong = signature.map((byte, i) => (i === 3 ? byte ^ 1 : byte));
        for (const crypto of [node, web]) {
          expect(crypto.ed25519Verify(signature, message, publicKey)).toBe(true);
          expect(crypto.ed25519Verify(wrong, message, publicKey)).toBe(false);
          expect(crypto.ed25519Verify(signature.subarray(1), message, publicKey)).toBe(false);
          expect(crypto.ed25519Verify(signature, message, publicKey.subarray(1))).toBe(false);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('a hash can be written to any kind of bytes', () => {
    const plain = new Uint8Array(32);
    node.sha256Into(Buffer.from('abc'), plain, 0);
    expect(Buffer.from(plain).toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
