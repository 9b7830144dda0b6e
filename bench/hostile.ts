import path from 'node:path';
import { Daybook } from './daybook-under-test.ts';
import { HOSTILE_REQUESTS, type HostileRequest } from './hostile-requests.ts';
import type { Report } from './report.ts';

/** Runs before those that are measured: what is compiled then stays so. */
const WARM_RUNS = 3;
/** No input may hold up everybody else for longer. */
const BLOCKED_MS_MAX = 50;

/** For each hostile request: how long the server's event loop is held up at the longest, by the wall clock; and how much of it without waits for a core. */
export async function benchHostile(
  report: Report,
  workDir: string,
  { runs, only, profile }: { readonly runs: number; readonly only?: string | undefined; readonly profile: boolean },
): Promise<void> {
  const server = await Daybook.start(path.join(workDir, 'hostile'), { probe: true, profile });
  try {
    for (const request of HOSTILE_REQUESTS) {
      if (only !== undefined && !request.name.includes(only)) continue;
      const held: number[] = [];
      let blockedMost = 0;
      const statuses = new Set<number>();
      for (let run = -WARM_RUNS; run < runs; run++) {
        const body = request.make?.(run);
        await server.blocked();
        statuses.add(await send(server, request, body));
        const { blockedMs, wallMs } = await server.blocked();
        if (run < 0) continue;
        held.push(wallMs);
        blockedMost = Math.max(blockedMost, blockedMs);
      }
      held.sort((a, b) => a - b);
      const median = held[Math.floor(held.length / 2)] ?? Number.NaN;
      report.add({
        workload: 'hostile',
        name: `${request.name}: loop blocked, max`,
        value: held.at(-1) ?? Number.NaN,
        unit: 'ms',
        atMost: BLOCKED_MS_MAX,
        note: `median ${median.toFixed(1)} ms of ${runs}; max ${blockedMost.toFixed(1)} without waits for a core; ${[...statuses].join(', ')}`,
      });
    }
  } finally {
    await server.stop();
  }
}

/** Sends the request, reads the answer as far as there is one, and returns its status; 0 when the server hung up first. */
async function send(server: Daybook, request: HostileRequest, body: string | Buffer | undefined): Promise<number> {
  const { path: target, headers, leaveAfterMs } = request;
  try {
    const reply = await fetch(`${server.url}${target}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${server.token}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      ...(leaveAfterMs === undefined ? {} : { signal: AbortSignal.timeout(leaveAfterMs) }),
    });
    // An answer that outgrows its bounds is cut off.
    await reply.arrayBuffer().catch(() => undefined);
    return reply.status;
  } catch (error) {
    // A body that is too large is not read to its end.
    if (error instanceof TypeError) return 0;
    throw error;
  }
}
