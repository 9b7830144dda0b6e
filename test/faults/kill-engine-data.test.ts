import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';
import { expectExactlyOnce } from '../harness/exactly-once.ts';
import { Load, seeded } from '../harness/load.ts';
import { until } from '../harness/until.ts';

const EVENTS_MIN = 20_000;
/** Parts that are worth damaging: more than control entries. */
const ROWS_BYTES_MIN = 2000;

let daybook: Daybook;
let load: Load;

beforeEach(async () => {
  load = new Load(seeded(7));
  daybook = await Daybook.start();
  load.start(daybook);
  await until('there are enough events', () => (load.made > EVENTS_MIN ? true : undefined), { ms: 60_000 });
  await load.pause();
  await load.settle(daybook);
  await daybook.indexed();
  await daybook.kill();
});
afterEach(async () => {
  await daybook.kill();
  daybook.remove();
});

/** Directories of active parts (`202611_1_4_1`) of the largest table, in the order of their blocks. */
function parts(): string[] {
  const engine = path.join(daybook.data, 'engine');
  const found = readdirSync(engine, { recursive: true, withFileTypes: true })
    .filter((item) => item.isDirectory() && /^[\w-]+?_\d+_\d+_\d+(_\d+)?$/.test(item.name) && !item.parentPath.includes('detached'))
    .map((item) => path.join(item.parentPath, item.name));
  const tables = [...new Set(found.map((part) => path.dirname(part)))].map((table) => found.filter((part) => path.dirname(part) === table));
  const [largest] = tables.sort((a, b) => bytes(b) - bytes(a));
  const block = (part: string) => Number(/_(\d+)_\d+_\d+(_\d+)?$/.exec(part)?.[1] ?? 0);
  return (largest ?? []).filter((part) => bytes([part]) > ROWS_BYTES_MIN).sort((a, b) => block(a) - block(b));
}

function bytes(dirs: readonly string[]): number {
  return dirs
    .flatMap((dir) => readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => statSync(path.join(dir, name)).size))
    .reduce((a, b) => a + b, 0);
}

/** The largest file of a part. */
function largestFile(part: string): string {
  const files = readdirSync(part, { withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => path.join(part, item.name));
  return files.sort((a, b) => statSync(b).size - statSync(a).size)[0] ?? '';
}

async function expectWhole(): Promise<void> {
  daybook = await Daybook.start({ home: daybook.home });
  await expectExactlyOnce(daybook, load.made);
}

describe('engine data as a power cut leaves it', () => {
  it('a part is cut off in the middle', async () => {
    const all = parts();
    expect(all.length).toBeGreaterThan(0);
    const file = largestFile(all[Math.floor(all.length / 2)] ?? '');
    truncateSync(file, Math.floor(statSync(file).size / 2));
    await expectWhole();
  });

  it('a middle part is missing', async () => {
    const all = parts();
    rmSync(all[Math.floor(all.length / 2)] ?? '', { recursive: true });
    await expectWhole();
  });

  it('a part is of length zero, and the newest is missing', async () => {
    const all = parts();
    for (const item of readdirSync(all[0] ?? '', { withFileTypes: true }))
      if (item.isFile()) truncateSync(path.join(item.parentPath, item.name), 0);
    if (all.length > 1) rmSync(all.at(-1) ?? '', { recursive: true });
    await expectWhole();
  });

  it('all of it is gone', async () => {
    rmSync(path.join(daybook.data, 'engine'), { recursive: true });
    await expectWhole();
  });
});
