import { parseJson, recordOf } from '@daybook/protocol';
import { setTimeout as pause } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import { type ClientOptions, type DaybookClient, openClient } from '../client.ts';
import { type Io, writeLine } from '../io.ts';
import { sentence } from '../sentence.ts';
import { serverSentEvents } from '../sse.ts';
import { colorsFor } from '../colors.ts';

export interface TailOptions extends ClientOptions {
  readonly json?: boolean;
  /** `field=value` pairs for the server. */
  readonly filters: readonly (readonly [string, string])[];
  /** Where to begin, as `log:next,log:next`; the newest entry otherwise. */
  readonly after?: string;
}

/** A restart takes seconds; a proxy that is down is asked every ten. */
const WAIT_MS_MAX = 10_000;

/** `daybook tail`: events as they are kept, until interrupted. After a broken connection it goes on behind the last event that it showed. */
export async function tail(io: Io, options: TailOptions, signal: AbortSignal): Promise<number> {
  const client = await openClient(io, options);
  let lastId = options.after;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const id of follow(io, client, options, lastId, signal)) {
        lastId = id ?? lastId;
        failures = 0;
      }
    } catch (error) {
      if (signal.aborted) break;
      // What is wrong with the request will not heal by itself, and neither does a server that never answered.
      const passing = error instanceof CliError ? error.code === 'unreachable' || error.status === 503 || error.status === 429 : true;
      if (!passing || (lastId === undefined && failures === 0 && error instanceof CliError && error.code === 'unreachable')) throw error;
      if (failures === 0) await writeLine(io.stderr, 'connection lost; trying again …');
    }
    failures++;
    await pause(Math.min(WAIT_MS_MAX, 100 * 2 ** Math.min(failures, 10)), undefined, { signal }).catch(() => undefined);
  }
  return 0;
}

async function* follow(
  io: Io,
  client: DaybookClient,
  options: TailOptions,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string | undefined> {
  const query = new URLSearchParams(options.filters.map(([field, value]): [string, string] => [field, value]));
  const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
  const lines = client.lines('GET', `/v1/tail${query.size === 0 ? '' : `?${query.toString()}`}`, { headers, signal });
  const colors = colorsFor(io);
  for await (const { id, data } of serverSentEvents(lines)) {
    if (options.json === true) await writeLine(io.stdout, data);
    else {
      const event = recordOf(parseJson(data));
      const line = sentence(event);
      await writeLine(io.stdout, event['outcome'] === 'denied' || event['outcome'] === 'failure' ? colors.red(line) : line);
    }
    yield id;
  }
}
