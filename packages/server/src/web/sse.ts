import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';

/** So long may a client take nothing before it is given up; meanwhile it costs one slice of memory, since the ledger keeps what it has not read. */
const SLOW_MS = 30_000;

export type StreamEnd = 'client_left' | 'slow_client' | 'shutting_down' | 'disk_full' | 'failed' | 'not_allowed';

/** A stream of server-sent events with backpressure. Writes are in the order of their calls. */
export interface EventStream {
  /** Aborted when the stream has ended, for whatever reason. */
  readonly ended: AbortSignal;
  /** Resolves when the client can take more; false when the stream has ended. */
  write(text: string): Promise<boolean>;
  /** Ends with an event that names the reason; the first reason counts. */
  end(reason: StreamEnd): void;
  /** Why it ended. */
  reason(): StreamEnd | undefined;
}

export function openEventStream(raw: ServerResponse, stopping: AbortSignal): EventStream {
  const ended = new AbortController();
  // One listener per log that is followed, and the heartbeat.
  setMaxListeners(0, ended.signal);
  let reason: StreamEnd | undefined;

  const end = (why: StreamEnd) => {
    if (reason !== undefined) return;
    reason = why;
    stopping.removeEventListener('abort', onStop);
    if (!raw.destroyed) raw.write(`event: end\ndata: ${JSON.stringify({ reason: why })}\n\n`);
    // What a slow client has not taken can't be waited for: the socket goes with it.
    if (why === 'slow_client') raw.destroy();
    else raw.end();
    ended.abort();
  };
  const onStop = () => end('shutting_down');
  raw.once('close', () => end('client_left'));
  raw.on('error', () => end('client_left'));
  stopping.addEventListener('abort', onStop, { once: true });
  if (stopping.aborted) onStop();
  // The client may have left before there was anybody to hear it.
  if (raw.closed || raw.destroyed) end('client_left');

  return {
    ended: ended.signal,
    end,
    reason: () => reason,
    async write(text) {
      if (reason !== undefined) return false;
      if (raw.write(text)) return true;
      if (!(await drained(raw, ended.signal))) end('slow_client');
      return reason === undefined;
    },
  };
}

/** False when the client took too long. */
function drained(raw: ServerResponse, ended: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (ok: boolean) => () => {
      clearTimeout(timer);
      raw.off('drain', onDrain);
      ended.removeEventListener('abort', onDrain);
      resolve(ok);
    };
    const onDrain = settle(true);
    const timer = setTimeout(settle(false), SLOW_MS);
    raw.once('drain', onDrain);
    ended.addEventListener('abort', onDrain, { once: true });
  });
}
