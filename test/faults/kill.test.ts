import { setTimeout as pause } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';
import { expectExactlyOnce } from '../harness/exactly-once.ts';
import { Load, seeded } from '../harness/load.ts';
import { until } from '../harness/until.ts';

/** DAYBOOK_LONG=1 is the long mode; DAYBOOK_SEED repeats a run. */
const ROUNDS = process.env['DAYBOOK_LONG'] === '1' ? 200 : 20;
const SEED = Number(process.env['DAYBOOK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Rounds after which everything is compared; between them the load only goes on. */
const COMPARE_EVERY = 10;
const ROUND_MS = 30_000;

let daybook: Daybook;
afterEach(async () => {
  await daybook.kill();
  daybook.remove();
});

/** Processes of the engine among the server's children. */
function engines(server: Daybook): number[] {
  return server.children().filter((pid) => commandOf(pid).includes('engine'));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('kill -9 at random moments under load', () => {
  it(`loses and doubles nothing that was acknowledged (${ROUNDS} rounds, DAYBOOK_SEED=${SEED})`, {
    timeout: ROUNDS * ROUND_MS,
  }, async () => {
    const random = seeded(SEED);
    const load = new Load(random);
    daybook = await Daybook.start();
    const kills = { server: 0, engine: 0 };
    for (let round = 1; round <= ROUNDS; round++) {
      load.start(daybook);
      // The moment itself is the fault: from the first request to well into commits, checkpoints and inserts.
      await pause(10 + random() * 1500);
      const victim = random() < 0.5 ? 'server' : 'engine';
      kills[victim]++;
      if (victim === 'server') {
        await daybook.kill();
        await load.pause();
        // Some starts are killed, too: recovery must stand being interrupted.
        if (random() < 0.3) await killedStart(daybook.home, random);
        daybook = await Daybook.start({ home: daybook.home, wait: 'listening' });
      } else {
        const before = await until('the engine runs', () => engines(daybook)[0], { ms: ROUND_MS });
        process.kill(before, 'SIGKILL');
        await pause(random() * 300);
        await load.pause();
      }
      if (round % COMPARE_EVERY !== 0 && round !== ROUNDS) continue;
      await daybook.ready();
      await load.settle(daybook);
      await expectExactlyOnce(daybook, load.made);
    }
    expect(kills.server).toBeGreaterThan(0);
    expect(kills.engine).toBeGreaterThan(0);
    expect((await daybook.stop()).code).toBe(0);
  });
});

/** A start that is killed within its first second and a half. */
async function killedStart(home: string, random: () => number): Promise<void> {
  const start = Daybook.start({ home, wait: 'listening' });
  await pause(random() * 1500);
  const started = await start;
  await started.kill();
}
