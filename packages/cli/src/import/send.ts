import { setTimeout as pause } from 'node:timers/promises';
import { listOf, parseRecord, recordOf, textOf } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';
import type { DaybookClient } from '../client.ts';

/** One request: items of one input that follow one another. */
export interface EventBatch {
  /** NDJSON. */
  readonly body: Uint8Array;
  /** Producer instance without the producer's name; undefined where each item names its `src` and `sseq` itself. */
  readonly instance?: string;
  /** Counter of the first item within the instance; undefined where the items have ids. */
  readonly firstSeq?: number;
}

/** The reply of POST /v1/events, as far as an importer reads it. */
export interface ImportReply {
  readonly accepted: number;
  /** Of the accepted, those that a rule of the server counts in another event. */
  readonly folded: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly item: number; readonly code: string; readonly field: string; readonly message: string }[];
}

export interface SendOptions {
  readonly client: Pick<DaybookClient, 'open'>;
  /** The token's name: `src` is `<producer>/<instance>`. */
  readonly producer: string;
  readonly gzip: boolean;
  /** How the events came. */
  readonly channel: 'importer' | 'agent';
  readonly signal: AbortSignal;
  /** Told before each wait, for the progress line. */
  readonly waiting?: ((seconds: number, reason: string) => void) | undefined;
  /** Default: as long as a person waits. */
  readonly attemptsMax?: number;
}

/** A busy server or a restart is waited for this long; then the person decides. With the waits below that is about ten minutes. */
const ATTEMPTS_MAX = 40;
const WAIT_S_MAX = 20;

/** Does it until the server has decided on it, waiting while it is busy or away. What is done must be safe to do twice. */
export async function persist<T>(act: () => Promise<T>, options: Pick<SendOptions, 'signal' | 'waiting' | 'attemptsMax'>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof CliError) || !isPassing(error) || attempt === (options.attemptsMax ?? ATTEMPTS_MAX)) throw error;
      const seconds = Math.min(WAIT_S_MAX, error.retryAfterS ?? 0.1 * 2 ** Math.min(attempt, 8));
      options.waiting?.(seconds, error.message);
      await pause(seconds * 1000, undefined, { signal: options.signal });
    }
  }
}

/** Sends one batch until the server has decided on it. Sending again is safe: counters make doubles known. */
export function sendBatch(batch: EventBatch, options: SendOptions): Promise<ImportReply> {
  return persist(() => post(batch, options), options);
}

/** Busy, full, starting, gone: nothing of the batch was kept, or it is not known; it may go better in a while. */
export function isPassing(error: CliError): boolean {
  return error.status === 429 || error.status === 503 || error.status === 408 || error.code === 'unreachable';
}

async function post(batch: EventBatch, options: SendOptions): Promise<ImportReply> {
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(batch.instance === undefined ? {} : { 'x-daybook-src': `${options.producer}/${batch.instance}` }),
    ...(batch.firstSeq === undefined ? {} : { 'x-daybook-sseq': String(batch.firstSeq) }),
    'x-daybook-channel': options.channel,
  };
  const call = { body: batch.body, headers, gzip: options.gzip, signal: options.signal };
  // 400 with a reply is no failure of the request: every item was judged, and refused.
  const response = await options.client.open('POST', '/v1/events', { ...call, accept: [400] });
  return parseReply(await textOfAnswer(response), response.status);
}

export async function textOfAnswer(response: Response): Promise<string> {
  return response.text().catch((error: unknown) => {
    throw new CliError('The answer broke off.', { code: 'unreachable', cause: error });
  });
}

export function parseReply(text: string, status: number): ImportReply {
  const value = parseRecord(text);
  if (typeof value?.['accepted'] === 'number')
    return {
      accepted: value['accepted'],
      folded: listOf(value['folded']).length,
      duplicates: listOf(value['duplicates']).length,
      rejected: listOf(value['rejected']).map(rejection),
    };
  const code = typeof value?.['code'] === 'string' ? value['code'] : 'bad_answer';
  const detail = typeof value?.['detail'] === 'string' ? value['detail'] : 'The server answered something that is no reply to events.';
  throw new CliError(detail, { status, code, ...(typeof value?.['advice'] === 'string' ? { advice: value['advice'] } : {}) });
}

function rejection(value: unknown): ImportReply['rejected'][number] {
  const { item, code, field, message } = recordOf(value);
  return { item: Number(item), code: textOf(code), field: textOf(field), message: textOf(message) };
}
