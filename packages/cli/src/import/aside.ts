import { listOf, parseRecord, recordOf } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';
import { persist, type SendOptions, textOfAnswer } from './send.ts';
import type { KnownPiece } from './pieces.ts';

/** A line of POST /v1/quarantine. */
export interface QuarantineLine {
  readonly source: string;
  readonly format: string;
  readonly code: string;
  readonly reason: string;
  readonly line: number;
  readonly file: string;
  readonly text?: string;
  readonly base64?: string;
}

/** A line of POST /v1/capture-counts. */
export interface CountLine {
  readonly source: string;
  readonly format: string;
  /** The same id is counted once. */
  readonly id: string;
  readonly events: number;
  readonly noise: Readonly<Record<string, number>>;
}

type Target = Omit<SendOptions, 'gzip' | 'channel'>;

/** A request of the server's is at most 10,000 lines and 16 MiB. */
const LINES_MAX = 1000;
const BODY_CHARS_MAX = 4 * 1024 * 1024;

export interface Kept {
  readonly kept: number;
  /** There was no room, or the server has no quarantine. */
  readonly dropped: number;
}

/** Puts lines into the server's quarantine; they are on its disk when this resolves. */
export async function putAside(lines: readonly QuarantineLine[], target: Target): Promise<Kept> {
  let kept = 0;
  for (const body of bodiesOf(lines)) {
    const answer = await tell('/v1/quarantine', body, target);
    kept += typeof answer?.['kept'] === 'number' ? answer['kept'] : 0;
  }
  return { kept, dropped: lines.length - kept };
}

/** Tells what became of records that are no events. */
export async function tellCounts(lines: readonly CountLine[], target: Target): Promise<void> {
  for (const body of bodiesOf(lines)) await tell('/v1/capture-counts', body, target);
}

/** The pieces that the server has whose name begins so. */
export async function knownPieces(prefix: string, target: Target): Promise<KnownPiece[]> {
  const head = `${target.producer}/`;
  const answer = await persist(() => get(`/v1/producer-counters?instance=${encodeURIComponent(prefix)}`, target), target);
  return listOf(answer?.['instances']).flatMap((one) => {
    const { src, count } = recordOf(one);
    return typeof src === 'string' && src.startsWith(head) && typeof count === 'number'
      ? [{ instance: src.slice(head.length), count }]
      : [];
  });
}

async function tell(at: string, body: string, target: Target): Promise<Record<string, unknown> | undefined> {
  return persist(async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await target.client.open('POST', at, { body, headers, signal: target.signal, accept: [400, 404] });
    const text = await textOfAnswer(response);
    return response.status === 404 ? undefined : parseRecord(text);
  }, target);
}

async function get(at: string, target: Target): Promise<Record<string, unknown> | undefined> {
  const response = await target.client.open('GET', at, { signal: target.signal, accept: [404] });
  const text = await textOfAnswer(response);
  if (response.status === 404) return undefined;
  const answer = parseRecord(text);
  if (answer === undefined) throw new CliError('The server answered something that is no JSON.', { code: 'bad_answer' });
  return answer;
}

function* bodiesOf(lines: readonly object[]): Generator<string> {
  let body = '';
  let count = 0;
  for (const line of lines) {
    const json = `${JSON.stringify(line, wellFormed)}\n`;
    if (count === LINES_MAX || (count > 0 && body.length + json.length > BODY_CHARS_MAX)) {
      yield body;
      body = '';
      count = 0;
    }
    body += json;
    count++;
  }
  if (count > 0) yield body;
}

/** Half a surrogate pair becomes U+FFFD. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString() : value;
}
