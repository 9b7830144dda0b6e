import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJson } from '@daybook/protocol';
import { cpuSecondsOf, Daybook, memoryOf, TOKEN } from './daybook-under-test.ts';
import { generate } from './generator.ts';
import type { ReceiverOrder } from './receivers-load.ts';
import type { Report } from './report.ts';

const SYSLOG_PORT = 17_718;
const SYSLOG_AT_LEAST = 50_000;
const OTLP_AT_LEAST = 50_000;
const RECORDS = 1_500_000;
const BATCH = 1000;

/** Receivers: records sent → durable in the ledger, beside POST /v1/events in the same run. */
export async function benchReceivers(
  report: Report,
  workDir: string,
  options: { readonly scale: number; readonly profile: boolean },
): Promise<void> {
  const dir = path.join(workDir, 'receivers');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    path.join(dir, 'daybook.yaml'),
    `capture:\n  syslog:\n    - { listen: "127.0.0.1:${SYSLOG_PORT}", transport: tcp, source: linux }\n`,
  );
  const records = Math.round(RECORDS * options.scale);
  const profile = options.profile;
  const reference = await measured(
    dir,
    profile,
    async ({ url }) => {
      await generate({ url, token: TOKEN, connections: 8, batch: BATCH, events: records });
    },
    records,
  );
  report.add({
    workload: 'receivers',
    name: 'POST /v1/events in the same run',
    value: reference.rate,
    unit: 'events/s',
    note: reference.note,
  });
  const syslog = await measured(
    dir,
    profile,
    () => send({ kind: 'syslog', url: `tcp://127.0.0.1:${SYSLOG_PORT}`, token: '', connections: 4, records, batch: BATCH }),
    records,
  );
  report.add({
    workload: 'receivers',
    name: 'syslog over TCP',
    value: syslog.rate,
    unit: 'records/s',
    atLeast: SYSLOG_AT_LEAST,
    note: syslog.note,
  });
  const otlp = await measured(
    dir,
    profile,
    ({ url }) => send({ kind: 'otlp', url, token: TOKEN, connections: 8, records, batch: BATCH }),
    records,
  );
  report.add({
    workload: 'receivers',
    name: 'OTLP over protobuf',
    value: otlp.rate,
    unit: 'records/s',
    atLeast: OTLP_AT_LEAST,
    note: otlp.note,
  });
}

/** From the first byte sent until the ledger has so many entries more. */
async function measured(
  dir: string,
  profile: boolean,
  load: (server: Daybook) => Promise<unknown>,
  records: number,
): Promise<{ rate: number; note: string }> {
  const server = await Daybook.start(path.join(dir, 'data'), { profile });
  try {
    const before = await entries(server);
    const cpuBefore = cpuSecondsOf(server.pid);
    const began = performance.now();
    await load(server);
    const sentS = (performance.now() - began) / 1000;
    while ((await entries(server)) - before < records) {
      if (performance.now() - began > 300_000) throw new Error(`only ${(await entries(server)) - before} of ${records} records were kept`);
      await pause(10);
    }
    const seconds = (performance.now() - began) / 1000;
    const cpu = (((cpuSecondsOf(server.pid) - cpuBefore) * 1e6) / records).toFixed(1);
    const memory = (memoryOf([server.pid]).peak / 1e6).toFixed(0);
    return {
      rate: records / seconds,
      note: `${records.toLocaleString('en-US')} records, sent in ${sentS.toFixed(1)} s; server CPU ${cpu} µs each, peak ${memory} MB`,
    };
  } finally {
    await server.stop();
  }
}

/** Durable ones, of all logs. */
async function entries(server: Daybook): Promise<number> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own reply
  const { logs } = parseJson(await server.get('/logs')) as { readonly logs: readonly { readonly size: number }[] };
  return logs.reduce((sum, { size }) => sum + size, 0);
}

async function send(order: ReceiverOrder): Promise<void> {
  const loader = [
    '--import',
    path.join(import.meta.dirname, '../scripts/from-source.mjs'),
    path.join(import.meta.dirname, 'receivers-load.ts'),
  ];
  const child = spawn(process.execPath, [...loader, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the senders failed: ${errors.slice(0, 1000)}`);
}
