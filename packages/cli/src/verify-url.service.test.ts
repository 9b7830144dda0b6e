import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSigner, formatVerifierKey } from '@daybook/tlog';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startWeb, type WebServer } from '../../../test/support/web-server.ts';
import { createClient, type DaybookClient } from './client.ts';
import { checkProof } from './proof.ts';
import { listLogs } from './proof-source.ts';
import type { Progress } from './progress.ts';
import { type VerifyUrlOptions, verifyUrl } from './verify-url.ts';
import { readSince } from './verify-url-since.ts';

// Each test starts servers of its own.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const silent: Progress = { start() {}, total() {}, set() {}, note() {}, end() {} };
let server: WebServer;
let client: DaybookClient;
let dir: string;
let headsFile: string;

beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-verify-url-'));
  headsFile = path.join(dir, 'state/daybook/heads.json');
  server = await startWeb({ dir: path.join(dir, 'server') });
  client = createClient(server.url, server.admin);
  await grow(300);
});
afterEach(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function grow(count: number): Promise<void> {
  const from = server.ledger.state('routine').size;
  const events = Array.from({ length: count }, (_, i) => ({ ...EVENT, user_id: `U${from + i}` }));
  await server.append('routine', ...events);
  await server.ledger.committed('routine', from + count);
}

/** What intake always sets, as the profile of entries asks. */
const EVENT = { event_type: 'view', outcome: 'success' };

async function codes(more: Partial<VerifyUrlOptions> = {}): Promise<string[]> {
  const report = await verifyUrl({ client, headsFile, progress: silent, log: 'routine', ...more });
  return report.findings.map((finding) => finding.code);
}

const keep = (name: string): string => {
  const file = path.join(dir, name);
  writeFileSync(file, server.ledger.checkpoint('routine'));
  return file;
};

describe('a server', () => {
  test('is whole: every log, every entry', async () => {
    const report = await verifyUrl({ client, headsFile, progress: silent });
    expect(report.findings).toEqual([]);
    expect(report.checked['logs']).toBe(2);
    expect(report.checked['entries']).toBeGreaterThan(300);
    expect(report.notes.filter((note) => note.includes('is not pinned'))).toHaveLength(2);
    expect(statSync(headsFile).mode & 0o777).toBe(0o600);
    const again = await verifyUrl({ client, headsFile, progress: silent });
    expect(again.findings).toEqual([]);
    expect(again.notes.filter((note) => note.includes('remembered'))).toEqual([]);
  });

  test('is checked by hashes alone where there is no token', async () => {
    const report = await verifyUrl({ client: createClient(server.url, undefined), headsFile, progress: silent });
    expect(report.findings).toEqual([]);
    expect(report.notes[0]).toContain('only hashes');
  });

  test('is checked against pinned keys', async () => {
    const keys = (await listLogs(client)).map((log) => log.verifierKey);
    const report = await verifyUrl({ client, headsFile, progress: silent, keys });
    expect(report.findings).toEqual([]);
    expect(report.notes.filter((note) => note.includes('not pinned'))).toEqual([]);
    const stranger = formatVerifierKey(createSigner('web.test/routine', new Uint8Array(32).fill(1)));
    expect(await codes({ keys: [stranger] })).toEqual(['key_not_pinned']);
    expect(await codes({ keys: [...keys, stranger.replace('web.test', 'gone.test')] }).catch((error: unknown) => error)).toMatchObject({
      code: 'usage',
    });
    const gone = formatVerifierKey(createSigner('gone.test/routine', new Uint8Array(32).fill(1)));
    expect(await codes({ keys: [...keys, gone] })).toEqual(['log_missing']);
    await expect(codes({ log: 'nolog' })).rejects.toThrow('no log nolog');
  });

  test('is checked against heads kept elsewhere', async () => {
    const sink = path.join(dir, 'sink/web.test/routine');
    mkdirSync(sink, { recursive: true });
    const old = keep('sink/web.test/routine/300');
    await grow(300);
    keep('sink/web.test/routine/600');
    expect(await codes({ since: old })).toEqual([]);
    expect(await codes({ since: path.join(dir, 'sink') })).toEqual([]);
    writeFileSync(path.join(sink, 'bad'), 'no checkpoint');
    expect(await codes({ since: path.join(dir, 'sink') })).toEqual(['head_foreign']);
    writeFileSync(path.join(sink, 'bad'), readFileSync(old, 'utf8').replace('\n300\n', '\n299\n'));
    expect(await codes({ since: path.join(dir, 'sink') })).toEqual(['head_foreign']);
    writeFileSync(path.join(sink, 'bad'), readFileSync(old, 'utf8').replaceAll('web.test', 'gone.test'));
    expect(await codes({ since: path.join(sink, 'bad') })).toEqual(['log_missing']);
    await expect(readSince(path.join(dir, 'absent'))).rejects.toThrow('ENOENT');
  });
});

describe('history', () => {
  /** Stops the server, does something to its directory, and starts it again. */
  async function restart(change: (server: string) => void): Promise<void> {
    await server.stop();
    change(path.join(dir, 'server'));
    server = await startWeb({ dir: path.join(dir, 'server') });
    client = createClient(server.url, server.admin);
  }

  test('an old copy of the data put back is a rollback; when it goes on, a fork', async () => {
    await restart((at) => cpSync(at, path.join(dir, 'copy'), { recursive: true }));
    await grow(100);
    const kept = keep('kept');
    expect(await codes()).toEqual([]);
    await restart((at) => {
      rmSync(at, { recursive: true });
      cpSync(path.join(dir, 'copy'), at, { recursive: true });
    });
    expect(await codes()).toEqual(['head_rolled_back']);
    // What was wrong is not remembered: the next check says it again.
    expect(await codes()).toEqual(['head_rolled_back']);
    expect(await codes({ since: kept, headsFile: path.join(dir, 'other/heads.json') })).toEqual(['head_rolled_back']);
    await grow(100);
    expect(await codes()).toEqual(['head_split']);
    await grow(100);
    expect(await codes()).toEqual(['head_forked']);
    expect(await codes({ since: kept, headsFile: path.join(dir, 'other/heads.json') })).toEqual(['head_forked']);
  });

  test('a log begun anew under the same origin has another key', async () => {
    expect(await codes()).toEqual([]);
    await restart((at) => rmSync(at, { recursive: true }));
    await grow(400);
    expect(await codes()).toEqual(['key_changed', 'head_forked']);
  });

  test('a state file that is damaged is not begun anew in silence', async () => {
    expect(await codes()).toEqual([]);
    writeFileSync(headsFile, 'x');
    await expect(codes()).rejects.toThrow('memory of earlier checks');
  });
});

describe('a server that lies', () => {
  const lying = (match: string, change: (bytes: Buffer) => Buffer | undefined): DaybookClient => ({
    ...client,
    async maybeBytes(at, options) {
      const bytes = await client.maybeBytes(at, options);
      return bytes !== undefined && at.includes(match) ? change(bytes) : bytes;
    },
  });
  const edit = (bytes: Buffer) => {
    bytes.write('X999', bytes.indexOf('U258'));
    return bytes;
  };

  test('about an entry, a tile, or what it has', async () => {
    expect(await codes({ client: lying('/entries/001', edit) })).toEqual(['entry_mismatch']);
    const flip = (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte)));
    expect(await codes({ client: lying('/tile/0/001', flip) })).toEqual(['tile_mismatch']);
    expect(await codes({ client: lying('/tile/1/000', () => undefined) })).toEqual(['tile_missing']);
    expect(await codes({ client: lying('/entries/001', () => undefined) })).toEqual(['bundle_missing']);
    const report = await verifyUrl({ client: lying('/entries/001', edit), headsFile, progress: silent, log: 'routine' });
    expect(report.findings).toMatchObject([{ log: 'routine', firstIdx: 258, lastIdx: 258 }]);
  });
});

describe('a single proof', () => {
  const check = async (idx: number, proof?: string, keys?: readonly string[]) => {
    const text = proof ?? (await client.text(`/v1/events/routine/${idx}/proof`));
    const report = await checkProof({ client, log: 'routine', idx, proof: text, ...(keys === undefined ? {} : { keys }) });
    return report.findings.map((finding) => finding.code);
  };

  test('is checked with the entry that the server shows', async () => {
    expect(await check(258)).toEqual([]);
    const other = await client.text('/v1/events/routine/257/proof');
    expect(await check(258, other)).toEqual(['proof_mismatch']);
    expect(await check(258, other.replace('index 257', 'index 258'))).toEqual(['proof_mismatch']);
    expect(await check(258, 'no proof')).toEqual(['proof_malformed']);
    const stranger = formatVerifierKey(createSigner('web.test/routine', new Uint8Array(32).fill(1)));
    expect(await check(258, undefined, [stranger])).toEqual(['key_not_pinned']);
    await expect(checkProof({ client, log: 'nolog', idx: 0, proof: '' })).rejects.toMatchObject({ code: 'not_found' });
  });
});
