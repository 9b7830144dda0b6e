import { setTimeout as pause } from 'node:timers/promises';
import { parseJson } from '@daybook/protocol';
import type { Application } from '../applications/deeds.ts';
import { isObject } from '../daybook/client.ts';
import type { HistoryEvent } from './history.ts';

export interface SendOptions {
  readonly url: string;
  /** Of each application, its own. */
  readonly tokens: Readonly<Record<Application, string>>;
  /** Told after each batch. */
  readonly onProgress?: (sent: Sent & { readonly at: string }) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Sent {
  /** Events that are on disk, by now or before. */
  readonly events: number;
  /** Of these, the ones that were there already. */
  readonly duplicates: number;
}

/** Events of a request: the server is at its best with some thousand. */
const BATCH_EVENTS = 2000;
/** Requests at once: enough that the server's disk and our making of events do not wait for one another. */
const REQUESTS_MAX = 4;
/** A server that is busy says when to come again; this often it is asked. */
const TRIES_MAX = 20;
const RETRY_MS = 500;
const RETRIED: ReadonlySet<number> = new Set([0, 429, 503]);
const REFUSAL_CHARS_MAX = 500;

/** Sends a history as the applications themselves would: each its own events, in NDJSON batches, in order of time. */
export async function sendHistory(events: Iterable<HistoryEvent>, options: SendOptions): Promise<Sent> {
  const sender = new HistorySender(options);
  for (const { application, event } of events) {
    if (sender.put(application, JSON.stringify(event), event)) await sender.room();
    options.signal?.throwIfAborted();
  }
  return sender.end();
}

interface Batch {
  readonly lines: string[];
}

class HistorySender {
  readonly #options: SendOptions;
  readonly #batches = new Map<Application, Batch>();
  readonly #inFlight = new Set<Promise<void>>();
  #sent: Sent = { events: 0, duplicates: 0 };
  #failure: Error | undefined;
  #at = '';

  constructor(options: SendOptions) {
    this.#options = options;
  }

  /** True when a batch left, and the caller should wait for room. */
  put(application: Application, line: string, { timestamp }: HistoryEvent['event']): boolean {
    const batch = this.#batches.get(application) ?? { lines: [] };
    batch.lines.push(line);
    this.#batches.set(application, batch);
    if (typeof timestamp === 'string') this.#at = timestamp;
    if (batch.lines.length < BATCH_EVENTS) return false;
    this.#leave(application, batch);
    return true;
  }

  async room(): Promise<void> {
    while (this.#inFlight.size >= REQUESTS_MAX) await Promise.race(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<Sent> {
    for (const [application, batch] of this.#batches) {
      await this.room();
      this.#leave(application, batch);
    }
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#sent;
  }

  #leave(application: Application, { lines }: Batch): void {
    this.#batches.delete(application);
    if (lines.length === 0) return;
    const flight = this.#send(application, `${lines.join('\n')}\n`, lines.length)
      .catch((error: unknown) => void (this.#failure ??= error instanceof Error ? error : new Error(String(error))))
      .finally(() => this.#inFlight.delete(flight));
    this.#inFlight.add(flight);
  }

  async #send(application: Application, body: string, count: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { status, text, retryMs } = await this.#post(application, body);
      if (status === 200) return this.#took(count, text);
      // No answer, or none yet: what was kept of such a batch is not doubled the next time.
      if (!RETRIED.has(status) || attempt === TRIES_MAX)
        throw new Error(
          `Daybook did not take events of ${application} (${status === 0 ? 'no answer' : status}): ${text.slice(0, REFUSAL_CHARS_MAX)}`,
        );
      await pause(retryMs, undefined, { signal: this.#options.signal });
    }
  }

  /** One request; status 0 when no answer came. */
  async #post(
    application: Application,
    body: string,
  ): Promise<{ readonly status: number; readonly text: string; readonly retryMs: number }> {
    const { url, tokens, signal = null } = this.#options;
    const headers = { authorization: `Bearer ${tokens[application]}`, 'content-type': 'application/x-ndjson' };
    try {
      const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body, signal });
      const retryMs = Number(response.headers.get('retry-after') ?? 0) * 1000 || RETRY_MS;
      return { status: response.status, text: await response.text(), retryMs };
    } catch (error) {
      signal?.throwIfAborted();
      return { status: 0, text: error instanceof Error ? error.message : String(error), retryMs: RETRY_MS };
    }
  }

  #took(count: number, text: string): void {
    const reply = parseJson(text);
    const duplicates = isObject(reply) && Array.isArray(reply['duplicates']) ? reply['duplicates'].length : 0;
    this.#sent = { events: this.#sent.events + count, duplicates: this.#sent.duplicates + duplicates };
    this.#options.onProgress?.({ ...this.#sent, at: this.#at });
  }
}
