/**
 * Attacks on the history of a ledger: what its files say is consistent, or nearly, but it is not what was signed before. A signed log on one disk
 * cannot show that all of it was put back to an older state; a head kept elsewhere, or seen by an earlier check, does.
 */
import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { isBadFrame, scanFrames } from '@daybook/logfiles';
import { parseVerifierKey } from '@daybook/tlog';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AttackedLedger, codes, places, removeAttacked } from './attacked-ledger.ts';

/** 700 entries; then grown to 1,300 as `late`, and, in another history of the same length, as `fork`. */
let early: AttackedLedger;
let late: AttackedLedger;
let fork: AttackedLedger;

beforeAll(async () => {
  early = new AttackedLedger();
  await early.grow(700, 'early');
  late = early.copy();
  await late.grow(600, 'late');
  fork = early.copy();
  await fork.grow(600, 'fork');
});

afterAll(() => {
  for (const each of [early, late, fork]) each.remove();
});

afterEach(removeAttacked);

/** Cuts the open segment behind so many frames. */
function truncateFrames(ledger: AttackedLedger, frames: number): void {
  const file = ledger.segment(0, 'open');
  const ends = [...scanFrames(readFileSync(file), 0)].map((frame) => (isBadFrame(frame) ? 0 : frame.end));
  truncateSync(file, ends[frames - 1] ?? 0);
}

const since = (other: AttackedLedger) => ({ since: [{ note: other.note(), where: 'the head given' }] });
const seen = (other: AttackedLedger) => ({ known: () => ({ verifierKey: other.keyLine(), note: other.note() }) });

test('a ledger that grew contains its older heads, given or seen', async () => {
  const result = await late.check({
    ...since(early),
    known: (origin) => (origin === 'test.example/routine' ? seen(early).known() : undefined),
  });
  expect(result.findings).toEqual([]);
  expect(result.heads.map(({ origin, size }) => `${origin} ${size}`)).toContain('test.example/routine 1300');
});

describe('truncated', () => {
  test('and stopped: the newest entries are gone', async () => {
    const ledger = late.attacked();
    truncateFrames(ledger, 2);
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entries_missing']);
    expect(places(result, 'entries_missing')).toEqual(['routine 700-1299']);
    await expect(ledger.open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('and continued with other entries, by someone who cannot sign', async () => {
    const ledger = late.attacked();
    ledger.take(fork, 'logs', 'routine', 'segments');
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entry_mismatch', 'root_mismatch']);
    expect(places(result, 'root_mismatch')).toEqual(['routine 700-1299']);
    expect(places(result, 'entry_mismatch')).toEqual(['routine 512-1279']);
    await expect(ledger.open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('and continued with entries and tiles', async () => {
    const ledger = late.attacked();
    ledger.take(fork, 'logs', 'routine', 'segments');
    ledger.take(fork, 'logs', 'routine', 'tiles');
    const result = await ledger.check();
    expect(codes(result)).toEqual(['root_mismatch']);
    expect(places(result, 'root_mismatch')).toEqual(['routine 700-1299']);
  });
});

describe('an older snapshot', () => {
  test('with the newer last-signed record: the data is behind', async () => {
    const ledger = early.attacked();
    ledger.take(late, 'last-signed', 'routine');
    const result = await ledger.check();
    expect(codes(result)).toEqual(['entries_missing', 'tile_width_wrong']);
    expect(places(result, 'entries_missing')).toEqual(['routine 700-1299']);
    await expect(ledger.open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('with the newer last-signed record on another disk', async () => {
    const ledger = early.attacked();
    const result = await ledger.check({ lastSignedDir: late.at('last-signed') });
    expect(codes(result)).toContain('entries_missing');
  });

  test('of everything: only a head kept elsewhere or seen before tells', async () => {
    const ledger = early.attacked();
    expect((await ledger.check()).findings).toEqual([]);
    for (const known of [since(late), seen(late)]) {
      const result = await ledger.check(known);
      expect(codes(result)).toContain('head_rolled_back');
      expect(places(result, 'head_rolled_back')).toEqual(['routine 700-1299']);
    }
  });

  test('of everything, continued by the server to a greater size', async () => {
    const ledger = early.attacked();
    await ledger.grow(900, 'again');
    expect((await ledger.check()).findings).toEqual([]);
    const result = await ledger.check(since(late));
    expect(codes(result)).toEqual(['head_forked']);
    expect(places(result, 'head_forked')).toEqual(['routine 0-1299']);
  });

  test('of the last-signed record alone', async () => {
    const ledger = late.attacked();
    ledger.take(early, 'last-signed', 'routine');
    const result = await ledger.check();
    expect(codes(result)).toEqual(['last_signed_behind']);
    expect(places(result, 'last_signed_behind')).toEqual(['routine 700-1299']);
    await expect(ledger.open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('the last-signed record is removed', async () => {
    const ledger = late.attacked();
    rmSync(ledger.at('last-signed', 'routine'));
    expect(codes(await ledger.check())).toEqual(['head_missing']);
    await expect(ledger.open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });
});

describe('two histories', () => {
  test('two heads of one size, both kept', async () => {
    const ledger = late.attacked();
    copyFileSync(fork.at('last-signed', 'routine'), ledger.at('logs', 'routine', 'checkpoint'));
    expect(codes(await ledger.check())).toEqual(['head_split']);
  });

  test('two heads of one size, one kept elsewhere', async () => {
    const ledger = late.attacked();
    const result = await ledger.check(since(fork));
    expect(codes(result)).toEqual(['head_split']);
    expect(places(result, 'head_split')).toEqual(['routine 0-1299']);
  });

  test('a fork: a kept head signs other entries', async () => {
    const ledger = late.attacked();
    await ledger.grow(10, 'more');
    copyFileSync(fork.at('last-signed', 'routine'), ledger.at('logs', 'routine', 'checkpoints', '1300'));
    const result = await ledger.check();
    expect(codes(result)).toEqual(['head_forked']);
    expect(places(result, 'head_forked')).toEqual(['routine 1200-1299']);
  });

  test('a stale head is published', async () => {
    const ledger = late.attacked();
    copyFileSync(early.at('last-signed', 'routine'), ledger.at('logs', 'routine', 'checkpoint'));
    copyFileSync(early.at('last-signed', 'routine'), ledger.at('last-signed', 'routine'));
    rmSync(ledger.at('logs', 'routine', 'checkpoints'), { recursive: true });
    expect(codes(await ledger.check(since(late)))).toEqual(['head_rolled_back']);
    expect(codes(await ledger.check(seen(late)))).toContain('head_rolled_back');
  });

  test('a head under the name of another size', async () => {
    const ledger = late.attacked();
    copyFileSync(ledger.at('logs', 'routine', 'checkpoints', '1300'), ledger.at('logs', 'routine', 'checkpoints', '1299'));
    expect(codes(await ledger.check())).toEqual(['head_misnamed']);
  });
});

describe('another log of the same origin', () => {
  test('begun anew with another key', async () => {
    const anew = new AttackedLedger();
    try {
      await anew.grow(1400, 'anew');
      expect((await anew.check()).findings).toEqual([]);
      const known = (origin: string) => (origin === 'test.example/routine' ? seen(late).known() : undefined);
      expect(codes(await anew.check({ known }))).toEqual(['key_changed']);
      expect(codes(await anew.check({ pins: [parseVerifierKey(late.keyLine())] }))).toEqual(['key_not_pinned']);
      expect(codes(await anew.check(since(late)))).toEqual(['head_foreign']);
    } finally {
      anew.remove();
    }
  });

  test('begun anew with the same key', async () => {
    const anew = new AttackedLedger();
    try {
      copyFileSync(`${late.root}/ledger.key`, `${anew.root}/ledger.key`);
      await anew.grow(1400, 'anew');
      expect((await anew.check({ pins: [parseVerifierKey(late.keyLine())] })).findings).toEqual([]);
      expect(codes(await anew.check(since(late)))).toEqual(['head_forked']);
    } finally {
      anew.remove();
    }
  });
});

test('a second writer', async () => {
  const ledger = late.attacked();
  const first = await ledger.open();
  try {
    await expect(ledger.open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect((await ledger.check()).findings).toEqual([]);
    // The check has not taken the lock away.
    await expect(ledger.open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  } finally {
    await first.close();
  }
});

test('two writers against the lock: their writes do not follow one another', async () => {
  const ledger = late.attacked();
  const file = ledger.segment(0, 'open');
  const own = readFileSync(file);
  const end = [...scanFrames(own, 0)].map((frame) => (isBadFrame(frame) ? 0 : frame.end))[1] ?? 0;
  writeFileSync(file, Buffer.concat([own, readFileSync(fork.segment(0, 'open')).subarray(end)]));
  expect(codes(await ledger.check())).toEqual(['frame_order']);
});
