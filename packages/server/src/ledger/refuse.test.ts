import { spawn } from 'node:child_process';
import { copyFile, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkLedger } from '@daybook/logfiles';
import { openCheckpoint, parseTlogProof, parseVerifierKey, verifyTlogProof } from '@daybook/tlog';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entryPoint } from '../base/entry-point.ts';
import { openLedgerWith } from './open-ledger.ts';
import { restoreNewOrigin } from './restore.ts';
import { tempDir, testBatch, testOptions } from './test-ledger.ts';

let temp: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  temp = await tempDir();
});
afterEach(() => temp.remove());

const at = (...parts: string[]): string => path.join(temp.dir, ...parts);

/** One life of a ledger: appends so many events to `routine`, signs them, stops. */
async function liveOnce(events: number, changes: Parameters<typeof testOptions>[1] = {}): Promise<void> {
  const ledger = await openLedgerWith(testOptions(temp.dir, changes));
  if (events > 0) await ledger.append('routine', testBatch(events));
  await ledger.close();
}

async function refusal(changes: Parameters<typeof testOptions>[1] = {}): Promise<string> {
  try {
    const ledger = await openLedgerWith(testOptions(temp.dir, changes));
    await ledger.close();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'started';
}

describe('a start is refused with a sentence that says what to do', () => {
  test('a second writer', async () => {
    const first = await openLedgerWith(testOptions(temp.dir));
    expect(await refusal()).toContain('another Daybook is writing this ledger');
    await first.close();
    expect(await refusal()).toBe('started');
  });

  test('another origin, unless the operator chose none', async () => {
    await liveOnce(1);
    expect(await refusal({ origin: 'other.example' })).toContain('set DAYBOOK_ORIGIN=test.example');
    expect(await refusal({ origin: 'other.example', originIsDefault: true })).toBe('started');
  });

  test('the signing key is lost, foreign, or open to others', async () => {
    await liveOnce(1);
    await copyFile(at('ledger.key'), at('kept.key'));
    await rm(at('ledger.key'));
    expect(await refusal()).toContain('is missing, but this ledger was signed with it');
    await (await openLedgerWith(testOptions(at('elsewhere')))).close();
    await copyFile(at('elsewhere', 'ledger.key'), at('ledger.key'));
    expect(await refusal()).toContain('is not the one that signed this ledger');
    await rm(at('ledger.key'));
    await writeFile(at('ledger.key'), await readFile(at('kept.key')), { mode: 0o644 });
    expect(await refusal()).toContain('chmod 600');
  });

  test('the last-signed head is ahead of the data: an older copy was restored', async () => {
    await liveOnce(300);
    await cp(at('ledger', 'logs'), at('backup'), { recursive: true });
    await liveOnce(300);
    await rm(at('ledger', 'logs'), { recursive: true });
    await cp(at('backup'), at('ledger', 'logs'), { recursive: true });
    expect(await refusal()).toMatch(/a head of size 600 was signed, but the entries end at 300.*daybook restore --new-origin/s);
  });

  test('the last-signed record is gone or old, but a newer head was published', async () => {
    await liveOnce(3);
    await copyFile(at('ledger', 'last-signed', 'routine'), at('old'));
    await liveOnce(3);
    await copyFile(at('old'), at('ledger', 'last-signed', 'routine'));
    expect(await refusal()).toMatch(/says size 3, but a head of size 6 was published/);
    await rm(at('ledger', 'last-signed', 'routine'));
    expect(await refusal()).toMatch(/is missing, but a head of size 6 was published/);
  });

  test('the same size with another root: another log was put here', async () => {
    await liveOnce(3);
    await mkdir(at('other'));
    await copyFile(at('ledger.key'), at('other', 'ledger.key'));
    const other = await openLedgerWith(testOptions(at('other')));
    await other.append('routine', testBatch(3));
    await other.close();
    await rm(at('ledger', 'logs', 'routine', 'segments'), { recursive: true });
    await cp(at('other', 'ledger', 'logs', 'routine', 'segments'), at('ledger', 'logs', 'routine', 'segments'), { recursive: true });
    expect(await refusal()).toContain('the files do not hash to the head that was signed at size 3');
  });

  test('tiles that do not hash to the root, or end too early', async () => {
    await liveOnce(600);
    const tiles = at('ledger', 'logs', 'routine', 'tiles', '1');
    const bytes = await readFile(tiles);
    await writeFile(tiles, Buffer.concat([bytes.subarray(0, 40), Buffer.from([(bytes[40] ?? 0) ^ 1]), bytes.subarray(41)]));
    expect(await refusal()).toContain('the files do not hash to the head');
    await writeFile(tiles, bytes.subarray(0, 32));
    expect(await refusal()).toContain('a head of size 600 was signed, but');
  });

  test('a damaged frame with a good one behind it is corruption, a torn last one is dropped and recorded', async () => {
    await liveOnce(5);
    await liveOnce(5);
    const segment = at('ledger', 'logs', 'routine', 'segments', '0000000000.open');
    const bytes = await readFile(segment);
    await writeFile(segment, Buffer.concat([bytes.subarray(0, 60), Buffer.from('#'), bytes.subarray(61)]));
    expect(await refusal()).toMatch(/is damaged at byte 0 \(crc\).*daybook verify/s);
    await writeFile(segment, Buffer.concat([bytes, bytes.subarray(0, 100)]));
    const ledger = await openLedgerWith(testOptions(temp.dir));
    expect(ledger.state('routine').size).toBe(10);
    expect((await readFile(segment)).equals(bytes)).toBe(true);
    const kinds: string[] = [];
    for await (const chunk of ledger.read('important', 0, ledger.state('important').size)) {
      for (let i = 0; i < chunk.count; i++)
        kinds.push(/"kind":"([^"]+)"/.exec(chunk.bytes.toString('utf8', chunk.starts[i], chunk.ends[i]))?.[1] ?? '');
    }
    expect(kinds).toEqual([
      'daybook.key',
      'daybook.start',
      'daybook.stop',
      'daybook.start',
      'daybook.stop',
      'daybook.gap',
      'daybook.start',
    ]);
    await ledger.close();
  });

  test('a format from the future', async () => {
    await liveOnce(1);
    await writeFile(at('ledger', 'FORMAT'), 'daybook-ledger/2\n');
    expect(await refusal()).toContain('names a format that this version does not know');
  });
});

describe('restore --new-origin', () => {
  test('goes on as a new log whose first entry names the old head; the old ledger stays readable beside it', async () => {
    const lastSignedDir = at('safe');
    await liveOnce(300, { lastSignedDir });
    await cp(at('ledger', 'logs'), at('backup'), { recursive: true });
    await liveOnce(300, { lastSignedDir });
    await rm(at('ledger', 'logs'), { recursive: true });
    await cp(at('backup'), at('ledger', 'logs'), { recursive: true });
    const same = restoreNewOrigin(testOptions(temp.dir, { lastSignedDir }));
    await expect(same).rejects.toThrow('the new origin must be another name');
    const { movedTo, previous } = await restoreNewOrigin(testOptions(temp.dir, { origin: 'test2.example', lastSignedDir }));
    expect(previous.get('routine')).toMatchObject({ origin: 'test.example/routine', size: 600 });
    expect(await readdir(path.join(movedTo, 'last-signed'))).toEqual(['important', 'routine']);
    const ledger = await openLedgerWith(testOptions(temp.dir, { origin: 'test2.example', lastSignedDir }));
    const first = JSON.parse((await ledger.entry('routine', 0)).toString());
    expect(first).toMatchObject({ kind: 'daybook.key', event: { attributes: { previous: previous.get('routine') } } });
    expect(ledger.state('routine')).toMatchObject({ origin: 'test2.example/routine', size: 1 });
    await ledger.close();
    expect((await checkLedger({ ledgerDir: at('ledger'), lastSignedDir, workers: 0 })).findings).toEqual([]);
  });

  test('a crash between the two renames is finished by the next start', async () => {
    await liveOnce(3);
    await restoreNewOrigin(testOptions(temp.dir, { origin: 'test2.example' }));
    await cp(at('ledger'), at('ledger.restoring'), { recursive: true });
    await rm(at('ledger'), { recursive: true });
    expect(await refusal({ origin: 'test2.example' })).toBe('started');
    expect((await readdir(temp.dir)).sort()).toEqual(['ledger', 'ledger.before-1', 'ledger.key']);
  });
});

describe('what a reader can check', () => {
  test('a proof verifies with the published key, at every kind of place in the tree', async () => {
    const ledger = await openLedgerWith(testOptions(temp.dir));
    await ledger.append('routine', testBatch(900));
    const note = await ledger.committed('routine', 900);
    const key = parseVerifierKey(ledger.verifierKeys().find((line) => line.includes('/routine+')) ?? '');
    expect(openCheckpoint(note, key)).toMatchObject({ size: 900, origin: 'test.example/routine' });
    for (const idx of [0, 255, 256, 511, 767, 768, 899]) {
      const proof = parseTlogProof(await ledger.proof('routine', idx));
      expect(verifyTlogProof(proof, await ledger.entry('routine', idx), key).index).toBe(idx);
    }
    await expect(ledger.proof('routine', 900)).rejects.toThrow('has no entry 900');
    expect(await ledger.tile('routine', 0, 3, 132)).toHaveLength(132 * 32);
    expect(await ledger.tile('routine', 0, 3, 133)).toBeUndefined();
    expect(await ledger.tile('routine', 1, 0, 3)).toEqual(await readFile(at('ledger', 'logs', 'routine', 'tiles', '1')));
    await ledger.close();
  });

  test('a blob is found by its name, which does not give its content away', async () => {
    const ledger = await openLedgerWith(testOptions(temp.dir));
    const name = await ledger.putBlob(Buffer.from('a long query'));
    expect(await ledger.putBlob(Buffer.from('a long query'))).not.toBe(name);
    expect((await ledger.getBlob(name))?.toString()).toBe('a long query');
    expect(await ledger.getBlob('../../keys')).toBeUndefined();
    await ledger.close();
  });
});

describe('kill -9', () => {
  test('what a killed process had acknowledged is there, and its lock is not', async () => {
    const { path: file, execArgv } = entryPoint(new URL('./test-append-until-killed.ts', import.meta.url));
    const child = spawn(process.execPath, [...execArgv, file, temp.dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acked = '';
    for await (const part of child.stdout) {
      acked += String(part);
      if (acked.split('\n').length > 200) child.kill('SIGKILL');
    }
    const count = acked.split('\n').length - 1;
    const ledger = await openLedgerWith(testOptions(temp.dir));
    expect(ledger.state('routine').size).toBeGreaterThanOrEqual(count * 10);
    for (let i = 0; i < count; i++) expect((await ledger.entry('routine', i * 10)).toString()).toContain(`"k${i}-0"`);
    await ledger.close();
    expect((await checkLedger({ ledgerDir: at('ledger'), workers: 0 })).findings).toEqual([]);
  });
});
