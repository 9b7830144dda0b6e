import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseRecord } from '@daybook/protocol';
import { cpuSecondsOf, Daybook, TOKEN } from './daybook-under-test.ts';
import { generate } from './generator.ts';
import { AUTH, CLOUDTRAIL, KUBERNETES, type LogKind, NGINX, PGAUDIT, writeLog } from './logs.ts';
import type { Report } from './report.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

interface ImportCase {
  readonly kind: LogKind;
  readonly records: number;
  readonly atLeast?: number;
  /** Of the rate of /v1/events in the same run. */
  readonly shareAtLeast?: number;
}

const CASES: readonly ImportCase[] = [
  { kind: NGINX, records: 1_500_000, shareAtLeast: 0.7 },
  { kind: AUTH, records: 1_500_000, shareAtLeast: 0.7 },
  { kind: PGAUDIT, records: 1_000_000, atLeast: 50_000 },
  { kind: CLOUDTRAIL, records: 400_000, atLeast: 30_000 },
  { kind: KUBERNETES, records: 400_000, atLeast: 30_000 },
];

/** Resident bytes of the importer, whatever the file's size. */
const MEMORY_MB_MAX = 300;

/** File on disk → acknowledged, by the command as a person runs it; beside the rate of POST /v1/events in the same run. */
export async function benchImport(
  report: Report,
  workDir: string,
  options: { readonly scale: number; readonly only: string | undefined; readonly profile: boolean },
): Promise<void> {
  const dir = path.join(workDir, 'import');
  mkdirSync(dir, { recursive: true });
  const direct = await eventsRate(workDir, Math.round(2_000_000 * options.scale));
  const reference = direct.rate;
  report.add({
    workload: 'import',
    name: 'POST /v1/events in the same run',
    value: reference,
    unit: 'events/s',
    note: `CPU µs/event: ${direct.cpu}`,
  });
  for (const { kind, records, atLeast, shareAtLeast } of CASES) {
    if (options.only !== undefined && !kind.name.includes(options.only)) continue;
    const count = Math.round(records * options.scale);
    const file = path.join(dir, kind.file);
    await writeLog(file, kind, count);
    const { seconds, summary, memoryMb, note } = await importOnce(workDir, file, options.profile);
    const read = Number(summary['read']);
    if (Number(summary['accepted']) === 0)
      throw new Error(`nothing of ${kind.name} was accepted: ${JSON.stringify(summary).slice(0, 1000)}`);
    const workload = `import ${kind.name}`;
    const size = statSync(file).size;
    report.add({
      workload,
      name: 'file → acknowledged',
      value: read / seconds,
      unit: 'records/s',
      atLeast: Math.max(atLeast ?? 0, (shareAtLeast ?? 0) * reference),
      note: `${count.toLocaleString('en-US')} records, ${(size / 1e6).toFixed(0)} MB; ${Number(summary['accepted']).toLocaleString('en-US')} events; ${note}`,
    });
    report.add({ workload, name: 'memory peak of the importer', value: memoryMb, unit: 'MB', atMost: MEMORY_MB_MAX });
    rmSync(file);
  }
}

async function eventsRate(workDir: string, events: number): Promise<{ readonly rate: number; readonly cpu: string }> {
  const server = await Daybook.start(path.join(workDir, 'ingest'));
  const cpu = cpuFrom(server);
  try {
    const load = await generate({ url: server.url, token: server.token, connections: 8, batch: 1000, events });
    return { rate: load.events / load.seconds, cpu: cpu(load.events) };
  } finally {
    await server.stop();
  }
}

async function importOnce(workDir: string, file: string, profile: boolean) {
  const server = await Daybook.start(path.join(workDir, 'ingest'), { profile });
  try {
    const cpu = cpuFrom(server);
    const began = performance.now();
    const { output, memoryMb, cpuSeconds } = await run(file, server.url, profile);
    const seconds = (performance.now() - began) / 1000;
    const summary = parseRecord(output) ?? {};
    const records = Number(summary['read']);
    const note = `CPU µs/record: importer ${((cpuSeconds * 1e6) / records).toFixed(1)}, ${cpu(records)}`;
    return { seconds, summary, memoryMb, note };
  } finally {
    await server.stop();
  }
}

/** What server and engine have used of the processor since now, for each event. Of the index's work only what fell into the same time. */
function cpuFrom(server: Daybook): (events: number) => string {
  const [serverPid = 0, enginePid = 0] = server.pids();
  const before = [cpuSecondsOf(serverPid), cpuSecondsOf(enginePid)] as const;
  const micros = (pid: number, start: number, events: number) => (((cpuSecondsOf(pid) - start) * 1e6) / events).toFixed(1);
  return (events) => `server ${micros(serverPid, before[0], events)}, engine ${micros(enginePid, before[1], events)}`;
}

async function run(file: string, url: string, profile: boolean): Promise<{ output: string; memoryMb: number; cpuSeconds: number }> {
  const prof = profile ? ['--cpu-prof', `--cpu-prof-dir=${path.join(ROOT, 'bench/.work/profiles')}`] : [];
  const child = spawn(process.execPath, [...prof, path.join(ROOT, 'packages/cli/bin/daybook.js'), 'import', '--json', file], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      DAYBOOK_RUN_BUILT: '1',
      DAYBOOK_URL: url,
      DAYBOOK_TOKEN: TOKEN,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let memoryMb = 0;
  let cpuSeconds = 0;
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const look = setInterval(() => {
    const status = `/proc/${child.pid}/status`;
    if (!existsSync(status)) return;
    memoryMb = Math.max(memoryMb, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) / 1024);
    cpuSeconds = cpuSecondsOf(child.pid ?? 0);
  }, 100);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(look);
  return { output, memoryMb, cpuSeconds };
}
