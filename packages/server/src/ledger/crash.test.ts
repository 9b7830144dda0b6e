import { SEGMENT_ENTRIES, type SealJob, type SealResult, SealedError, SealedWriter, isBadFrame, scanFrames } from '@daybook/logfiles';
import { Frontier, TlogError, openCheckpoint, parseVerifierKey } from '@daybook/tlog';
import { DaybookError } from '@daybook/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { mustHave } from '../base/assert.ts';
import { AFTERMATHS, type Aftermath, FAULTS, type Fault, FaultyFiles } from '../base/test-faulty-files.ts';
import { leafHashes } from './disk-tree.ts';
import { openLedgerWith } from './open-ledger.ts';
import { chunkOf, chunkPart } from './ring.ts';
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
    onReplaced: (file, bytes) => watch(witness, file, bytes),
  });
}

function watch(witness: Witness, file: string, bytes: Buffer): void {
  if (/\/checkpoint$|\/checkpoints\/\d+$/.test(file)) witness.notes.add(bytes.toString());
}

/** What a process does between its start and its stop. */
type Work = (ledger: Ledger, witness: Witness, name: string, disk: FaultyFiles) => Promise<void>;

/** One process: starts, works, and stops or dies. Never throws for a fault; returns why the start was refused, if it was. */
async function live(
  disk: FaultyFiles,
  witness: Witness,
  { name, work }: { readonly name: string; readonly work: Work },
  fatal?: (error: unknown) => void,
): Promise<Error | undefined> {
  let ledger: Ledger;
  try {
    ledger = await openLedgerWith(faultyOptions(disk, fatal));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  await work(ledger, witness, name, disk);
  await ledger.close().catch(() => undefined);
  return undefined;
}

/** Rounds in both logs with a head after each; the first one fills a bundle, so that tiles are staged. */
const appendAndSign: Work = async (ledger, witness, name) => {
  for (const [i, count] of [260, 3, 1].entries()) {
    await Promise.all([
      append(ledger, witness, { log: 'routine', text: `${name}r${i}`, count }),
      append(ledger, witness, { log: 'important', text: `${name}i${i}`, count: 2 }),
    ]);
    const note = await ledger.committed('routine', ledger.state('routine').size).catch(() => undefined);
    if (note !== undefined) witness.notes.add(note);
  }
};

/** Crosses the end of a segment within a batch, and waits until the full segment is sealed. */
const crossAndSeal: Work = async (ledger, witness, name, disk) => {
  await append(ledger, witness, { log: 'routine', text: `${name}x`, count: 40 });
  await append(ledger, witness, { log: 'routine', text: `${name}y`, count: 2 });
  const sealed = `${DIR}/ledger/logs/routine/segments/0000000000.seg`;
  for (let tries = 0; tries < 500 && ledger.health().ok && (await disk.stat(sealed).catch(() => true)) === undefined; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (!disk.faulted && ledger.health().ok) expect(await disk.stat(sealed)).toBeDefined();
};

async function append(
  ledger: Ledger,
  witness: Witness,
  { log, text, count }: { readonly log: string; readonly text: string; readonly count: number },
): Promise<void> {
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

function faultyOptions(files: FaultyFiles, fatal: (error: unknown) => void = () => undefined) {
  return testOptions(DIR, {
    files,
    fatal,
    lock: () => ({ release: () => undefined }),
    seal: (job) => sealOn(files, job),
    limits: { reserveBytes: 1024, checkpointIntervalMs: 0, spacePollMs: 0, sealIntervalMs: 0, ringBytes: 0 },
  });
}

/** What the sealing thread does, on a disk that faults. */
async function sealOn(files: FaultyFiles, { openFile, sealedFile, segment }: SealJob): Promise<SealResult> {
  const open = (await files.read(openFile)) ?? Buffer.alloc(0);
  const writer = new SealedWriter(segment * SEGMENT_ENTRIES);
  const payloads: Buffer[] = [];
  for (const frame of scanFrames(open, segment * SEGMENT_ENTRIES)) {
    if (isBadFrame(frame)) throw new SealedError('damaged');
    payloads.push(Buffer.from(frame.payload));
  }
  const entries = mustHave(chunkOf('routine', 0, SEGMENT_ENTRIES, Buffer.concat(payloads)), 'the entries of a full segment');
  const parts: Buffer[] = [writer.header];
  for (let at = 0; at < SEGMENT_ENTRIES; at += 256) parts.push(writer.add(chunkPart(entries, at, at + 256).bytes));
  const edge = new Frontier();
  edge.append(await leafHashes(entries));
  const root = Buffer.from(edge.root());
  parts.push(writer.footer(root));
  const file = await files.open(sealedFile);
  await file.write(parts, 0);
  await file.datasync();
  return { root, openBytes: open.length, sealedBytes: await file.size() };
}

/** The judge: a clean start on what is left must find everything, and sign heads that agree with all that left before. */
async function judge(disk: FaultyFiles, witness: Witness, work: Work): Promise<void> {
  const faults: unknown[] = [];
  const refused = await live(disk, witness, { name: 'z', work }, (error) => faults.push(error));
  expect(faults).toEqual([]);
  if (refused !== undefined) throw refused;
  const ledger = await openLedgerWith(faultyOptions(disk));
  const roots = new Map<string, string>();
  for (const log of ledger.logs) {
    const { size } = ledger.state(log);
    const heads = headsOf([...witness.notes], ledger.verifierKeys().find((key) => key.includes(`/${log}+`)) ?? '');
    const texts = new Map<number, string>();
    const frontier = new Frontier();
    for await (const chunk of ledger.read(log, 0, size)) {
      const hashes = await leafHashes(chunk);
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
    // One assertion for all: of 65,536 entries each, they would take longer than all that is tested.
    const lost = [...witness.acked].filter(([place, text]) => {
      const [ackedLog, idx] = place.split('/');
      return ackedLog === log && texts.get(Number(idx))?.includes(text) !== true;
    });
    expect(lost).toEqual([]);
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

interface Trials {
  readonly fault: Fault;
  readonly aftermath: Aftermath;
  readonly work: Work;
  /** The disk on which the first life begins. */
  readonly disk: (witness: Witness) => FaultyFiles;
  /** Every which call; the first one differs by trial series, so that together they reach all. */
  readonly step: number;
  readonly first: number;
}

/** Runs trials with the fault at one call after the other until a trial does not reach it. */
async function everyCall({ fault, aftermath, work, disk, step, first }: Trials): Promise<number> {
  for (let at = first; ; at += step) {
    const witness: Witness = { acked: new Map(), notes: new Set() };
    const one = disk(witness);
    one.inject(at, fault);
    await live(one, witness, { name: 'a', work });
    const chance = chances(at);
    // The start after the fault meets a second one, which is somewhere in its recovery or its first commits.
    const two = one.after(aftermath, chance);
    two.inject((at * 7) % 31, fault);
    await live(two, witness, { name: 'b', work });
    try {
      expect([...one.violations, ...two.violations]).toEqual([]);
      await judge(two.after(aftermath, chance), witness, work);
    } catch (error) {
      const steps = `first life: …${one.trace.slice(-4).join(' · ')}; second: …${two.trace.slice(-4).join(' · ')}`;
      throw new Error(`${fault} at call ${at}, ${aftermath}: ${steps}`, { cause: error });
    }
    if (!one.hit) return at;
  }
}

/** DAYBOOK_FAULTS=all reaches every call in every combination (minutes); else the combinations share the calls out among them. */
const isLong = process.env['DAYBOOK_FAULTS'] === 'all';
const COMBINATIONS = FAULTS.flatMap((fault) => AFTERMATHS.map((aftermath) => ({ fault, aftermath })));

describe('a fault at every call', () => {
  for (const [i, { fault, aftermath }] of COMBINATIONS.entries()) {
    test(`while entries are appended and heads signed: ${fault}, ${aftermath}`, { timeout: 300_000 }, async () => {
      const step = isLong ? 1 : 15;
      expect(await everyCall({ fault, aftermath, work: appendAndSign, disk: newDisk, step, first: i % step })).toBeGreaterThan(80);
    });
  }
});

describe('a fault at every call, at the end of a segment', () => {
  let almostFull: FaultyFiles;
  let before: Witness;

  beforeAll(async () => {
    before = { acked: new Map(), notes: new Set() };
    almostFull = newDisk(before);
    const fill: Work = async (ledger, witness) => append(ledger, witness, { log: 'routine', text: 'f', count: SEGMENT_ENTRIES - 20 });
    const refused = await live(almostFull, before, { name: 'f', work: fill });
    if (refused !== undefined) throw refused;
  });

  // A life takes a second here: the short mode has each fault with one aftermath.
  const combinations = COMBINATIONS.filter(
    (_, i) => isLong || i % AFTERMATHS.length === Math.floor(i / AFTERMATHS.length) % AFTERMATHS.length,
  );
  for (const [i, { fault, aftermath }] of combinations.entries()) {
    test(`while a batch crosses it and the segment is sealed: ${fault}, ${aftermath}`, { timeout: 900_000 }, async () => {
      const disk = (witness: Witness): FaultyFiles => {
        for (const [place, text] of before.acked) witness.acked.set(place, text);
        for (const note of before.notes) witness.notes.add(note);
        return almostFull.after('killed', undefined, (file, bytes) => watch(witness, file, bytes));
      };
      const step = isLong ? 1 : 70;
      expect(await everyCall({ fault, aftermath, work: crossAndSeal, disk, step, first: (i * 7) % step })).toBeGreaterThan(50);
    });
  }
});
