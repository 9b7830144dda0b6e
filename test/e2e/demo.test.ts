import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateHistory } from '../../demo/index.ts';
import { ADMIN, Daybook, environment, PROGRAM, ROOT, runCommand } from '../harness/daybook.ts';
import { until } from '../harness/until.ts';

const HOUR = 3_600_000;
/** The afternoon of the last Thursday: three working days before it, whenever this runs. */
const END = lastThursday(Date.now() - HOUR);
const DAYS = 3;

function lastThursday(before: number): Date {
  const day = Math.floor((before - 15 * HOUR) / (24 * HOUR));
  // 1970-01-01 was one.
  return new Date((day - (day % 7)) * 24 * HOUR + 15 * HOUR);
}

let daybook: Daybook;
let data: string;
beforeAll(async () => {
  daybook = await Daybook.start();
  data = mkdtempSync(path.join(os.tmpdir(), 'daybook-demo-'));
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
  rmSync(data, { recursive: true, force: true });
});

interface Demo {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function demo(args: readonly string[], directory = data): Demo {
  const env = environment(directory, { DAYBOOK_TOKEN: ADMIN });
  // Settings of the harness, which the demo's own Daybook must not take for its own.
  for (const name of ['DAYBOOK_DATA', 'DAYBOOK_LISTEN', 'DAYBOOK_ORIGIN']) delete env[name];
  const all = ['scripts/run-ts.mjs', 'demo/main.ts', '--data', path.join(directory, 'demo'), '--end', END.toISOString(), ...args];
  const child = spawn(process.execPath, all, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (bytes: Buffer) => (output += bytes.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function ran(args: readonly string[], directory = data): Promise<string> {
  const run = demo(args, directory);
  expect({ code: await run.ended, output: run.output() }).toMatchObject({ code: 0 });
  return run.output();
}

const eventsKept = async (): Promise<number> => {
  await daybook.indexed();
  return Number(await daybook.sql("SELECT count() FROM access_logs WHERE kind = 'event'"));
};

/** What the guide's blocks must show, in their order. */
const ANSWERS: readonly RegExp[] = [
  /u-mira\t1\t/,
  /203\.0\.113\.66\tSG\t\d+\t24\d\t\['u-mira'\]/,
  /u-mira\t[\d -]+09:00:00\t\['(SG','DE|DE','SG)'\]/,
  /login[^\n]*\n[\s\S]*denied[\s\S]*role\.grant[\s\S]*customer\tsuccess\t130[\s\S]*customer\tsuccess\t5\t[\s\S]*console\.run[\s\S]*drop\t/,
  /u-mira\trole\/admin\t\S*203\.0\.113\.66/,
  /key-north-1\tNO\t\d+\nkey-north-1\tBR\t45/,
  /(drop|create)\t[\s\S]*failure/,
  /OK|ok|clean|verified/i,
];

function blocksOfGuide(): string[] {
  const text = readFileSync(path.join(ROOT, 'docs', 'guides', 'demo.md'), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

describe('the demo against a Daybook that runs', () => {
  const args = () => ['--url', daybook.url, '--days', String(DAYS)];

  it('tells its history, event for event', async () => {
    const output = await ran([...args(), '--history-only']);
    const made = [...generateHistory({ days: DAYS, end: END })];
    expect(output).toContain(`${made.length.toLocaleString('en-US')} events`);
    expect(await eventsKept()).toBe(made.length);
    const bySource = new Map<string, number>();
    for (const { application } of made) bySource.set(application, (bySource.get(application) ?? 0) + 1);
    const kept = await daybook.sql("SELECT source, count() FROM access_logs WHERE kind = 'event' GROUP BY source ORDER BY source");
    expect(kept).toBe([...bySource].sort(([a], [b]) => (a < b ? -1 : 1)).map(([source, count]) => `${source}\t${count}`).join('\n')); // biome-ignore format: one thought
  });

  it.each(blocksOfGuide().map((block, i) => [i + 1, block] as const))('answers block %i of its guide', async (number, block) => {
    expect(blocksOfGuide()).toHaveLength(ANSWERS.length);
    const script = block.replaceAll('http://127.0.0.1:7717', daybook.url).replaceAll('npx daybook', `${process.execPath} ${PROGRAM}`);
    const env = environment(daybook.home, { DAYBOOK_URL: daybook.url, DAYBOOK_TOKEN: ADMIN });
    const { status, out, err } = await runCommand(['bash', '-euo', 'pipefail', '-c', script], { cwd: daybook.home, env });
    expect({ status, err }).toMatchObject({ status: 0 });
    expect(out).toMatch(ANSWERS[number - 1] ?? /./);
  });

  it('adds nothing when it is told again: after a kill in the middle, say', async () => {
    const before = await eventsKept();
    const [name = ''] = readdirSync(path.join(data, 'demo'));
    const file = path.join(data, 'demo', name);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"isDone": true', '"isDone": false'));
    expect(await ran([...args(), '--history-only'])).toContain(`, ${before} of them there already`);
    expect(await eventsKept()).toBe(before);
  });

  it('lives on: what its people do is recorded, until Ctrl-C', async () => {
    const before = await eventsKept();
    const run = demo([...args(), '--rate', '40']);
    await until(
      'live events arrive',
      async () => (run.output().includes('Live traffic') && (await eventsKept()) > before + 60 ? true : undefined),
      {
        ms: 60_000,
        everyMs: 200,
        giveUp: () => (run.child.exitCode === null ? undefined : run.output()),
      },
    );
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.output()).toContain('The history is there already');
    const recorded = Number(/(\d+) events, all of them in Daybook/.exec(run.output())?.[1]);
    expect(await eventsKept()).toBe(before + recorded);
    // The same deeds as in the history, by the same names.
    const names = (when: string) =>
      daybook.sql(`SELECT DISTINCT source, event_type FROM access_logs WHERE kind = 'event' AND timestamp ${when} ORDER BY ALL`);
    const [past, present] = [await names(`< '${END.toISOString().slice(0, 19)}'`), await names('> now() - INTERVAL 10 MINUTE')];
    expect(present.split('\n').filter((name) => !past.includes(name))).toEqual([]);
    expect(present).toContain('backoffice\tlogin');
  });

  it('leaves a ledger without findings', async () => {
    const { status, out, err } = await daybook.cli(['verify', daybook.url, '--index'], {
      env: { DAYBOOK_URL: daybook.url, DAYBOOK_TOKEN: ADMIN },
    });
    expect({ status, out, err }).toMatchObject({ status: 0 });
  });
});

it('starts a Daybook of its own, and ends it', async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'daybook-demo-own-'));
  try {
    const output = await ran(['--days', '1', '--scale', '0.2', '--history-only'], directory);
    expect(output).toMatch(/^Daybook is up at http:\/\/127\.0\.0\.1:\d+$/m);
    expect(output).not.toContain('dbk_');
    const { status, out, err } = await runCommand([process.execPath, PROGRAM, 'verify', path.join(directory, 'demo', 'daybook')], {
      cwd: directory,
      env: environment(directory),
    });
    expect({ status, out, err }).toMatchObject({ status: 0 });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
