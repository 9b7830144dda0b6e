import { Frontier, TlogError, openCheckpoint, parseVerifierKey } from '@daybook/tlog';
import { DaybookError } from '@daybook/protocol';
import { describe, expect, test } from 'vitest';
import { AFTERMATHS, type Aftermath, FAULTS, type Fault, FaultyFiles } from '../base/files-faulty.ts';
import { leafHashes } from './disk-tree.ts';
import { openLedgerWith } from './ledger.ts';
import { testBatch, testOptions } from './test-ledger.ts';
import type { Ledger } from './types.ts';

/**
 * Every call of the ledger to its disk, made to fail in every way, with everything a crash can leave behind; then started again. Held each time:
 * no acknowledged event is lost or doubled, no two roots were ever signed for one size, and the whole tree hashes to every head that left the process.
 */

/** Everything that left the processes of one trial. */
interface Witness {
  /** Texts that were acknowledged, by log and idx. */
  readonly acked: Map<string, string>;
  /** Signed notes that were published. */
  readonly notes: Set<string>;
}

const DIR = '/disk';

function newDisk(witness: Witness): FaultyFiles {
  return new FaultyFiles({
    immutable: (file) => /\/(checkpoints|blobs)\/|\.seg$/.test(file),
    appendOnly: (file) => /\/tiles\/|\.open$/.test(file),
    onReplaced: (file, bytes) => {
      if (/\/checkpoint$|\/checkpoints\/\d+$/.test(file)) witness.notes.add(bytes.toString());
    },
  });
}

/** One process: starts, works, and stops or dies. Never throws for a fault; returns whether the start was refused. */
async function live(disk: FaultyFiles, witness: Witness, name: string): Promise<Error | undefined> {
  let ledger: Ledger;
  try {
    ledger = await openLedgerWith(faultyOptions(disk));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  for (let i = 0; i < 3; i++) {
    await Promise.all([append(ledger, witness, 'routine', `${name}r${i}`, 300), append(ledger, witness, 'important', `${name}i${i}`, 2)]);
    const note = await ledger.committed('routine', ledger.state('routine').size).catch(() => undefined);
    if (note !== undefined) witness.notes.add(note);
  }
  await ledger.close().catch(() => undefined);
  return undefined;
}

async function append(ledger: Ledger, witness: Witness, log: string, text: string, count: number): Promise<void> {
  const batch = testBatch(count, text);
  for (let tries = 0; tries < 200; tries++) {
    try {
      const receipt = await ledger.append(log, batch);
      for (let i = 0; i < count; i++) witness.acked.set(`${log}/${receipt.firstIdx + i}`, `"${text}-${i}"`);
      return;
    } catch (error) {
      if (!(error instanceof DaybookError) || error.code !== 'disk_full') return;
      // The disk has room again at once; the ledger notices by itself.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  throw new Error('the ledger did not resume');
}

function faultyOptions(files: FaultyFiles) {
  return testOptions(DIR, {
    files,
    fatal: () => undefined,
    lock: () => ({ release: () => undefined }),
    limits: { reserveBytes: 1024, checkpointIntervalMs: 0, spacePollMs: 0, ringBytes: 0 },
  });
}

/** The judge: a clean start on what is left must find everything, and sign heads that agree with all that left before. */
async function judge(disk: FaultyFiles, witness: Witness): Promise<void> {
  const refused = await live(disk, witness, 'z');
  if (refused !== undefined) throw refused;
  const ledger = await openLedgerWith(faultyOptions(disk));
  const roots = new Map<string, string>();
  for (const log of ledger.logs) {
    const { size } = ledger.state(log);
    const heads = headsOf([...witness.notes], ledger.verifierKeys().find((key) => key.includes(`/${log}+`)) ?? '');
    const texts = new Map<number, string>();
    const frontier = new Frontier();
    for await (const chunk of ledger.read(log, 0, size)) {
      const hashes = leafHashes(chunk);
      for (let i = 0; i < chunk.count; i++) {
        texts.set(chunk.firstIdx + i, chunk.bytes.toString('utf8', chunk.starts[i], chunk.ends[i]));
        frontier.append(hashes.subarray(i * 32, (i + 1) * 32));
        if (heads.has(frontier.size)) roots.set(`${log}/${frontier.size}`, Buffer.from(frontier.root()).toString('base64'));
      }
    }
    for (const [signedSize, root] of heads)
      if (signedSize > 0) expect(`${signedSize} ${roots.get(`${log}/${signedSize}`)}`).toBe(`${signedSize} ${root}`);
    const resources = [...texts.values()].map((text) => /"resource":("[^"]+-\d+")/.exec(text)?.[1]).filter((text) => text !== undefined);
    expect(new Set(resources).size).toBe(resources.length);
    for (const [place, text] of witness.acked) {
      const [ackedLog, idx] = place.split('/');
      if (ackedLog === log) expect(texts.get(Number(idx))).toContain(text);
    }
  }
  await ledger.close();
  expect(disk.violations).toEqual([]);
}

/** Size → root of all notes of one log; a second root for a size fails. */
function headsOf(notes: readonly string[], key: string): Map<number, string> {
  const heads = new Map<number, string>();
  for (const note of notes) {
    try {
      const { size, root } = openCheckpoint(note, parseVerifierKey(key));
      const text = Buffer.from(root).toString('base64');
      expect(`${size} ${heads.get(size) ?? text}`).toBe(`${size} ${text}`);
      heads.set(size, text);
    } catch (error) {
      if (!(error instanceof TlogError)) throw error;
    }
  }
  return heads;
}

/** Reproducible chance. */
function chances(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e37_79b9) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs trials with the fault at call 0, 1, 2 … until a trial does not reach it. */
async function everyCall(fault: Fault, aftermath: Aftermath): Promise<number> {
  for (let at = 0; ; at++) {
    const witness: Witness = { acked: new Map(), notes: new Set() };
    const first = newDisk(witness);
    first.inject(at, fault);
    await live(first, witness, 'a');
    const chance = chances(at);
    // The start after the fault meets a second one, which is somewhere in its recovery or its first commits.
    const second = first.after(aftermath, chance);
    second.inject((at * 7) % 31, fault);
    await live(second, witness, 'b');
    try {
      expect([...first.violations, ...second.violations]).toEqual([]);
      await judge(second.after(aftermath, chance), witness);
    } catch (error) {
      const steps = `first life: …${first.trace.slice(-4).join(' · ')}; second: …${second.trace.slice(-4).join(' · ')}`;
      throw new Error(`${fault} at call ${at}, ${aftermath}: ${steps}`, { cause: error });
    }
    if (!first.hit) return at;
  }
}

describe('a fault at every call', () => {
  for (const fault of FAULTS) {
    for (const aftermath of AFTERMATHS) {
      test(`${fault}, ${aftermath}`, { timeout: 120_000 }, async () => {
        expect(await everyCall(fault, aftermath)).toBeGreaterThan(40);
      });
    }
  }
});
