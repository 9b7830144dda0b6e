import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLossyRelay } from '../harness/lossy-relay.ts';
import { Daybook } from '../harness/daybook.ts';
import { ledgerEntries } from '../harness/ledger-events.ts';
import { seeded } from '../harness/load.ts';
import { Application, type ApplicationResult } from '../harness/sdk-process.ts';
import { until } from '../harness/until.ts';

/** DAYBOOK_LONG=1 is the long mode; DAYBOOK_SEED repeats a run. */
const ROUNDS = process.env['DAYBOOK_LONG'] === '1' ? 200 : 20;
const SEED = Number(process.env['DAYBOOK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const ROUND_MS = 30_000;

let daybook: Daybook;
let work: string;
let token: string;
beforeEach(async () => {
  work = mkdtempSync(path.join(os.tmpdir(), 'daybook-sdk-faults-'));
  daybook = await Daybook.start();
  const response = await daybook.fetch('/v1/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'shop', role: 'producer' }),
  });
  ({ token } = (await response.json()) as { token: string });
});
afterEach(async () => {
  await daybook.kill();
  daybook.remove();
  rmSync(work, { recursive: true, force: true });
});

const spool = () => path.join(work, 'spool');
const journal = () => path.join(work, 'journal');
const start = (
  run: string,
  more: {
    readonly events?: number;
    readonly flushMs?: number;
    readonly paceMs?: number;
    readonly directory?: string;
    readonly url?: string;
  } = {},
) => new Application({ name: 'shop', url: daybook.url, token, directory: spool(), journal: journal(), run, events: 0, ...more });

/** Opens the spool once more, and has all of it arrive. */
async function drain(directory = spool()): Promise<ApplicationResult> {
  const result = await start('drain', { directory, flushMs: 60_000 }).result();
  expect(result).toMatchObject({ stats: { lost: 0, refused: 0, waitingBytes: 0 } });
  return result;
}

interface Kept {
  /** Resources of the application's events, with how often the ledger has each. */
  readonly counts: ReadonlyMap<string, number>;
  /** What gap entries tell as lost. */
  readonly told: number;
}

async function keptBy(server: Daybook): Promise<Kept> {
  const counts = new Map<string, number>();
  let told = 0;
  for (const entry of await ledgerEntries(server)) {
    const resource = /"resource":"(\/sdk\/[^"]+)"/.exec(entry)?.[1];
    if (resource !== undefined) counts.set(resource, (counts.get(resource) ?? 0) + 1);
    if (entry.includes('"event_type":"sdk.gap"')) told += Number(/"row_count":(\d+)/.exec(entry)?.[1]);
  }
  return { counts, told };
}

const journaled = () => (existsSync(journal()) ? readFileSync(journal(), 'utf8').split('\n').filter(Boolean) : []);

/** Every event whose `record` returned is in the ledger, each once; a kill may have come between one event and its line in the journal. */
async function expectOneToOne(kills: number): Promise<void> {
  const { counts } = await keptBy(daybook);
  const lines = journaled();
  expect(lines.filter((resource) => !counts.has(resource))).toEqual([]);
  expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
  const known = new Set(lines);
  expect([...counts.keys()].filter((resource) => !known.has(resource)).length).toBeLessThanOrEqual(kills);
}

describe('an application that records', () => {
  it(`loses and doubles nothing when it, or the server, is killed at random moments (${ROUNDS} rounds, DAYBOOK_SEED=${SEED})`, {
    timeout: ROUNDS * ROUND_MS,
  }, async () => {
    const random = seeded(SEED);
    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // Two processes share the spool; the moment of the kill is the fault: from the first open to a full stream of batches.
      const applications = [start(`${round}-a`, { events: 200_000, paceMs: 8 }), start(`${round}-b`, { events: 200_000, paceMs: 8 })];
      await pause(100 + random() * 500);
      if (random() < 0.3) {
        await daybook.kill();
        await pause(random() * 300);
        daybook = await Daybook.start({ home: daybook.home, wait: 'listening', args: ['--listen', new URL(daybook.url).host] });
      }
      for (const application of applications) await application.kill();
      kills += applications.length;
    }
    await drain();
    expect(readdirSync(spool())).toEqual([]);
    expect(journaled().length).toBeGreaterThan(ROUNDS * 10);
    await expectOneToOne(kills);
    await daybook.ready();
    const { status, out } = await daybook.cli(['verify', daybook.data]);
    // Numbers of a killed process end where it ended: there is no gap in them, and no double.
    expect({ status, out }).toMatchObject({ status: 0 });
  });

  it('keeps what it records while the server is away, and the next process sends it', async () => {
    const { url } = daybook;
    await daybook.kill();
    const application = start('away', { url, events: 20_000, flushMs: 500 });
    const result = await application.result();
    expect(result).toMatchObject({ kept: 20_000, stats: { lost: 0, sent: 0 } });
    expect(result.stats.waitingBytes).toBeGreaterThan(0);
    daybook = await Daybook.start({ home: daybook.home });
    await drain();
    await expectOneToOne(0);
    expect((await keptBy(daybook)).counts.size).toBe(20_000);
  });
});

describe('a server that takes and does not answer', () => {
  it('holds up no application, and what it has taken is not there twice', async () => {
    const relay = await openLossyRelay(daybook.url, () => 'hangs');
    const began = performance.now();
    const result = await start('hanging', { url: relay.url, events: 20_000, flushMs: 500 }).result();
    // Far below the thirty seconds for which one answer is waited.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(result).toMatchObject({ kept: 20_000, stats: { lost: 0, sent: 0 } });
    expect(relay.count()).toBeGreaterThan(0);
    await relay.close();
    await drain();
    await expectOneToOne(0);
    expect((await keptBy(daybook)).counts.size).toBe(20_000);
  });
});

const small = mkdtempSync(path.join(os.tmpdir(), 'daybook-sdk-small-'));
const mounted = mount();
function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', small], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!mounted)('an application whose disk is full (needs root, to mount one that is small)', () => {
  afterEach(async () => {
    const unmounted = () => {
      try {
        execFileSync('umount', [small], { stdio: 'ignore' });
        return true;
      } catch {
        return undefined;
      }
    };
    await until('the small disk is free', unmounted, { ms: 20_000 });
    rmSync(small, { recursive: true, force: true });
  });

  it('goes on, keeps what memory holds, counts the rest, and tells it when it can', async () => {
    const directory = path.join(small, 'spool');
    mkdirSync(directory);
    const { url, home } = daybook;
    await daybook.kill();
    const application = start('full', { url, directory, events: 60_000, flushMs: 60_000 });
    await until('it has recorded', () => application.hasRecorded || undefined, { ms: 60_000 });
    daybook = await Daybook.start({ home, args: ['--listen', new URL(url).host] });
    const { kept, stats, problems } = await application.result();
    expect(kept).toBeGreaterThan(5000);
    expect(stats.lost).toBe(60_000 - kept);
    expect(stats.lost).toBeGreaterThan(1000);
    expect(problems.join('\n')).toMatch(/memory: .*ENOSPC[\s\S]*lost: /);
    const { counts, told } = await keptBy(daybook);
    await expectOneToOne(0);
    expect({ kept: counts.size, told }).toEqual({ kept, told: stats.lost });
  });
});
