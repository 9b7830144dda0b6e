import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { ADMIN, Daybook, environment, PROGRAM } from '../harness/daybook.ts';
import { seeded } from '../harness/load.ts';
import { until } from '../harness/until.ts';
import { freePort } from '../support/free-port.ts';

/** DAYBOOK_LONG=1 is the long mode; DAYBOOK_SEED repeats a run. */
const ROUNDS = process.env['DAYBOOK_LONG'] === '1' ? 100 : 3;
const SEED = Number(process.env['DAYBOOK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let daybook: Daybook;
let agent: ChildProcess | undefined;
afterEach(async () => {
  await killAgent();
  await daybook.kill();
  daybook.remove();
});

function startAgent(): void {
  agent = spawn(process.execPath, [PROGRAM, 'agent', '--config', path.join(daybook.home, 'agent.yaml')], {
    env: environment(daybook.home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  agent.stderr?.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-10_000)));
  agent.once('exit', (code) => code !== null && code !== 0 && process.stderr.write(`agent: ${said}\n`));
}

async function killAgent(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (agent === undefined || agent.exitCode !== null || agent.signalCode !== null) return;
  const ended = once(agent, 'exit');
  agent.kill(signal);
  await ended;
}

/** A log that is written, and rotated in all the ways that there are. */
class Log {
  made = 0;
  readonly #file: string;
  readonly #random: () => number;
  #rotated = 0;

  constructor(file: string, random: () => number) {
    this.#file = file;
    this.#random = random;
  }

  write(): void {
    const count = 1 + Math.floor(this.#random() * 400);
    const lines = Array.from(
      { length: count },
      () => `{"timestamp":"2026-01-02T03:04:05Z","user_id":"load-${this.made++}","action":"read"}\n`,
    );
    const text = lines.join('');
    // A line may come in two writes.
    const cut = Math.floor(this.#random() * text.length);
    appendFileSync(this.#file, text.slice(0, cut));
    appendFileSync(this.#file, text.slice(cut));
  }

  rotate(): void {
    // Nothing was written since the last time.
    if (!existsSync(this.#file)) return;
    const to = `${this.#file}.${++this.#rotated}`;
    if (this.#random() < 0.5) renameSync(this.#file, to);
    else {
      copyFileSync(this.#file, to);
      truncateSync(this.#file);
    }
    const before = `${this.#file}.${this.#rotated - 1}`;
    if (existsSync(before)) {
      writeFileSync(`${before}.gz`, gzipSync(readFileSync(before)));
      // Written some time ago: the agent waits for packed files to be whole.
      utimesSync(`${before}.gz`, 1, 1);
      rmSync(before);
    }
  }
}

it(`has each line once, whatever is killed while files are rotated (${ROUNDS} rounds, DAYBOOK_SEED=${SEED})`, {
  timeout: ROUNDS * 60_000,
}, async () => {
  const random = seeded(SEED);
  const port = await freePort();
  const env = { DAYBOOK_LISTEN: `127.0.0.1:${port}` };
  daybook = await Daybook.start({ env });
  const dir = path.join(daybook.home, 'log');
  mkdirSync(dir);
  writeFileSync(path.join(daybook.home, 'token'), ADMIN);
  const config = [
    `url: http://127.0.0.1:${port}`,
    'token_file: token',
    'state: agent',
    'sources:',
    '  - source: app',
    '    format: json',
    '    paths: log/app.log*',
  ];
  writeFileSync(path.join(daybook.home, 'agent.yaml'), config.join('\n'));
  const log = new Log(path.join(dir, 'app.log'), random);
  log.write();
  for (let round = 0; round < ROUNDS; round++) {
    startAgent();
    // The moment itself is the fault.
    const end = performance.now() + random() * 1500;
    while (performance.now() < end) {
      log.write();
      if (random() < 0.15) log.rotate();
      await pause(random() * 60);
    }
    if (random() < 0.25) {
      await daybook.kill();
      log.write();
      daybook = await Daybook.start({ home: daybook.home, env, wait: 'listening' });
    }
    await killAgent(random() < 0.2 ? 'SIGTERM' : 'SIGKILL');
    if (random() < 0.5) log.rotate();
  }
  startAgent();
  const counts = "SELECT count(), groupBitmap(toUInt64(substring(user_id, 6))) FROM access_logs WHERE source = 'app'";
  await until(
    `all ${log.made} lines are there`,
    async () => (Number((await daybook.sql(counts).catch(() => '')).split('\t')[1]) >= log.made ? true : undefined),
    { ms: 60_000, everyMs: 100 },
  );
  await killAgent('SIGTERM');
  expect(agent?.exitCode).toBe(0);
  await daybook.indexed();
  expect(await daybook.sql(counts)).toBe(`${log.made}\t${log.made}`);
});
