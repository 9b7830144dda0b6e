import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Daybook } from './daybook-under-test.ts';
import { generate } from './generator.ts';
import type { Report } from './report.ts';

const RATE = 20_000;
/** Precision of a delay. Each look is a recorded query of its own: one every few milliseconds would measure the looking. */
const POLL_MS = 25;

/** Under 20k events/s, a marked event each quarter second: how long from its acknowledgement until /sql shows it. */
export async function benchFreshness(report: Report, workDir: string, seconds: number): Promise<void> {
  const server = await Daybook.start(path.join(workDir, 'freshness'));
  const load = generate({ url: server.url, token: server.token, connections: 4, batch: 200, events: RATE * seconds, rate: RATE });
  const delays: number[] = [];
  const end = performance.now() + seconds * 1000 - 1500;
  for (let i = 0; performance.now() < end; i++) {
    delays.push(await delayOf(server, `marker-${i}`));
    await pause(250);
  }
  const result = await load;
  await server.stop();
  delays.sort((a, b) => a - b);
  const at = (q: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * q))] ?? Number.NaN;
  report.add({ workload: 'freshness', name: 'rate held', value: result.events / result.seconds, unit: 'events/s', atLeast: RATE * 0.97 });
  report.add({ workload: 'freshness', name: 'acknowledged → visible, p50', value: at(0.5), unit: 'ms' });
  report.add({
    workload: 'freshness',
    name: 'acknowledged → visible, p99',
    value: at(0.99),
    unit: 'ms',
    atMost: 1000,
    note: `${delays.length} markers`,
  });
}

async function delayOf(server: Daybook, marker: string): Promise<number> {
  const reply = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ timestamp: new Date().toISOString(), user_id: marker, event_type: 'marker', resource: 'bench' }),
  });
  if (reply.status !== 200) throw new Error(`marker refused: ${reply.status} ${await reply.text()}`);
  const acknowledged = performance.now();
  const limit = acknowledged + 30_000;
  while ((await server.sql(`SELECT count() FROM access_logs WHERE user_id = '${marker}'`)) === '0') {
    if (performance.now() > limit) throw new Error(`${marker} not visible after 30 s`);
    await pause(POLL_MS);
  }
  return performance.now() - acknowledged;
}
