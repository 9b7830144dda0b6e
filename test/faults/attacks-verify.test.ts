/** `daybook verify DIRECTORY` as its command calls it: what it remembers, what it says about trust. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openKnownHeads } from '../../packages/cli/src/known-heads.ts';
import { verifyDirectory } from '../../packages/cli/src/verify-directory.ts';
import { AttackedLedger, removeAttacked } from './attacked-ledger.ts';

let early: AttackedLedger;
let late: AttackedLedger;
let dir: string;
let stateFile: string;
let told: string[];

const progress = {
  start: (label: string): void => void told.push(`start ${label}`),
  total: (count: number): void => void told.push(`total ${count}`),
  set: (count: number): void => void told.push(`set ${count}`),
  note: (text: string): void => void told.push(`note ${text}`),
  end: (): void => void told.push('end'),
};

beforeAll(async () => {
  early = new AttackedLedger();
  await early.grow(300, 'early');
  late = early.copy();
  await late.grow(300, 'late');
});

afterAll(() => {
  early.remove();
  late.remove();
});

afterEach(() => {
  removeAttacked();
  rmSync(dir, { recursive: true });
});

function verify(target: string, options: { readonly keys?: string[]; readonly since?: string } = {}): ReturnType<typeof verifyDirectory> {
  dir = path.dirname(stateFile);
  return verifyDirectory(target, { ...options, stateFile, progress, workers: 0 });
}

function begin(): void {
  told = [];
  dir = mkdtempSync(path.join(tmpdir(), 'daybook-state-'));
  stateFile = path.join(dir, 'heads.json');
}

const foundCodes = async (report: ReturnType<typeof verifyDirectory>): Promise<string[]> => (await report).findings.map(({ code }) => code);

test('a data directory without faults: the signer is unpinned at first, known at the second time', async () => {
  begin();
  const first = await verify(late.root);
  expect(first.findings).toEqual([]);
  expect(first.checked).toMatchObject({ logs: 2, events: 600 });
  expect(first.notes.join('\n')).toContain('the signer is unpinned');
  expect(first.notes.join('\n')).toContain(late.keyLine());
  const second = await verify(late.dir);
  expect(second.findings).toEqual([]);
  expect(second.notes.join('\n')).not.toContain('the signer is unpinned');
  expect(told.slice(0, 2)).toEqual(['start verify', expect.stringMatching(/^total 6/)]);
  expect(told.at(-1)).toBe('end');
});

test('a head seen once is held against every later state, and not forgotten by a bad one', async () => {
  begin();
  expect(await foundCodes(verify(late.root))).toEqual([]);
  for (let round = 0; round < 2; round++) expect(await foundCodes(verify(early.root))).toEqual(['head_rolled_back', 'head_rolled_back']);
  expect((await openKnownHeads(stateFile)).get('test.example/routine')?.note).toBe(late.note());
  expect(await foundCodes(verify(late.root))).toEqual([]);
});

test('a growing log moves the memory on', async () => {
  begin();
  await verify(early.root);
  expect(await foundCodes(verify(late.root))).toEqual([]);
  expect((await openKnownHeads(stateFile)).get('test.example/routine')?.note).toBe(late.note());
});

test('pinned keys and a head kept elsewhere', async () => {
  begin();
  const report = await verify(late.root, { keys: [late.keyLine()], since: early.note() });
  expect(report.findings).toEqual([]);
  expect(report.notes.join('\n')).toContain('pinned by --key');
  expect(await foundCodes(verify(early.root, { since: late.note() }))).toContain('head_rolled_back');
  await expect(verify(late.root, { keys: ['nonsense'] })).rejects.toMatchObject({ exitStatus: 2 });
});

test('what is no ledger, and a memory that is none, stop the command', async () => {
  begin();
  await expect(verify(dir)).rejects.toMatchObject({ code: 'not_found' });
  for (const text of ['', '{}', '{"version":1,"heads":{"a":{"note":1}}}', '{"version":2,"heads":{}}']) {
    writeFileSync(stateFile, text);
    await expect(verify(late.root)).rejects.toThrow('memory of earlier checks');
    expect(readFileSync(stateFile, 'utf8')).toBe(text);
  }
});

test('a ledger without its FORMAT is still checked', async () => {
  begin();
  const attacked = late.attacked();
  rmSync(attacked.at('FORMAT'));
  expect(await foundCodes(verify(attacked.root))).toEqual(['format_unknown']);
});
