/**
 * The load generator, a process of its own: `node load.js '{"url":…,"token":…,"connections":8,"batch":1000,"events":3000000}'`.
 * Prints one JSON line: events, seconds, latencies of requests in milliseconds (p50, p99, max), CPU seconds of the generator.
 */
import { parseJson } from '@daybook/protocol';
import { type Body, makeBodies } from './workload.ts';
import { LoadConnection } from './load-client.ts';

export interface LoadOrder {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly batch: number;
  readonly events: number;
  /** Events per second to hold; absent = as fast as replies come. */
  readonly rate?: number;
  /** Time of the first event and step between events in microseconds; absent = now, as they are sent. */
  readonly history?: { readonly startMicros: number; readonly stepMicros: number };
}

export interface LoadResult {
  readonly events: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuSeconds: number;
}

/** Bodies in rotation: enough that neighbours differ, few enough to stay in memory. */
const BODY_BYTES_TOTAL = 48 * 1024 * 1024;

async function run(order: LoadOrder): Promise<LoadResult> {
  const url = new URL(order.url);
  const bodies = makeBodies(
    Math.max(order.connections * 2, Math.min(4096, Math.floor(BODY_BYTES_TOTAL / (order.batch * 330)))),
    order.batch,
  );
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => LoadConnection.open(url, '/v1/events', order.token)),
  );
  const requests = Math.ceil(order.events / order.batch);
  const latencies = new Float64Array(requests);
  let next = 0;
  const began = performance.now();
  const patch = (body: Body, request: number): void => {
    const serial = request * order.batch;
    if (order.history) body.patch(order.history.startMicros + serial * order.history.stepMicros, order.history.stepMicros, serial);
    else body.patch(Date.now() * 1000, 1, serial);
  };
  const work = async (connection: LoadConnection): Promise<void> => {
    while (next < requests) {
      const request = next++;
      if (order.rate !== undefined) await dueAt(began + (request * order.batch * 1000) / order.rate);
      const body = bodies[request % bodies.length];
      if (!body) throw new Error('no body');
      patch(body, request);
      const sent = performance.now();
      const status = await connection.post(body.bytes);
      if (status !== 200) throw new Error(`status ${status}: ${connection.lastReply.slice(0, 300)}`);
      latencies[request] = performance.now() - sent;
    }
  };
  await Promise.all(connections.map(work));
  const seconds = (performance.now() - began) / 1000;
  for (const connection of connections) connection.close();
  latencies.sort();
  const at = (q: number): number => latencies[Math.min(requests - 1, Math.floor(requests * q))] ?? 0;
  const cpu = process.cpuUsage();
  return {
    events: requests * order.batch,
    seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

async function dueAt(time: number): Promise<void> {
  const wait = time - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- generate() wrote it
const order = parseJson(process.argv[2] ?? '{}') as LoadOrder;
const result = await run(order);
process.stdout.write(`${JSON.stringify(result)}\n`);
