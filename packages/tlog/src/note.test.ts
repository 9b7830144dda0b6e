import { describe, expect, test } from 'vitest';
import { MemoryLog } from '../test-kit/memory-log.ts';
import { toBase64 } from './base64.ts';
import { openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { type TlogCode, TlogError } from './codes.ts';
import { HASH_BYTES } from './hash.ts';
import { createSigner, createVerifier, formatVerifierKey, openNote, parseNote, parseVerifierKey, signNote } from './note.ts';
import { parseTilePath, type Tile, tilePath } from './tile.ts';

const seed = new Uint8Array(HASH_BYTES).fill(7);
const signer = createSigner('log.example/routine', seed);
const other = createSigner('witness.example', new Uint8Array(HASH_BYTES).fill(9));
const root = toBase64(new Uint8Array(HASH_BYTES).fill(3));
const note = signNote(`log.example/routine\n17\n${root}\n`, [signer]);

function code(run: () => unknown): TlogCode | 'passed' {
  try {
    run();
    return 'passed';
  } catch (error) {
    return (error as { code: TlogCode }).code;
  }
}

describe('keys', () => {
  // The example key of golang.org/x/mod/sumdb/note, whose verifier the ledger's users have.
  const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const GO_NOTE =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
    '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

  test('a note and a key of another implementation', () => {
    const verifier = parseVerifierKey(GO_KEY);
    expect(formatVerifierKey(verifier)).toBe(GO_KEY);
    expect(openNote(GO_NOTE, [verifier])).toEqual({ text: GO_NOTE.split('\n\n')[0] + '\n', signedBy: [verifier] });
    expect(code(() => openNote(GO_NOTE.replace('answer', 'Answer'), [verifier]))).toBe('signature_bad');
  });

  const good = formatVerifierKey(signer);
  test.each([
    ['', 'key_malformed'],
    [`${good}\n`, 'key_malformed'],
    [good.replace('+', ' +'), 'key_malformed'],
    [good.replace('log.example', 'log.examplf'), 'key_malformed'],
    [good.replace(/\+(.)/, (_m, digit: string) => `+${digit === '0' ? '1' : '0'}`), 'key_malformed'],
    [good.toUpperCase(), 'key_malformed'],
    [good.replace(/\+A/, '+C'), 'key_malformed'],
    [good.slice(0, -1), 'base64_invalid'],
    [`a+00000000+${toBase64(new Uint8Array(32).fill(1))}`, 'key_malformed'],
    [`\u0000${good}`, 'control_character'],
  ])('%j is no key', (text, expected) => expect(code(() => parseVerifierKey(text))).toBe(expected));

  test('a name with a space, a plus or nothing', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u2003b', 'a\nb']) expect(() => createSigner(name, seed)).toThrow(TlogError);
  });

  test('a signer whose key stays elsewhere signs the same', () => {
    const remote = createSigner(signer.name, { publicKey: signer.publicKey, sign: (message) => signer.sign(message) });
    expect(signNote('a\n', [remote])).toBe(signNote('a\n', [signer]));
  });
});

describe('signatures', () => {
  const line = note.split('\n\n')[1] ?? '';

  test('of strangers are ignored, wherever they stand', () => {
    const both = signNote(parseNote(note).text, [other, signer]);
    expect(openNote(both, [signer]).signedBy).toEqual([signer]);
    expect(openNote(both, [signer, other]).signedBy).toEqual([other, signer]);
    expect(code(() => openNote(note, [other]))).toBe('signature_missing');
    expect(code(() => openNote(note, []))).toBe('signature_missing');
  });

  test('a stranger with the same key id, or the same name, is a stranger', () => {
    // The id is four bytes: anyone can make a key that has it. A line with a known id and another name does not count, and the reverse.
    expect(code(() => openNote(note.replace('\u2014 log.example/routine', '\u2014 evil.example'), [signer]))).toBe('signature_missing');
    const sameName = createSigner(signer.name, new Uint8Array(HASH_BYTES).fill(8));
    expect(code(() => openNote(signNote(parseNote(note).text, [sameName]), [signer]))).toBe('signature_missing');
    // Same name and same id, but another key: it must verify and does not.
    const sameId = { ...sameName, keyId: signer.keyId };
    expect(code(() => openNote(signNote(parseNote(note).text, [sameId]), [signer]))).toBe('signature_bad');
    expect(code(() => openNote(signNote(parseNote(note).text, [signer, sameId]), [signer]))).toBe('signature_bad');
  });

  const changes: [string, string, TlogCode][] = [
    ['another text', note.replace('17', '18'), 'signature_bad'],
    ['CRLF', note.replaceAll('\n', '\r\n'), 'control_character'],
    ['a tab', note.replace('17', '\t17'), 'control_character'],
    ['no line feed at the end', note.slice(0, -1), 'note_malformed'],
    ['a line feed more', `${note}\n`, 'note_malformed'],
    ['no signature', parseNote(note).text, 'note_malformed'],
    ['an empty list of signatures', `${parseNote(note).text}\n`, 'note_malformed'],
    ['a hyphen for the dash', note.replace('\u2014', '-'), 'note_malformed'],
    ['two spaces', note.replace('\u2014 ', '\u2014  '), 'note_malformed'],
    ['a word more', note.replace(/\n$/, ' x\n'), 'note_malformed'],
    ['a signature of 4 bytes', note.replace(/ [^ ]*\n$/, ' AAAAAA==\n'), 'note_malformed'],
    ['a shorter signature', note.replace(/ ([^ ]{88})[^ ]*\n$/, ' $1\n'), 'signature_bad'],
    ['base64 with stray bits', note.replace(/.=\n$/, (end) => `${end.startsWith('B') ? 'C' : 'B'}=\n`), 'base64_invalid'],
    ['base64 without padding', note.replace(/=*\n$/, '\n'), 'base64_invalid'],
    ['a lone surrogate', note.replace('17', '\ud800'), 'text_invalid'],
    ['a byte order mark', `\ufeff${note}`, 'signature_bad'],
    ['too many signatures', note + line.repeat(100), 'note_too_large'],
    ['very long', 'x'.repeat(1_000_001), 'note_too_large'],
  ];
  test.each(changes)('%s', (_name, changed, expected) => {
    expect(changed).not.toBe(note);
    expect(code(() => openNote(changed, [signer]))).toBe(expected);
  });

  test('bytes that are no UTF-8, or begin with a byte order mark', () => {
    const bytes = Buffer.from(note);
    expect(openNote(bytes, [signer]).text).toBe(parseNote(note).text);
    expect(code(() => openNote(Buffer.concat([Buffer.of(0xff), bytes]), [signer]))).toBe('text_invalid');
    expect(code(() => openNote(Buffer.concat([Buffer.from('efbbbf', 'hex'), bytes]), [signer]))).toBe('signature_bad');
  });

  test('is not made over a text that could not be read back', () => {
    expect(code(() => signNote('no line feed', [signer]))).toBe('note_malformed');
    expect(code(() => signNote('a\rb\n', [signer]))).toBe('control_character');
  });
});

describe('a checkpoint', () => {
  const name = 'log.example/routine';
  test('is read back as written', () => {
    const checkpoint = { origin: name, size: 17, root: new Uint8Array(HASH_BYTES).fill(3) };
    expect(signCheckpoint(checkpoint, signer)).toBe(note);
    expect(openCheckpoint(note, signer)).toEqual(checkpoint);
    expect(openCheckpoint(new MemoryLog().note, new MemoryLog().verifier).size).toBe(0);
  });

  const texts: [string, string, TlogCode][] = [
    ['a leading zero', `${name}\n017\n${root}\n`, 'number_malformed'],
    ['two zeros', `${name}\n00\n${root}\n`, 'number_malformed'],
    ['a plus', `${name}\n+17\n${root}\n`, 'number_malformed'],
    ['a minus', `${name}\n-17\n${root}\n`, 'number_malformed'],
    ['minus zero', `${name}\n-0\n${root}\n`, 'number_malformed'],
    ['a space', `${name}\n 17\n${root}\n`, 'number_malformed'],
    ['hexadecimal', `${name}\n0x11\n${root}\n`, 'number_malformed'],
    ['an exponent', `${name}\n1e3\n${root}\n`, 'number_malformed'],
    ['other digits', `${name}\n١٧\n${root}\n`, 'number_malformed'],
    ['no size', `${name}\n\n${root}\n`, 'number_malformed'],
    ['2^53', `${name}\n9007199254740992\n${root}\n`, 'number_too_large'],
    ['2^53 + 1', `${name}\n9007199254740993\n${root}\n`, 'number_too_large'],
    ['a size of 400 digits', `${name}\n${'9'.repeat(400)}\n${root}\n`, 'number_too_large'],
    ['base64 with stray bits', `${name}\n17\n${root.slice(0, -2)}9=\n`, 'base64_invalid'],
    ['base64 without padding', `${name}\n17\n${root.slice(0, -1)}\n`, 'base64_invalid'],
    ['base64url', `${name}\n17\n${root.replace('D', '_')}\n`, 'base64_invalid'],
    ['base64 with a space', `${name}\n17\n${root} \n`, 'base64_invalid'],
    ['a root of 31 bytes', `${name}\n17\n${toBase64(new Uint8Array(31))}\n`, 'checkpoint_malformed'],
    ['no origin', `\n17\n${root}\n`, 'checkpoint_malformed'],
    ['no root', `${name}\n17\n`, 'checkpoint_malformed'],
    ['one line', `${name}\n`, 'checkpoint_malformed'],
    ['an extension line', `${name}\n17\n${root}\nmore\n`, 'checkpoint_extended'],
    ['an empty line more', `${name}\n17\n${root}\n\n`, 'checkpoint_extended'],
    ['another origin', `log.example/important\n17\n${root}\n`, 'origin_mismatch'],
  ];
  test.each(texts)('signed, but with %s', (_name, text, expected) => {
    expect(code(() => openCheckpoint(signNote(text, [signer]), signer))).toBe(expected);
  });

  test('of another log under the same key', () => {
    const sister = createSigner('log.example/important', seed);
    expect(sister.publicKey).toEqual(signer.publicKey);
    const text = parseNote(note).text;
    expect(code(() => openCheckpoint(signNote(text.replace('routine', 'important'), [sister]), signer))).toBe('signature_missing');
    expect(code(() => signCheckpoint(parseCheckpoint(text), sister))).toBe('origin_mismatch');
  });

  test('that could not be read back is not signed', () => {
    const bad = { origin: name, size: 2 ** 53, root: new Uint8Array(HASH_BYTES) };
    expect(code(() => signCheckpoint(bad, signer))).toBe('number_too_large');
    expect(code(() => signCheckpoint({ ...bad, size: 1, root: new Uint8Array(5) }, signer))).toBe('checkpoint_malformed');
  });

  test('a verifier needs 32 bytes', () => {
    expect(code(() => createVerifier(name, new Uint8Array(31)))).toBe('key_malformed');
  });
});

describe('tile paths', () => {
  const paths: [string, Tile][] = [
    ['tile/0/000', { level: 0, n: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, n: 1_234_067, width: 256 }],
    ['tile/63/x001/000.p/255', { level: 63, n: 1000, width: 255 }],
    ['tile/entries/999.p/1', { level: 'entries', n: 999, width: 1 }],
    ['tile/entries/x009/x007/x199/x254/x740/991', { level: 'entries', n: Number.MAX_SAFE_INTEGER, width: 256 }],
  ];
  test.each(paths)('%s', (path, tile) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  test.each([
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/067',
    'tile/0/001/067',
    'tile/0/x001/x067',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/05',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/data/000',
    'tile/0/../000',
    'tile/0/x999/x999/x999/x999/x999/x999/999',
  ])('%j is none', (path) => expect(code(() => parseTilePath(path))).toBe('tile_path_malformed'));

  test('an index above 2^53', () => expect(code(() => parseTilePath('tile/0/x999/x999/x999/x999/x999/999'))).toBe('number_too_large'));
});
