import { createServer } from 'node:net';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { Agent } from '../agent/agent.ts';
import { readAgentConfig } from '../agent/config.ts';
import { HttpsClient } from '../agent/https-client.ts';
import { Positions } from '../agent/positions.ts';
import { CliError, EXIT_FAILED } from '../cli-error.ts';
import { type Io, writeLine } from '../io.ts';
import { safe } from '../terminal.ts';

export interface AgentOptions {
  readonly config: string;
  readonly once?: boolean;
  readonly status?: boolean;
  readonly json?: boolean;
}

/** `daybook agent`: follows files and sends what comes, until it is told to stop. */
export async function agent(io: Io, options: AgentOptions, signal: AbortSignal): Promise<number> {
  const config = await readAgentConfig(io, options.config);
  if (options.status === true) return status(io, config.state, options.json === true);
  const release = await alone(config.state);
  const log = (message: string) => void io.stderr.write(`${safe(message)}\n`);
  try {
    const parts = { config, positions: await Positions.open(config.state), client: await HttpsClient.open(config), log, nowMs, signal };
    const running = new Agent(parts);
    await running.run(options.once === true);
    if (options.once === true) log(`${running.sent.toLocaleString('en-US')} events are on the server`);
    return running.rejected === 0 ? 0 : EXIT_FAILED;
  } finally {
    release();
  }
}

/** How far each file is. */
async function status(io: Io, state: string, json: boolean): Promise<number> {
  const { records } = await Positions.open(state);
  for (const { path, source, format, offset, done } of records) {
    const size = done ? offset : (statSync(path, { throwIfNoEntry: false })?.size ?? offset);
    const line = { path, source, format, offset, size, done };
    await writeLine(
      io.stdout,
      json ? JSON.stringify(line) : safe(`${path}  ${source}  ${format ?? '?'}  ${offset} of ${size} bytes${done ? ', done' : ''}`),
    );
  }
  return 0;
}

/** Milliseconds since 1970. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Two agents with one state would send everything twice. A name that the kernel frees when the process ends, however it ends; on systems without such
 * names nobody is kept out.
 */
async function alone(state: string): Promise<() => void> {
  if (process.platform !== 'linux') return () => undefined;
  const name = `\0daybook-agent-${createHash('sha256').update(state).digest('hex')}`;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => reject(new CliError(`Another agent has its state in ${state}.`, { code: 'in_use' })));
    server.listen(name, resolve);
  });
  server.unref();
  return () => server.close();
}
