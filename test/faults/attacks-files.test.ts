/** Attacks on the files around the entries: unknown ones, signatures, keys, blobs; and a flipped bit anywhere. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packed } from '../../packages/server/src/ledger/test-ledger.ts';
import { parseVerifierKey } from '@daybook/tlog';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AttackedLedger, batch, codes, flip, places, removeAttacked } from './attacked-ledger.ts';

let base: AttackedLedger;
let other: AttackedLedger;
let blob: string;

beforeAll(async () => {
  base = new AttackedLedger();
  await base.grow(600, 'e');
  const server = await base.open();
  blob = await server.putBlob(Buffer.from('a query text that fits no entry'));
  const one = batch(1, 'with-blob');
  const attributes = JSON.stringify({ daybook: { blobs: { query_text: { blob, bytes: 31 } } } });
  await server.append('routine', { ...one, ...packed([`{"action":"query","attributes":${attributes},"resource":"db"}`]) });
  await server.close();
  other = new AttackedLedger();
  await other.grow(10, 'other');
});

afterAll(() => {
  base.remove();
  other.remove();
});

afterEach(removeAttacked);

/** Paths below the ledger. */
function allFiles(ledger: AttackedLedger): string[] {
  return readdirSync(ledger.dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ledger.dir, path.join(entry.parentPath, entry.name)));
}

test('nothing is wrong before the attack', async () => {
  const result = await base.check({ pins: [parseVerifierKey(base.keyLine())] });
  expect(result.findings).toEqual([]);
  expect(result.checked).toMatchObject({ blobs: 1, entries: 601 + 5 });
  expect(result.heads.every(({ pinned }) => pinned)).toBe(true);
});

describe('files that no ledger has', () => {
  test.each([
    'notes.txt',
    'logs/routine/segments/1.open',
    'logs/routine/checkpoints/01',
    'logs/routine/tiles/0',
    'blobs/aa/short',
    'logs/UPPER/checkpoint',
  ])('%s', async (name) => {
    const ledger = base.attacked();
    mkdirSync(path.dirname(ledger.at(name)), { recursive: true });
    writeFileSync(ledger.at(name), 'x');
    const { findings } = await ledger.check();
    expect(findings.map(({ code }) => code)).toEqual(['file_unknown']);
    expect(findings[0]?.message).toContain(name.startsWith('logs/UPPER') ? 'logs/UPPER' : name);
  });

  test('a directory and a symbolic link', async () => {
    const ledger = base.attacked();
    mkdirSync(ledger.at('logs', 'routine', 'old'));
    symlinkSync('/dev/zero', ledger.at('logs', 'routine', 'segments', '0000000001.open'));
    const unknown = (await ledger.check()).findings.filter(({ code }) => code === 'file_unknown');
    expect(unknown).toHaveLength(2);
  });

  test('a log that no key names', async () => {
    const ledger = base.attacked();
    mkdirSync(ledger.at('logs', 'secret'));
    expect(codes(await ledger.check())).toEqual(['key_missing']);
  });

  test('bytes in the lock and in the reserve; another format', async () => {
    const ledger = base.attacked();
    writeFileSync(ledger.at('lock'), 'x');
    flip(ledger.at('reserve'), 1000);
    writeFileSync(ledger.at('FORMAT'), 'daybook-ledger/2\n');
    expect(codes(await ledger.check())).toEqual(['format_unknown', 'lock_content', 'reserve_content']);
  });

  test('a write that never ended is no finding', async () => {
    const ledger = base.attacked();
    writeFileSync(ledger.at('logs', 'routine', 'checkpoint.tmp'), 'half');
    const result = await ledger.check();
    expect(result.findings).toEqual([]);
    expect(result.notes).toHaveLength(1);
  });
});

describe('signatures and keys', () => {
  test('a flipped signature of the last-signed record', async () => {
    const ledger = base.attacked();
    const file = ledger.at('last-signed', 'routine');
    const note = readFileSync(file, 'utf8');
    const at = note.lastIndexOf(' ') + 20;
    writeFileSync(file, note.slice(0, at) + (note[at] === 'A' ? 'B' : 'A') + note.slice(at + 1));
    const { findings } = await ledger.check();
    expect(findings[0]).toMatchObject({ code: 'head_malformed' });
    expect(findings[0]?.message).toContain('signature_bad');
  });

  test('a kept head with another root', async () => {
    const ledger = base.attacked();
    const file = ledger.at('logs', 'routine', 'checkpoints', '601');
    const [origin, size, , ...rest] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [origin, size, randomBytes(32).toString('base64'), ...rest].join('\n'));
    expect(codes(await ledger.check())).toEqual(['head_malformed']);
  });

  test('the keys file is another one', async () => {
    const ledger = base.attacked();
    writeFileSync(ledger.at('keys'), readFileSync(other.at('keys')));
    const pins = [parseVerifierKey(base.keyLine())];
    expect(codes(await ledger.check())).toEqual(['head_malformed']);
    expect(codes(await ledger.check({ pins }))).toEqual(['head_malformed', 'key_not_pinned']);
  });

  test('a line of the keys file is changed, doubled, removed', async () => {
    const ledger = base.attacked();
    const lines = readFileSync(ledger.at('keys'), 'utf8');
    writeFileSync(ledger.at('keys'), lines.replace('+', '-'));
    expect(codes(await ledger.check())).toEqual(['key_missing', 'keys_malformed']);
    writeFileSync(ledger.at('keys'), `${lines}${base.keyLine()}\n`);
    expect(codes(await ledger.check())).toEqual(['keys_malformed']);
    writeFileSync(ledger.at('keys'), `${base.keyLine()}\n`);
    expect(codes(await ledger.check())).toEqual(['key_missing']);
    writeFileSync(ledger.at('keys'), `${lines}${base.keyLine('important').replace('/important', '/third')}\n`);
    expect(codes(await ledger.check())).toEqual(['keys_malformed']);
  });

  test('a whole log is removed', async () => {
    const ledger = base.attacked();
    rmSync(ledger.at('logs', 'important'), { recursive: true });
    expect(codes(await ledger.check())).toEqual(['log_missing']);
    writeFileSync(ledger.at('keys'), `${base.keyLine()}\n`);
    rmSync(ledger.at('last-signed', 'important'));
    expect((await ledger.check()).findings).toEqual([]);
    expect(codes(await ledger.check({ pins: [parseVerifierKey(base.keyLine('important'))] }))).toEqual(['log_missing']);
  });
});

describe('blobs', () => {
  const file = (ledger: AttackedLedger): string => ledger.at('blobs', blob.slice(0, 2), blob);

  test('a byte is edited', async () => {
    const ledger = base.attacked();
    flip(file(ledger), 40);
    expect(codes(await ledger.check())).toEqual(['blob_mismatch']);
  });

  test('it is removed', async () => {
    const ledger = base.attacked();
    rmSync(file(ledger));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['blob_missing']);
    expect(places(result, 'blob_missing')).toEqual(['routine 600-600']);
  });

  test('another one is put beside it: named by no entry', async () => {
    const ledger = base.attacked();
    const bytes = randomBytes(50);
    const name = createHash('sha256').update(bytes).digest('hex');
    mkdirSync(ledger.at('blobs', name.slice(0, 2)), { recursive: true });
    writeFileSync(ledger.at('blobs', name.slice(0, 2), name), bytes);
    const result = await ledger.check();
    expect(result.findings).toEqual([]);
    expect(result.notes).toHaveLength(1);
  });
});

describe("producers' counters, and the quarantine", () => {
  async function append(ledger: AttackedLedger, src: string, numbers: readonly number[]): Promise<void> {
    const server = await ledger.open();
    await server.append('routine', { ...batch(numbers.length, src), src: numbers.map(() => src), sseq: numbers });
    await server.close();
  }

  test('a gap is found, unless the quarantine explains it', async () => {
    const ledger = base.attacked();
    await append(ledger, 'shop/web-1', [1, 2, 4, 5]);
    const young = await ledger.check();
    expect(young.findings).toEqual([]);
    expect(young.notes.join()).toContain('may still be on their way');
    const result = await ledger.check({ nowMs: Date.now() + 600_000 });
    expect(codes(result)).toEqual(['counter_gap']);
    expect(result.findings[0]?.message).toContain('shop/web-1: 3.');
    mkdirSync(ledger.at('quarantine'));
    writeFileSync(ledger.at('quarantine', '2024-05-01.ndjson'), '{"code":"bad_time","src":"shop/web-1","sseq":3}\n');
    expect((await ledger.check({ nowMs: Date.now() + 600_000 })).findings).toEqual([]);
  });

  test('a number that stands twice is found', async () => {
    const ledger = base.attacked();
    await append(ledger, 'shop', [1, 2, 3]);
    await append(ledger, 'shop', [3, 4]);
    expect(codes(await ledger.check())).toEqual(['counter_double']);
  });

  test('records that an import left out are told', async () => {
    const ledger = base.attacked();
    await append(ledger, `shop/import-${'a'.repeat(32)}`, [1, 4]);
    const result = await ledger.check();
    expect(result.findings).toEqual([]);
    expect(result.notes.join()).toContain('2 records');
  });

  test('a line that is no JSON is found; a last one that has not ended is told', async () => {
    const ledger = base.attacked();
    mkdirSync(ledger.at('quarantine'));
    const file = ledger.at('quarantine', '2024-05-01.ndjson');
    writeFileSync(file, '{"code":"x"}\n{"co');
    const result = await ledger.check();
    expect(result.findings).toEqual([]);
    expect(result.notes).toHaveLength(1);
    writeFileSync(file, '{"code":"x"}\n{"co\n{"code":"y"}\n');
    expect(codes(await ledger.check())).toEqual(['quarantine_malformed']);
  });
});

test('a flipped bit anywhere is a finding', async () => {
  const files = allFiles(base).filter((name) => statSync(base.at(name)).size > 0);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), fc.nat(), fc.integer({ min: 0, max: 7 }), async (name, position, bit) => {
      const ledger = base.attacked();
      try {
        flip(ledger.at(name), position % statSync(ledger.at(name)).size, 1 << bit);
        expect((await ledger.check()).findings).not.toEqual([]);
      } finally {
        ledger.remove();
      }
    }),
    { numRuns: 30 },
  );
});

test('whatever stands in the place of a file, the check comes to its end', async () => {
  const names = allFiles(base);
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }).map((bytes) => () => Buffer.from(bytes)),
    fc.double({ min: 0, max: 1, noNaN: true }).map((share) => (bytes: Buffer) => bytes.subarray(0, Math.floor(share * bytes.length))),
    fc.constant((bytes: Buffer) => Buffer.concat([bytes, bytes])),
    fc.constantFrom(...names).map((name) => () => readFileSync(base.at(name))),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), content, async (name, change) => {
      const ledger = base.copy();
      try {
        writeFileSync(ledger.at(name), change(readFileSync(ledger.at(name))));
        expect((await ledger.check()).heads.length).toBeLessThanOrEqual(2);
      } finally {
        ledger.remove();
      }
    }),
    { numRuns: 40 },
  );
});

test.each([
  'FORMAT',
  'keys',
  'reserve',
  'last-signed/routine',
  'logs/routine/checkpoint',
  'logs/routine/tiles/1',
  'logs/routine/segments/0000000000.open',
])('a directory or a pipe in the place of %s is found, and waited for by nobody', async (name) => {
  const ledger = base.attacked();
  rmSync(ledger.at(name));
  mkdirSync(ledger.at(name));
  expect(codes(await ledger.check())).toEqual(expect.arrayContaining(['file_unknown', 'file_unreadable']));
  rmSync(ledger.at(name), { recursive: true });
  execFileSync('mkfifo', [ledger.at(name)]);
  expect(codes(await ledger.check())).toEqual(expect.arrayContaining(['file_unknown', 'file_unreadable']));
});
