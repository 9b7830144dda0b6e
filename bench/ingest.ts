import path from 'node:path';
import { cpuSecondsOf, Daybook, memoryOf } from './daybook-under-test.ts';
import { generate } from './generator.ts';
import { Postgres } from './postgres-under-test.ts';
import type { Report } from './report.ts';

interface IngestCase {
  readonly workload: string;
  readonly connections: number;
  readonly batch: number;
  readonly events: number;
  readonly ackAtLeast: number;
  readonly queryableAtLeast?: number;
  readonly p99AtMostMs?: number;
  /** Daybook's acknowledged rate over PostgreSQL's. */
  readonly ratioAtLeast?: number;
}

const CASES: readonly IngestCase[] = [
  {
    workload: 'ingest batches of 1,000',
    connections: 8,
    batch: 1000,
    events: 3_000_000,
    ackAtLeast: 100_000,
    queryableAtLeast: 75_000,
    ratioAtLeast: 1.5,
  },
  { workload: 'ingest batches of 100', connections: 8, batch: 100, events: 1_000_000, ackAtLeast: 60_000 },
  { workload: 'ingest single events', connections: 64, batch: 1, events: 120_000, ackAtLeast: 8_000, p99AtMostMs: 50 },
];

/** Acknowledged and queryable rates, each beside PostgreSQL with the same bodies. `scale` shortens the run. */
export async function benchIngest(
  report: Report,
  workDir: string,
  options: { readonly scale: number; readonly postgres: boolean; readonly profile: boolean },
): Promise<void> {
  for (const item of CASES) {
    const events = Math.max(item.batch * item.connections * 4, Math.round(item.events * options.scale));
    const server = await Daybook.start(path.join(workDir, 'ingest'), { profile: options.profile });
    const [serverPid = 0, enginePid = 0] = server.pids();
    const began = performance.now();
    const load = await generate({ url: server.url, token: server.token, connections: item.connections, batch: item.batch, events });
    await server.queryable(load.events);
    const queryableS = (performance.now() - began) / 1000;
    const cpu = `CPU µs/event: server ${micros(cpuSecondsOf(serverPid), load.events)}, engine ${enginePid ? micros(cpuSecondsOf(enginePid), load.events) : '-'}, generator ${micros(load.cpuSeconds, load.events)}`;
    const memory = memoryOf(server.pids());
    await server.stop();
    const baseline = options.postgres ? await onPostgres(workDir, item, events) : undefined;
    const beside = baseline === undefined ? {} : { baseline: baseline.rate };
    report.add({
      workload: item.workload,
      name: 'acknowledged durable',
      value: load.events / load.seconds,
      unit: 'events/s',
      atLeast: item.ackAtLeast,
      ...beside,
      note: `${events.toLocaleString('en-US')} events; ${cpu}`,
    });
    report.add({
      workload: item.workload,
      name: 'queryable',
      value: load.events / queryableS,
      unit: 'events/s',
      ...(item.queryableAtLeast ? { atLeast: item.queryableAtLeast } : {}),
      ...beside,
    });
    if (baseline && item.ratioAtLeast)
      report.add({
        workload: item.workload,
        name: 'acknowledged over PostgreSQL',
        value: load.events / load.seconds / baseline.rate,
        unit: '×',
        atLeast: item.ratioAtLeast,
      });
    report.add({
      workload: item.workload,
      name: 'request p99',
      value: load.p99Ms,
      unit: 'ms',
      ...(item.p99AtMostMs ? { atMost: item.p99AtMostMs } : {}),
      ...(baseline ? { baseline: baseline.p99Ms } : {}),
    });
    report.add({ workload: item.workload, name: 'memory peak, server + engine', value: memory.peak / 1e6, unit: 'MB', atMost: 1500 });
  }
}

async function onPostgres(workDir: string, item: IngestCase, events: number): Promise<{ rate: number; p99Ms: number }> {
  const server = await Postgres.start(path.join(workDir, 'postgres'));
  try {
    const load = await server.load({ connections: item.connections, batch: item.batch, events });
    return { rate: load.events / load.seconds, p99Ms: load.p99Ms };
  } finally {
    await server.stop();
  }
}

function micros(seconds: number, events: number): string {
  return ((seconds * 1e6) / events).toFixed(1);
}
