import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { consistencyProof, formatVerifierKey, TILE_WIDTH, type Tile, tilePath, tileWidth, toBase64 } from '@daybook/tlog';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MemoryLog, numbered } from '../../packages/tlog/test-kit/memory-log.ts';
import { startWeb } from '../support/web-server.ts';
import { buildSumdb, type Sumdb, sumdbMissing } from './go-sumdb.ts';

const SIZE = 3 * TILE_WIDTH + 41;
const PROVEN = [0, 1, 255, 256, 500, SIZE - 1];

const missing = sumdbMissing();
if (missing !== undefined) process.stderr.write(`skipped: Go's sumdb packages as a verifier (${missing})\n`);

describe.skipIf(missing !== undefined)("Go's sumdb packages", () => {
  let go: Sumdb;
  let dir: string;
  let log: MemoryLog;

  beforeAll(async () => {
    go = buildSumdb();
    log = new MemoryLog('log.example/routine').add(...numbered(1));
    for (const part of [99, 156, 1, 300]) log.add(...numbered(part, log.size));
    log.add(...numbered(SIZE - log.size, log.size));
  });
  afterAll(() => go.remove());
  beforeEach(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-conformance-'));
    await writeLog(log, dir);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const check = (key = formatVerifierKey(log.verifier)) =>
    go.run(['-key', key, '-log', dir, '-older', path.join(dir, 'older'), '-proofs', path.join(dir, 'proofs')]);

  test('accept our checkpoints, tiles, entries and proofs', async () => {
    const run = await check();
    expect(run.said).toBe(
      JSON.stringify({
        size: SIZE,
        entries: SIZE,
        older: log.checkpoints.length,
        inclusion: PROVEN.length,
        consistency: PROVEN.length - 1,
      }),
    );
    expect(run.ok).toBe(true);
  });

  const edit = (name: string, change: (bytes: Buffer) => Buffer) => {
    const file = path.join(dir, name);
    writeFileSync(file, change(readFileSync(file)));
  };
  const flip = (at: number) => (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));
  const text = (from: string | RegExp, to: string) => (bytes: Buffer) => Buffer.from(bytes.toString().replace(from, to));

  const changes: [string, () => void, string][] = [
    ['a checkpoint of another size', () => edit('checkpoint', text(`\n${SIZE}\n`, `\n${SIZE - 1}\n`)), 'checkpoint: '],
    ['a checkpoint with CRLF', () => edit('checkpoint', text(/\n/g, '\r\n')), 'checkpoint: '],
    ['a tile of level 0', () => edit('tile/0/001', flip(77)), 'entries: '],
    ['the last tile of level 0', () => edit('tile/0/003.p/41', flip(0)), 'tiles: '],
    ['a tile of level 1', () => edit('tile/1/000.p/3', flip(40)), 'tiles: '],
    ['a tile cut short', () => edit('tile/0/003.p/41', (bytes) => bytes.subarray(32)), 'tiles: '],
    ['an entry', () => edit('tile/entries/002', flip(500)), 'entries: '],
    ['an entry taken out', () => edit('tile/entries/002', (bytes) => bytes.subarray(2 + bytes.readUInt16BE())), 'entries: '],
    ['an earlier checkpoint of another log', () => writeFileSync(path.join(dir, 'older/9'), fork().note), 'older: 9: '],
    ['an entry with the proof of another', () => edit('proofs/256.entry', () => Buffer.from('forged')), 'inclusion: 256.tlog-proof: '],
    ['the index of a proof', () => edit('proofs/256.tlog-proof', text('index 256', 'index 257')), 'inclusion: 256.tlog-proof: '],
    ['a hash too many', () => edit('proofs/256.tlog-proof', text('\n\n', `\n${'A'.repeat(43)}=\n\n`)), 'inclusion: 256.tlog-proof: '],
    ['a hash too few', () => edit('proofs/256.tlog-proof', text(/(index 256\n).*\n/, '$1')), 'inclusion: 256.tlog-proof: '],
    ['hashes reordered', () => edit('proofs/256.tlog-proof', text(/(index 256\n)(.*\n)(.*\n)/, '$1$3$2')), 'inclusion: 256.tlog-proof: '],
    ['a consistency proof too short', () => edit('proofs/256.consistency', text(/.*\n$/, '')), 'consistency: 256.consistency: '],
    ['a consistency proof of another size', () => edit('proofs/256.consistency', text('256\n', '255\n')), 'consistency: 256.consistency: '],
  ];
  test.each(changes)('refuse %s', async (_name, change, step) => {
    change();
    const run = await check();
    expect(run.said.slice(0, step.length)).toBe(step);
    expect(run.ok).toBe(false);
  });

  test('refuse another key, and a missing tile', async () => {
    expect((await check(formatVerifierKey(new MemoryLog('log.example/routine', 9).verifier))).said).toMatch(/^checkpoint: /);
    expect((await check(formatVerifierKey(new MemoryLog('log.example/other').verifier))).said).toMatch(/^checkpoint: /);
    renameSync(path.join(dir, 'tile/1/000.p/3'), path.join(dir, 'away'));
    expect((await check()).said).toMatch(/^tiles: /);
  });
});

describe.skipIf(missing !== undefined)("Go's sumdb packages, over HTTP", () => {
  test('accept a ledger as a server shows it, and refuse it under another key', async () => {
    const go = buildSumdb();
    const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-conformance-'));
    const server = await startWeb();
    try {
      for (const count of [100, 200, 300]) {
        await server.append('routine', ...Array.from({ length: count }, (_, i) => ({ event_type: 'view', user_id: `U${i}` })));
        const { size } = server.ledger.state('routine');
        writeFile(dir, `older/${size}`, await server.ledger.committed('routine', size));
      }
      for (const idx of [0, 255, 256, 599]) {
        writeFile(dir, `proofs/${idx}.entry`, await server.ledger.entry('routine', idx));
        writeFile(dir, `proofs/${idx}.tlog-proof`, await (await server.get(`/v1/events/routine/${idx}/proof`)).text());
      }
      const key = server.ledger.verifierKeys().find((line) => line.startsWith('web.test/routine+')) ?? '';
      const check = (vkey: string) =>
        go.run(
          ['-key', vkey, '-log', `${server.url}/logs/routine`, '-older', path.join(dir, 'older'), '-proofs', path.join(dir, 'proofs')],
          {
            DAYBOOK_TOKEN: server.admin,
          },
        );
      expect(await check(key)).toEqual({
        ok: true,
        said: JSON.stringify({ size: 600, entries: 600, older: 3, inclusion: 4, consistency: 0 }),
      });
      expect((await check(formatVerifierKey(new MemoryLog('web.test/routine').verifier))).said).toMatch(/^checkpoint: /);
    } finally {
      await server.stop();
      server.remove();
      go.remove();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

function writeFile(dir: string, name: string, bytes: string | Uint8Array): void {
  mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  writeFileSync(path.join(dir, name), bytes);
}

function fork(): MemoryLog {
  return new MemoryLog('log.example/routine').add('something else', ...numbered(100));
}

/** The log as files under the paths of its URLs, with proofs beside it. */
async function writeLog(log: MemoryLog, dir: string): Promise<void> {
  const write = (name: string, bytes: string | Uint8Array) => writeFile(dir, name, bytes);
  write('checkpoint', log.note);
  for (const level of [0, 1, 'entries'] as const) {
    for (let n = 0; tileWidth({ level, n, size: log.size }) > 0; n++) {
      const tile: Tile = { level, n, width: tileWidth({ level, n, size: log.size }) };
      write(tilePath(tile), log.whole(tile) ?? '');
    }
  }
  for (const [i, note] of log.checkpoints.entries()) write(`older/${i}`, note);
  for (const idx of PROVEN) {
    write(`proofs/${idx}.entry`, log.entries[idx] ?? '');
    write(`proofs/${idx}.tlog-proof`, await log.proof(idx));
    if (idx === 0) continue;
    const hashes = await consistencyProof(idx, log.size, log.reader);
    write(`proofs/${idx}.consistency`, `${[idx, log.size, ...hashes.map(toBase64)].join('\n')}\n`);
  }
}
