import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FINDINGS } from '@daybook/logfiles';
import { createSigner, formatVerifierKey, TLOG_CODES } from '@daybook/tlog';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startWeb, type WebServer } from '../../../test/support/web-server.ts';
import { createClient, type DaybookClient } from './client.ts';
import { EVIDENCE_CODES, formatManifest, parseManifest, parseMember } from '@daybook/evidence';
import { verifyEvidence } from './evidence-check.ts';
import { makeEvidence } from './evidence-file.ts';
import { EvidenceWriter, openEvidenceZip } from './evidence-zip.ts';
import { listLogs } from './proof-source.ts';
import type { Progress } from './progress.ts';

// A few hundred files are written and checked.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let server: WebServer;
let client: DaybookClient;
let dir: string;
let where: string;
let scan: string;
let asked = '';
const silent: Progress = { start() {}, total() {}, set() {}, note() {}, end() {} };
const CHOSEN = [
  ['important', 0],
  ['routine', 3],
  ['routine', 255],
  ['routine', 256],
  ['routine', 599],
] as const;

beforeAll(async () => {
  server = await startWeb();
  for (let i = 0; i < 600; i += 50) {
    await server.append('routine', ...Array.from({ length: 50 }, (_, j) => ({ event_type: 'view', user_id: `U${i + j}` })));
  }
  await server.ledger.committed('routine', 600);
  // There is no engine here: the rows that it would answer.
  const real = createClient(server.url, server.admin);
  client = {
    ...real,
    async *lines(_method, _path, call) {
      asked = String(call?.body);
      yield* CHOSEN.map(([log, idx]) => `${log}\t${idx}`);
    },
  };
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-evidence-'));
  where = path.join(dir, 'where.daybook');
  scan = path.join(dir, 'scan.daybook');
  await makeEvidence({ client, where: "user_id = '<U1>' -- mine", out: where, progress: silent });
  await makeEvidence({
    client,
    scan: { log: 'routine', from: 250, to: 260 },
    out: scan,
    progress: silent,
    now: new Date('2026-01-02T03:04:05Z'),
  });
});
afterAll(async () => {
  await server.stop();
  server.remove();
  rmSync(dir, { recursive: true, force: true });
});

type Members = [string, Buffer][];

async function membersOf(file: string): Promise<Members> {
  const zip = await openEvidenceZip(file);
  const members: Members = [];
  for (const name of zip.members.keys()) members.push([name, await zip.read(name)]);
  zip.close();
  return members;
}

/** Codes of the findings of an evidence file with these members. */
async function codesOf(members: Members, keys?: readonly string[]): Promise<string[]> {
  const file = path.join(dir, 'changed.daybook');
  const writer = new EvidenceWriter(file, new Date());
  for (const [name, bytes] of members) await writer.add(name, bytes);
  await writer.close();
  return codes(file, keys);
}

async function codes(file: string, keys?: readonly string[]): Promise<string[]> {
  const report = await verifyEvidence(file, { progress: silent, ...(keys === undefined ? {} : { keys }) });
  return [...new Set(report.findings.map((finding) => finding.code))];
}

const changed = (members: Members, name: string, change: (bytes: Buffer) => Buffer): Members =>
  members.map(([at, bytes]) => [at, at === name ? change(bytes) : bytes]);
const replaced = (from: string | RegExp, to: string) => (bytes: Buffer) => Buffer.from(bytes.toString().replace(from, to));

describe('an evidence file', () => {
  test('is whole, and says what was checked and what not', async () => {
    const report = await verifyEvidence(where, { progress: silent });
    expect(report.findings).toEqual([]);
    expect(report.checked).toEqual({ entries: CHOSEN.length, logs: 2 });
    // On lines of its own, so that a comment in the filter ends there.
    expect(asked).toContain("(\nuser_id = '<U1>' -- mine\n)");
    expect(report.notes.join('\n')).toContain('not pinned');
    expect(report.notes.join('\n')).toContain('does not prove that the filter missed nothing');
    expect((await verifyEvidence(scan, { progress: silent })).notes).toContain('Every entry 250 to 260 of routine is in the file.');
    expect(new Map(await membersOf(scan)).get('manifest.json')?.toString()).toContain('"made_at": "2026-01-02T03:04:05.000Z"');
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('has the exact bytes of the entries, and pages in plain language', async () => {
    const members = new Map(await membersOf(where));
    for (const [log, idx] of CHOSEN)
      expect(members.get(`logs/${log}/entries/${idx}.json`)).toEqual(Buffer.from(await server.ledger.entry(log, idx)));
    const html = members.get('README.html')?.toString() ?? '';
    expect(html).toContain('What it does not prove');
    expect(html).toContain('&lt;U1&gt;');
    expect(html).not.toContain('<U1>');
    expect(members.get('README.txt')?.toString()).toContain("user_id = '<U1>' -- mine");
    expect([...members.keys()].map((name) => parseMember(name)?.kind)).not.toContain(undefined);
  });

  test('is verified against pinned keys', async () => {
    const keys = (await listLogs(client)).map((log) => log.verifierKey);
    expect(await codes(where, keys)).toEqual([]);
    const stranger = formatVerifierKey(createSigner('web.test/routine', new Uint8Array(32).fill(1)));
    expect(await codes(scan, [stranger])).toEqual(['key_not_pinned']);
    expect(await codes(where, keys.slice(0, 1))).toEqual(['key_not_pinned']);
    await expect(codes(where, ['no key'])).rejects.toMatchObject({ code: 'usage' });
  });

  test('is refused where there is nothing to prove, too much, or no such log', async () => {
    const out = path.join(dir, 'refused.daybook');
    const make = (log: string, from: number, to: number) => makeEvidence({ client, scan: { log, from, to }, out, progress: silent });
    await expect(make('routine', 5, 4)).rejects.toMatchObject({ code: 'usage' });
    await expect(make('routine', 0, 100_000)).rejects.toMatchObject({ code: 'usage' });
    await expect(make('nolog', 0, 1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(makeEvidence({ client, out, progress: silent })).rejects.toMatchObject({ code: 'usage' });
    const empty: DaybookClient = { ...client, async *lines() {} };
    await expect(makeEvidence({ client: empty, where: '0', out, progress: silent })).rejects.toMatchObject({ code: 'nothing_found' });
    expect(readdirSync(dir).filter((name) => name.startsWith('refused'))).toEqual([]);
  });

  test('is not made of what a server cannot prove', async () => {
    const out = path.join(dir, 'forged.daybook');
    const forging: DaybookClient = {
      ...client,
      async maybeBytes(at, options) {
        const bytes = await client.maybeBytes(at, options);
        const from = bytes?.indexOf('U258') ?? -1;
        if (at.includes('/entries/') && bytes !== undefined && from >= 0) bytes.write('U999', from);
        return bytes;
      },
    };
    const made = makeEvidence({ client: forging, scan: { log: 'routine', from: 250, to: 260 }, out, progress: silent });
    await expect(made).rejects.toMatchObject({ code: 'proof_mismatch' });
    expect(readdirSync(dir).filter((name) => name.startsWith('forged'))).toEqual([]);
  });
});

describe('tampering', () => {
  let members: Members;
  beforeEach(async () => {
    members = await membersOf(where);
  });

  const FLIPPED: Record<string, RegExp> = {
    page: /^evidence_page_changed$/,
    manifest: /^(evidence_|key_malformed|signature_|base64_)/,
    key: /^evidence_key_mixed$/,
    checkpoint: /^(evidence_head_mixed|signature_|note_|base64_|text_|control_)/,
    entry: /^proof_mismatch$/,
    proof: /^(proof_|evidence_(head|index)_mixed|number_|base64_|text_|control_|index_)/,
  };

  test('a byte of any member flipped is found, by name', async () => {
    for (const [name, bytes] of members) {
      const kind = parseMember(name)?.kind ?? '';
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const flip = (whole: Buffer) => Buffer.from(whole.map((byte, i) => (i === at ? byte ^ 1 : byte)));
        const found = await codesOf(changed(members, name, flip));
        expect([name, at, found[0] ?? '']).toEqual([name, at, expect.stringMatching(FLIPPED[kind] ?? /^$/)]);
      }
    }
  });

  test('any member taken out is missed', async () => {
    for (const [name] of members) {
      const found = await codesOf(members.filter(([other]) => other !== name));
      expect([name, found]).toEqual([name, expect.arrayContaining(['evidence_member_missing'])]);
    }
    const both = members.filter(([name]) => !/routine\/(entries|proofs)\/256\./.test(name));
    expect(await codesOf(both)).toEqual(['evidence_count_wrong']);
    const all = members.filter(([name]) => !name.startsWith('logs/important/'));
    expect(await codesOf(all)).toEqual(['evidence_member_missing', 'evidence_count_wrong']);
    expect(await codesOf([])).toEqual(['evidence_member_missing']);
  });

  test('a member put in is named', async () => {
    const add = (name: string, bytes = 'x') => codesOf([...members, [name, Buffer.from(bytes)]]);
    for (const name of [
      'note.txt',
      'logs/routine/entries/07.json',
      'logs/routine/entries/7.txt',
      'logs/ROUTINE/checkpoint',
      'logs/routine/more',
    ])
      expect([name, await add(name)]).toEqual([name, ['evidence_member_unexpected']]);
    // The same member twice: which of them would another program show?
    expect(await add('README.html')).toEqual(['evidence_member_unexpected']);
    expect(await add('logs/routine/entries/3.json', '{}')).toEqual(['evidence_member_unexpected']);
    expect(await add('logs/routine/entries/7.json', '{}')).toEqual(['evidence_member_missing', 'evidence_count_wrong']);
    expect(await add('logs/other/checkpoint')).toEqual(['evidence_member_unexpected']);
  });

  test('an entry and its proof given for those of another number', async () => {
    const renamed = members.map(([name, bytes]): Members[number] => [name.replace(/\/255\./, '/254.'), bytes]);
    expect(await codesOf(renamed)).toEqual(['evidence_index_mixed']);
    const [one, other] = ['logs/routine/entries/255.json', 'logs/routine/entries/256.json'];
    const swapped = members.map(([name, bytes]): Members[number] => [name === one ? other : name === other ? one : name, bytes]);
    expect(await codesOf(swapped)).toEqual(['proof_mismatch']);
  });

  test('proofs and heads that do not belong together', async () => {
    const old = server.ledger.checkpoint('routine');
    const proof = 'logs/routine/proofs/3.tlog-proof';
    expect(await codesOf(changed(members, proof, replaced('index 3\n', 'index 4\n')))).toEqual(['evidence_index_mixed']);
    expect(await codesOf(changed(members, proof, replaced('@v1\n', '@v1\nextra AAAA\n')))).toEqual(['evidence_head_mixed']);
    expect(await codesOf(changed(members, proof, replaced('\n\n', `\n${'A'.repeat(43)}=\n\n`)))).toEqual(['proof_length_wrong']);
    await server.append('routine', { event_type: 'view', user_id: 'later' });
    await server.ledger.committed('routine', 601);
    const now = server.ledger.checkpoint('routine');
    expect(now).not.toBe(old);
    // A rightly signed, newer head: neither the manifest nor the proofs speak of it.
    expect(await codesOf(changed(members, 'logs/routine/checkpoint', () => Buffer.from(now)))).toEqual(['evidence_head_mixed']);
    const important = members.find(([name]) => name === 'logs/important/checkpoint')?.[1] ?? Buffer.alloc(0);
    expect(await codesOf(changed(members, 'logs/routine/checkpoint', () => important))).toEqual(['signature_missing']);
  });

  test('claims of the manifest that the entries contradict', async () => {
    const manifest = members.find(([name]) => name === 'manifest.json')?.[1].toString() ?? '';
    const read = parseManifest(manifest);
    if (read === undefined) throw new Error('the manifest is not read back');
    expect(formatManifest(read)).toBe(manifest);
    const claim = async (from: string | RegExp, to: string) => {
      expect(manifest).toMatch(from);
      return codesOf(changed(members, 'manifest.json', replaced(from, to)));
    };
    // Whoever changes the manifest has to rewrite the pages as well: without that, they tell.
    expect(await claim(/"first_idx": 3,/, '"first_idx": 2,')).toEqual(['evidence_page_changed', 'evidence_count_wrong']);
    expect(await claim(/"events": 4,/, '"events": 5,')).toEqual(['evidence_manifest_malformed']);
    expect(await claim(/mine/, 'yours')).toEqual(['evidence_page_changed']);
    expect(await claim(/"checkpoint_size": 600/, '"checkpoint_size": 599')).toEqual(['evidence_page_changed', 'evidence_head_mixed']);
    expect(await claim(/"last_recorded_at": "2/, '"last_recorded_at": "3')).toEqual(['evidence_page_changed', 'evidence_count_wrong']);
    expect(await claim(/\{/, '{"more":1,')).toEqual(['evidence_manifest_malformed']);
    expect(await claim(/evidence\/1/, 'evidence/2')).toEqual(['evidence_manifest_malformed']);
  });

  test('a range with a hole, or with more than it says', async () => {
    const whole = await membersOf(scan);
    const without = (idx: number) => whole.filter(([name]) => !new RegExp(`/${idx}\\.`).test(name));
    expect(await codesOf(without(255))).toEqual(['evidence_count_wrong', 'evidence_range_incomplete']);
    expect(await codesOf(without(260))).toEqual(['evidence_count_wrong', 'evidence_range_incomplete']);
    const report = await verifyEvidence(path.join(dir, 'changed.daybook'), { progress: silent });
    expect(report.findings.find((finding) => finding.code === 'evidence_range_incomplete')).toMatchObject({ firstIdx: 260, lastIdx: 260 });
    const beyond = members.filter(([name]) => /routine\/(entries|proofs)\/599\./.test(name));
    expect(await codesOf([...whole, ...beyond])).toContain('evidence_member_unexpected');
  });
});

describe('hostile zips', () => {
  test('bombs are refused by their size', async () => {
    const members = await membersOf(scan);
    const zeros = Buffer.alloc(5_000_000);
    expect(await codesOf(changed(members, 'logs/routine/entries/255.json', () => zeros))).toContain('evidence_too_large');
    expect(await codesOf(changed(members, 'manifest.json', () => zeros))).toContain('evidence_too_large');
    // The directory of the zip lies about the size: the stream is cut off where the lie ends.
    const file = path.join(dir, 'lie.daybook');
    const writer = new EvidenceWriter(file, new Date());
    await writer.add('manifest.json', zeros);
    await writer.close();
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf('PK\u0001\u0002', undefined, 'latin1');
    expect(bytes.readUInt32LE(at + 24)).toBe(zeros.length);
    bytes.writeUInt32LE(100, at + 24);
    writeFileSync(file, bytes);
    expect(await codes(file)).toEqual(['evidence_unreadable']);
  });

  test('names that leave the directory are not taken', async () => {
    const file = path.join(dir, 'names.daybook');
    const writer = new EvidenceWriter(file, new Date());
    await writer.add('aa/manifest.json', 'x');
    await writer.close();
    writeFileSync(file, Buffer.from(readFileSync(file).toString('latin1').replaceAll('aa/manifest', '../manifest'.slice(0, 11)), 'latin1'));
    expect(await codes(file)).toContain('evidence_unreadable');
  });

  test('whatever the bytes are, the answer is a report with findings', async () => {
    const right = readFileSync(scan);
    const file = path.join(dir, 'fuzz.daybook');
    const edits = fc.array(fc.tuple(fc.nat(right.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(edits, fc.option(fc.nat(right.length - 1)), async (all, cutAt) => {
        const bytes = Buffer.from(right);
        for (const [at, mask] of all) bytes[at] = (bytes[at] ?? 0) ^ mask;
        writeFileSync(file, cutAt === null ? bytes : bytes.subarray(0, cutAt));
        for (const code of await codes(file)) expect(Object.keys({ ...EVIDENCE_CODES, ...TLOG_CODES, ...FINDINGS })).toContain(code);
      }),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        writeFileSync(file, bytes);
        expect(await codes(file)).toEqual(['evidence_unreadable']);
      }),
      { numRuns: 50 },
    );
    writeFileSync(file, right.subarray(0, 1000));
    expect(await codes(file)).toEqual(['evidence_unreadable']);
    await expect(codes(path.join(dir, 'absent.daybook'))).rejects.toThrow('ENOENT');
  });
});

test('every code has a sentence', () => {
  for (const [code, meaning] of Object.entries(EVIDENCE_CODES)) expect([code, meaning]).toEqual([code, expect.stringMatching(/\.$/)]);
});
