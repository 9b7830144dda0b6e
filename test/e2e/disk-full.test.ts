import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';
import { until } from '../harness/until.ts';

/** Room for the reserve, the engine's empty tables and some events. */
const DISK = '400m';

const home = mkdtempSync(path.join(os.tmpdir(), 'daybook-full-'));
const data = path.join(home, 'data');
mkdirSync(data);
const mounted = mount();

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', data], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function unmount(): boolean {
  try {
    execFileSync('umount', [data], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // something of it is still open
  }
}

/** Writes until there is no room at all; a sparse file would take none. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (const block of [Buffer.alloc(1024 * 1024, 1), Buffer.alloc(4096, 1)]) {
      try {
        for (;;) writeSync(descriptor, block);
      } catch (error) {
        if (!String(error).includes('ENOSPC')) throw error;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

afterAll(async () => {
  if (mounted) await until('the small disk is free', () => unmount() || undefined, { ms: 20_000, everyMs: 100 });
  rmSync(home, { recursive: true, force: true });
});

describe.skipIf(!mounted)('a full disk (needs root, to mount one that is small)', () => {
  let daybook: Daybook;
  beforeAll(async () => {
    daybook = await Daybook.start({ home });
  });
  afterAll(async () => {
    await daybook.kill();
  });

  it('answers 503, keeps nothing by half, lets reads go on, and resumes by itself', async () => {
    const event = (n: number) => ({ event_id: `e${n}`, user_id: 'u', event_type: 'read', resource: `/r/${n}` });
    expect((await daybook.send([event(0)])).status).toBe(200);
    await daybook.indexed();
    const ballast = path.join(data, 'ballast');
    fill(ballast);
    let sent = 1;
    const refusal = await until('the disk is full', async () => {
      const batch = Array.from({ length: 500 }, () => event(sent++));
      const response = await daybook.send(batch);
      return response.status === 503 ? response : void (await response.arrayBuffer());
    }, { ms: 60_000 }); // biome-ignore format: one thought
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refusal.json()).toMatchObject({ code: 'disk_full' });
    const refused = sent - 500;
    expect((await daybook.fetch('/v1/events/routine/0')).status).toBe(200);
    rmSync(ballast);
    await until('it resumes', async () => ((await daybook.send([event(sent)])).status === 200 ? true : undefined), {
      ms: 60_000,
      everyMs: 200,
    });
    await daybook.indexed();
    // Of the refused batch nothing is there; all before it is.
    expect(await daybook.sql("SELECT count(), uniqExact(event_id) FROM access_logs WHERE kind = 'event'")).toBe(
      `${refused + 1}\t${refused + 1}`,
    );
    expect((await daybook.cli(['verify', daybook.data])).status).toBe(0);
  });
});
