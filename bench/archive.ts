import { execFileSync, spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bytesBelow, Daybook, memoryOf } from './daybook-under-test.ts';
import { generate } from './generator.ts';
import { Postgres } from './postgres-under-test.ts';
import type { Report } from './report.ts';
import { addressOf, resourceOf, seededRandom, WORKLOAD } from './workload.ts';

const MONTH_S = 30 * 86_400;
const ROOT = path.resolve(import.meta.dirname, '..');

interface ArchiveOptions {
  readonly events: number;
  readonly postgres: boolean;
  /** Events in PostgreSQL for the look-ups: loading 20 M there takes most of an hour. */
  readonly postgresEvents: number;
  /** Use the data of the run before. */
  readonly keep: boolean;
}

/** A month of events in one server: disk, look-ups, dashboards, proofs, verify, memory, start after kill -9. */
export async function benchArchive(report: Report, workDir: string, options: ArchiveOptions): Promise<void> {
  const dataDir = path.join(workDir, 'archive');
  if (!options.keep) await rm(path.join(workDir, 'state'), { recursive: true, force: true });
  const startMicros = (Math.floor(Date.now() / 86_400_000) * 86_400 - MONTH_S) * 1e6;
  const stepMicros = (MONTH_S * 1e6) / options.events;
  let server = await Daybook.start(dataDir, { fresh: !options.keep });
  if (!options.keep) {
    report.add({ workload: 'start', name: 'empty, to ready', value: server.startMs / 1000, unit: 's', atMost: 4 });
    report.add({
      workload: 'memory',
      name: 'after start, server + engine',
      value: memoryOf(server.pids()).now / 1e6,
      unit: 'MB',
      atMost: 500,
    });
    const load = await generate({
      url: server.url,
      token: server.token,
      connections: 8,
      batch: 1000,
      events: options.events,
      history: { startMicros, stepMicros },
    });
    report.add({ workload: 'archive', name: 'load, acknowledged', value: load.events / load.seconds, unit: 'events/s' });
    await server.queryable(options.events, 1_200_000);
    disk(report, dataDir, options.events, 'at once', 300);
    report.add({
      workload: 'memory',
      name: `peak while loading ${options.events.toLocaleString('en-US')}`,
      value: memoryOf(server.pids()).peak / 1e6,
      unit: 'MB',
      atMost: 1500,
    });
  }
  await settle(dataDir);
  disk(report, dataDir, options.events, 'settled', 150);
  await server.stop('SIGKILL');
  server = await Daybook.start(dataDir, { fresh: false });
  report.add({
    workload: 'start',
    name: `after kill -9 with ${options.events.toLocaleString('en-US')} events`,
    value: server.startMs / 1000,
    unit: 's',
    atMost: 10,
  });
  await lookups(report, server, options, workDir, { startMicros, stepMicros });
  await proofs(report, server);
  report.add({ workload: 'memory', name: 'peak under look-ups', value: memoryOf(server.pids()).peak / 1e6, unit: 'MB', atMost: 1500 });
  await server.stop();
  verify(report, dataDir, options.events);
}

function disk(report: Report, dataDir: string, events: number, when: string, atMost: number): void {
  const part = (dir: string): number => bytesBelow(path.join(dataDir, dir)) / events;
  const logs = path.join(dataDir, 'ledger/logs');
  const tiles = execFileSync('sh', ['-c', `du -cB1 ${logs}/*/tiles | tail -n1 | cut -f1`], { encoding: 'utf8' });
  const parts = `entries ${(bytesBelow(logs) / events).toFixed(1)} (of which tiles ${(Number(tiles) / events).toFixed(2)}), index ${part('engine').toFixed(1)}, control ${part('control').toFixed(1)}`;
  report.add({ workload: 'disk', name: `everything, ${when}`, value: bytesBelow(dataDir) / events, unit: 'B/event', atMost, note: parts });
}

/** Waits until the data directory's size has not changed for a minute: merges and sealing are done, and what was merged is gone (the engine keeps it for 30 s). */
async function settle(dataDir: string): Promise<void> {
  const limit = performance.now() + 900_000;
  let last = -1;
  for (let same = 0; same < 12; ) {
    await pause(5000);
    const now = bytesBelow(dataDir);
    same = Math.abs(now - last) < 1_000_000 ? same + 1 : 0;
    last = now;
    if (performance.now() > limit) throw new Error('the data directory does not settle');
  }
}

interface Question {
  readonly name: string;
  readonly atMost: number;
  ask(server: Daybook, i: number): Promise<unknown>;
  readonly postgres: (i: number) => string;
}

async function lookups(
  report: Report,
  server: Daybook,
  options: ArchiveOptions,
  workDir: string,
  history: { startMicros: number; stepMicros: number },
): Promise<void> {
  const random = seededRandom(7);
  const pick = (n: number): number => Math.floor(n * random() ** 3);
  const users = Array.from({ length: 40 }, () => `u${10_000 + pick(WORKLOAD.users)}`);
  const resources = Array.from({ length: 40 }, () => resourceOf(pick(WORKLOAD.resources)));
  const addresses = Array.from({ length: 40 }, () => addressOf(pick(WORKLOAD.addresses)));
  const from = new Date(history.startMicros / 1000).toISOString();
  const doc = 'event';
  const questions: Question[] = [
    {
      name: 'newest 100 of a user in a month',
      atMost: 50,
      ask: (s, i) => s.get(`/v1/events?user_id=${users[i]}&from=${from}&limit=100`),
      postgres: (i) => `SELECT ${doc} FROM access_logs WHERE event->>'user_id' = '${users[i]}' ORDER BY event->>'timestamp' DESC LIMIT 100`,
    },
    {
      name: 'history of a resource',
      atMost: 50,
      ask: (s, i) => s.get(`/v1/events?resource=${encodeURIComponent(resources[i] ?? '')}&limit=100`),
      postgres: (i) =>
        `SELECT ${doc} FROM access_logs WHERE event->>'resource' = '${resources[i]}' ORDER BY event->>'timestamp' DESC LIMIT 100`,
    },
    {
      name: 'history of an address',
      atMost: 50,
      ask: (s, i) => s.get(`/v1/events?ip_address=${addresses[i]}&limit=100`),
      postgres: (i) =>
        `SELECT ${doc} FROM access_logs WHERE event->>'ip_address' = '${addresses[i]}' ORDER BY event->>'timestamp' DESC LIMIT 100`,
    },
    {
      name: 'month histogram by hour × outcome',
      atMost: 300,
      ask: (s) =>
        s.sql(
          `SELECT toStartOfHour(timestamp) AS hour, outcome, count() FROM access_logs WHERE timestamp >= '${from.slice(0, 10)}' GROUP BY hour, outcome ORDER BY hour, outcome`,
        ),
      postgres: () => `SELECT substr(event->>'timestamp', 1, 13) AS hour, event->>'outcome', count(*) FROM access_logs GROUP BY 1, 2`,
    },
    {
      name: 'top 10 denied users',
      atMost: 300,
      ask: (s) => s.sql(`SELECT user_id, count() AS n FROM access_logs WHERE outcome = 'denied' GROUP BY user_id ORDER BY n DESC LIMIT 10`),
      postgres: () =>
        `SELECT event->>'user_id', count(*) AS n FROM access_logs WHERE event->>'outcome' = 'denied' GROUP BY 1 ORDER BY n DESC LIMIT 10`,
    },
    {
      name: 'substring of a resource, newest 100',
      atMost: 800,
      ask: (s, i) =>
        s.sql(
          `SELECT timestamp, user_id, resource, outcome FROM access_logs WHERE resource LIKE '%${(resources[i] ?? '').slice(-7)}%' ORDER BY timestamp DESC LIMIT 100`,
        ),
      postgres: (i) =>
        `SELECT ${doc} FROM access_logs WHERE event->>'resource' LIKE '%${(resources[i] ?? '').slice(-7)}%' ORDER BY event->>'timestamp' DESC LIMIT 100`,
    },
  ];
  const baseline = options.postgres ? await onPostgres(workDir, questions, options) : new Map<string, number>();
  for (const question of questions) {
    const { p50, p95 } = await timed((i) => question.ask(server, i));
    const beside = baseline.get(question.name);
    report.add({
      workload: 'look-up',
      name: `${question.name}, p95`,
      value: p95,
      unit: 'ms',
      atMost: question.atMost,
      ...(beside === undefined ? {} : { baseline: beside }),
      note: `p50 ${p50.toFixed(1)} ms${beside === undefined ? '' : `; PostgreSQL held ${options.postgresEvents.toLocaleString('en-US')} events`}`,
    });
  }
}

async function timed(ask: (i: number) => Promise<unknown>, rounds = 40): Promise<{ p50: number; p95: number }> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const began = performance.now();
    await ask(i);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(times.length * 0.5)] ?? 0, p95: times[Math.floor(times.length * 0.95)] ?? 0 };
}

async function onPostgres(workDir: string, questions: readonly Question[], options: ArchiveOptions): Promise<Map<string, number>> {
  const server = await Postgres.start(path.join(workDir, 'postgres'));
  const found = new Map<string, number>();
  try {
    await server.load({
      connections: 4,
      batch: 1000,
      events: options.postgresEvents,
      history: { startMicros: Date.now() * 1000 - MONTH_S * 1e6, stepMicros: (MONTH_S * 1e6) / options.postgresEvents },
    });
    await server.query('VACUUM ANALYZE access_logs');
    for (const question of questions)
      found.set(question.name, (await timed((i) => server.query(question.postgres(i)), question.atMost > 100 ? 3 : 40)).p95);
  } finally {
    await server.stop();
  }
  return found;
}

async function proofs(report: Report, server: Daybook): Promise<void> {
  const size = Number(/^(\d+)$/m.exec(await server.get('/logs/routine/checkpoint'))?.[1] ?? 0);
  const random = seededRandom(11);
  const { p50, p95 } = await timed(() => server.get(`/v1/events/routine/${Math.floor(random() * size)}/proof`), 200);
  report.add({
    workload: 'proof',
    name: 'one event, p95 over HTTP',
    value: p95,
    unit: 'ms',
    atMost: 5,
    note: `p50 ${p50.toFixed(2)} ms among ${size.toLocaleString('en-US')}`,
  });
}

function verify(report: Report, dataDir: string, events: number): void {
  const began = performance.now();
  const done = spawnSync(process.execPath, [path.join(ROOT, 'packages/cli/bin/daybook.js'), 'verify', dataDir, '--json'], {
    // What this account knows of an earlier run's ledger, of the same name and with another key, is no matter here.
    env: { ...process.env, DAYBOOK_RUN_BUILT: '1', XDG_STATE_HOME: path.join(dataDir, '..', 'state') },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = (performance.now() - began) / 1000;
  report.add({
    workload: 'verify',
    name: 'whole data directory',
    value: events / seconds,
    unit: 'entries/s',
    atLeast: 300_000,
    note: `exit status ${done.status}, ${seconds.toFixed(1)} s`,
  });
  if (done.status !== 0) throw new Error(`verify found something:\n${done.stdout.slice(-1000)}\n${done.stderr.slice(-1000)}`);
}
