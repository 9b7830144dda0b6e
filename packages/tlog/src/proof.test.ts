import { describe, expect, test } from 'vitest';
import { MemoryLog, numbered } from '../test-kit/memory-log.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { TlogCode } from './codes.ts';
import { leafHash, nodeHash } from './hash.ts';
import { consistencyProof, type Head, inclusionProof, verifyConsistency, verifyInclusion } from './proof.ts';
import { tileHashReader } from './tile-reader.ts';
import { formatTlogProof, parseTlogProof, type TlogProof, verifyTlogProof } from './tlog-proof.ts';

const SIZE = 600;
const log = new MemoryLog().add(...numbered(100)).add(...numbered(SIZE - 100, 100));
const entry = (idx: number) => log.entries[idx] ?? new Uint8Array();
const headAt = (size: number): Head => {
  const head = log.checkpoints.map((note) => openCheckpoint(note, log.verifier)).find((found) => found.size === size);
  if (head === undefined) throw new Error(`no head of ${size}`);
  return head;
};

function code(run: () => unknown): TlogCode | 'passed' {
  try {
    run();
    return 'passed';
  } catch (error) {
    return (error as { code: TlogCode }).code;
  }
}

describe('an inclusion proof', async () => {
  const idx = 299;
  const proof = await inclusionProof(idx, SIZE, log.reader);
  const leaf = leafHash(entry(idx));
  const extra = leafHash(Buffer.from('extra'));

  const attacks: [string, () => unknown, TlogCode | 'passed'][] = [
    ['as made', () => verifyInclusion(proof, leaf, idx, log.head), 'passed'],
    ['an extra hash at the end', () => verifyInclusion([...proof, extra], leaf, idx, log.head), 'proof_length_wrong'],
    ['an extra hash at the start', () => verifyInclusion([extra, ...proof], leaf, idx, log.head), 'proof_length_wrong'],
    ['a missing hash', () => verifyInclusion(proof.slice(1), leaf, idx, log.head), 'proof_length_wrong'],
    ['no hash', () => verifyInclusion([], leaf, idx, log.head), 'proof_length_wrong'],
    ['hashes reordered', () => verifyInclusion(proof.toReversed(), leaf, idx, log.head), 'proof_mismatch'],
    ['a hash replaced', () => verifyInclusion(proof.with(3, extra), leaf, idx, log.head), 'proof_mismatch'],
    ['a hash of a wrong length', () => verifyInclusion(proof.with(3, extra.subarray(1)), leaf, idx, log.head), 'proof_mismatch'],
    ['another entry', () => verifyInclusion(proof, leafHash(entry(298)), idx, log.head), 'proof_mismatch'],
    ['another index', () => verifyInclusion(proof, leaf, 298, log.head), 'proof_mismatch'],
    ['index = size', () => verifyInclusion(proof, leaf, SIZE, log.head), 'index_out_of_range'],
    ['index beyond the size', () => verifyInclusion(proof, leaf, SIZE + 5, log.head), 'index_out_of_range'],
    ['an empty log', () => verifyInclusion([], leaf, 0, { ...log.head, size: 0 }), 'index_out_of_range'],
    ['a negative index', () => verifyInclusion(proof, leaf, -1, log.head), 'number_malformed'],
    ['half an index', () => verifyInclusion(proof, leaf, 0.5, log.head), 'number_malformed'],
    ['an index above 2^53', () => verifyInclusion(proof, leaf, 2 ** 53, log.head), 'number_too_large'],
    ['a size above 2^53', () => verifyInclusion(proof, leaf, idx, { ...log.head, size: 2 ** 53 }), 'number_too_large'],
    ['another root', () => verifyInclusion(proof, leaf, idx, { size: SIZE, root: extra }), 'proof_mismatch'],
  ];
  test.each(attacks)('%s', (_name, run, expected) => expect(code(run)).toBe(expected));

  test('an entry of 64 bytes that is shaped like a node proves nothing', async () => {
    // Without the first byte of the hash, the two children of a node would be an entry with a proof one hash shorter.
    const [left, right] = [leafHash(entry(0)), leafHash(entry(1))];
    const shaped = Buffer.concat([left, right]);
    expect(leafHash(shaped)).not.toEqual(nodeHash(left, right));
    const whole = await inclusionProof(0, SIZE, log.reader);
    expect(code(() => verifyInclusion(whole.slice(1), leafHash(shaped), 0, log.head))).toBe('proof_length_wrong');
    expect(code(() => verifyInclusion(whole, leafHash(shaped), 0, log.head))).toBe('proof_mismatch');
    // In a tree of two such entries, whose height would fit:
    const two = new MemoryLog().add(shaped);
    expect(code(() => verifyInclusion([right], left, 0, { size: 2, root: two.head.root }))).toBe('proof_mismatch');
  });
});

describe('a consistency proof', async () => {
  const older = headAt(100);
  const proof = await consistencyProof(100, SIZE, log.reader);
  const extra = leafHash(Buffer.from('extra'));
  const forked = new MemoryLog().add(...numbered(99), 'something else').add(...numbered(SIZE - 100, 100));
  const forkedProof = await consistencyProof(100, SIZE, forked.reader);

  const attacks: [string, () => unknown, TlogCode | 'passed'][] = [
    ['as made', () => verifyConsistency(proof, older, log.head), 'passed'],
    ['from an empty log', () => verifyConsistency([], headAt(0), log.head), 'passed'],
    ['with itself', () => verifyConsistency([], log.head, log.head), 'passed'],
    ['an extra hash', () => verifyConsistency([...proof, extra], older, log.head), 'proof_length_wrong'],
    ['a missing hash', () => verifyConsistency(proof.slice(0, -1), older, log.head), 'proof_length_wrong'],
    ['hashes reordered', () => verifyConsistency(proof.toReversed(), older, log.head), 'head_forked'],
    ['a fork, with the proof of either side', () => verifyConsistency(forkedProof, older, forked.head), 'head_forked'],
    ['a fork, with the proof of the other side', () => verifyConsistency(proof, older, forked.head), 'head_forked'],
    ['two heads of one size', () => verifyConsistency([], log.head, forked.head), 'head_split'],
    ['an empty log with a root of its own', () => verifyConsistency([], { size: 0, root: extra }, log.head), 'root_mismatch'],
    ['a smaller newer head', () => verifyConsistency(proof, log.head, older), 'size_out_of_range'],
    ['a size above 2^53', () => verifyConsistency(proof, older, { ...log.head, size: 2 ** 60 }), 'number_too_large'],
  ];
  test.each(attacks)('%s', (_name, run, expected) => expect(code(run)).toBe(expected));
});

describe('made from tiles', () => {
  test.each([
    ['missing', async (): Promise<undefined> => undefined, 'tile_missing'],
    ['of a wrong width', async () => new Uint8Array(31), 'tile_width_wrong'],
  ] as const)('%s', async (_name, source, expected) => {
    await expect(inclusionProof(3, SIZE, tileHashReader(SIZE, source))).rejects.toMatchObject({ code: expected });
  });

  test('a subtree that the tree does not have yet', async () => {
    await expect(log.reader([{ height: 9, n: 1 }])).rejects.toMatchObject({ code: 'index_out_of_range' });
  });

  test('a flipped tile makes a proof that does not verify', async () => {
    const bad = await inclusionProof(
      299,
      SIZE,
      tileHashReader(SIZE, async (tile) => (await log.tile(tile))?.map((byte) => byte ^ 1)),
    );
    expect(code(() => verifyInclusion(bad, leafHash(entry(299)), 299, log.head))).toBe('proof_mismatch');
  });

  test('each tile is read once', async () => {
    const paths: number[] = [];
    await inclusionProof(
      299,
      SIZE,
      tileHashReader(SIZE, (tile) => {
        paths.push(tile.level);
        return log.tile(tile);
      }),
    );
    expect(paths.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
  });
});

describe('a tlog-proof', async () => {
  const text = await log.proof(299);
  const first = 'c2sp.org/tlog-proof@v1\n';

  test('is read back as written, with and without extra data', async () => {
    const proof = parseTlogProof(text);
    expect(formatTlogProof(proof)).toBe(text);
    expect(verifyTlogProof(proof, entry(299), log.verifier)).toEqual({ index: 299, checkpoint: log.head });
    const more: TlogProof = { ...proof, extra: Buffer.from('context') };
    expect(formatTlogProof(more)).toContain(`${first}extra Y29udGV4dA==\nindex 299\n`);
    expect(verifyTlogProof(parseTlogProof(formatTlogProof(more)), entry(299), log.verifier).index).toBe(299);
    const single = new MemoryLog().add('only');
    const proofOfOne = parseTlogProof(await single.proof(0));
    expect(proofOfOne.hashes).toEqual([]);
    expect(verifyTlogProof(proofOfOne, Buffer.from('only'), single.verifier).index).toBe(0);
  });

  const changes: [string, string, TlogCode][] = [
    ['another first line', text.replace('@v1', '@v2'), 'proof_malformed'],
    ['no first line', text.slice(first.length), 'proof_malformed'],
    ['CRLF', text.replaceAll('\n', '\r\n'), 'control_character'],
    ['one CRLF', text.replace('\n', '\r\n'), 'control_character'],
    ['index missing', text.replace('index 299\n', ''), 'proof_malformed'],
    ['index with a leading zero', text.replace('index 299', 'index 0299'), 'number_malformed'],
    ['index with a sign', text.replace('index 299', 'index +299'), 'number_malformed'],
    ['index above 2^53', text.replace('index 299', 'index 9007199254740992'), 'number_too_large'],
    ['index = size', text.replace('index 299', `index ${SIZE}`), 'index_out_of_range'],
    ['another index', text.replace('index 299', 'index 300'), 'proof_mismatch'],
    ['an extra hash', text.replace('\n\n', `\n${'A'.repeat(43)}=\n\n`), 'proof_length_wrong'],
    ['more hashes than any tree is high', text.replace('\n\n', `${`\n${'A'.repeat(43)}=`.repeat(54)}\n\n`), 'proof_length_wrong'],
    ['a missing hash', text.replace(/(index 299\n).*\n/, '$1'), 'proof_length_wrong'],
    ['hashes reordered', text.replace(/(index 299\n)(.*\n)(.*\n)/, '$1$3$2'), 'proof_mismatch'],
    ['a short hash', text.replace(/(index 299\n).*\n/, '$1AAAA\n'), 'proof_malformed'],
    ['base64 with stray bits', text.replace(/(index 299\n)(.{42}).=/, (_m, a, b) => `${a}${b}B=`), 'base64_invalid'],
    ['base64 without padding', text.replace(/(index 299\n)(.{43})=/, '$1$2'), 'base64_invalid'],
    ['a space in base64', text.replace(/(index 299\n.{9})/, '$1 '), 'base64_invalid'],
    ['extra of bad base64', text.replace(first, `${first}extra !\n`), 'base64_invalid'],
    ['no checkpoint', text.slice(0, text.indexOf('\n\n') + 1), 'proof_malformed'],
    ['another size in the checkpoint', text.replace('\n600\n', '\n601\n'), 'signature_bad'],
    ['a checkpoint cut short', text.slice(0, -1), 'note_malformed'],
    ['very long', text + 'x'.repeat(2_000_000), 'proof_malformed'],
  ];
  test.each(changes)('%s', (_name, changed, expected) => {
    expect(changed).not.toBe(text);
    expect(code(() => verifyTlogProof(parseTlogProof(changed), entry(299), log.verifier))).toBe(expected);
  });

  test('of another log, or of another entry', () => {
    const stranger = new MemoryLog('log.example/other');
    expect(code(() => verifyTlogProof(parseTlogProof(text), entry(299), stranger.verifier))).toBe('signature_missing');
    expect(code(() => verifyTlogProof(parseTlogProof(text), entry(300), log.verifier))).toBe('proof_mismatch');
  });
});
