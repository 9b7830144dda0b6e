import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { EngineFailure, failureFrom } from './engine-failure.ts';
import type { ResultPipe } from './result-pipe.ts';
import { type Lane, type Lease, quoted, type SessionPool } from './session-pool.ts';
import { EXCEPTION_TRAILER } from './start-order.ts';
import { isRead, splitRead, type InsertHead } from './statement.ts';
import type { Watchdog } from './watchdog.ts';

/** One statement as it came over HTTP. */
export interface StatementRequest {
  readonly queryId: string;
  readonly text: string;
  /** What a body holds beside a statement in the URL. */
  readonly data: Buffer | undefined;
  readonly lane: 'quick' | 'long';
  readonly defaultFormat: string;
  readonly settings: ReadonlyMap<string, string>;
}

/** Seconds that a statement may take when its settings name none. */
const SECONDS_BY_DEFAULT = 60;
/** Of a message in a trailer: headers are bounded to 16 kB as a whole. */
const TRAILER_CHARS_MAX = 3000;

interface RunContext {
  readonly pool: SessionPool;
  readonly watchdog: Watchdog;
  readonly request: StatementRequest;
  readonly response: ServerResponse;
  /** Aborted when the client went away. */
  readonly gone: AbortSignal;
}

/** Runs one statement and answers it. Throws EngineFailure while no byte of the answer has left. */
export async function runStatement(context: RunContext): Promise<void> {
  const { request } = context;
  const lane: Lane = isRead(request.text) ? request.lane : 'command';
  await withSession(context, lane, (lease) =>
    lease.pipe === undefined ? runInMemory(context, lease) : runThroughPipe(context, lease, lease.pipe),
  );
}

/** An INSERT whose rows lie in a file. */
export interface InsertFromFile extends InsertHead {
  readonly path: string;
}

/** Runs an INSERT and answers it. The rows make one block, so it is done whole or not at all. */
export async function runInsert(context: RunContext, { into, structure, format, path }: InsertFromFile): Promise<void> {
  const { watchdog, request, response } = context;
  await withSession(context, 'insert', async (lease) => {
    const result = await watchdog.watch(secondsOf(request), undefined, () =>
      lease.session.queryAsync(`${into} FROM file(${quoted(path)}, ${format}, ${structure})`, { format: 'TSV' }),
    );
    const elapsedNs = Math.round(result.elapsed * 1e9);
    sendHead(response, request, { format, summary: { read_rows: result.rowsRead, written_rows: result.rowsRead, elapsed_ns: elapsedNs } });
    response.end();
  });
}

async function withSession({ pool, request, gone }: RunContext, lane: Lane, run: (lease: Lease) => Promise<void>): Promise<void> {
  const lease = await pool.take(lane);
  if (lease === undefined) throw new EngineFailure(202, 'Too many statements wait. (TOO_MANY_SIMULTANEOUS_QUERIES)');
  let clean = false;
  try {
    if (!gone.aborted) {
      await lease.configure(request.settings);
      await run(lease);
    }
    clean = true;
  } catch (error) {
    throw failureFrom(error);
  } finally {
    lease.release(clean);
  }
}

/** The whole answer in memory: a few kilobytes for Daybook's own short questions. */
async function runInMemory({ watchdog, request, response, gone }: RunContext, lease: Lease): Promise<void> {
  const id = randomUUID();
  const format = isRead(request.text) ? splitRead(request.text, request.defaultFormat).format : request.defaultFormat;
  const text = request.data === undefined ? request.text : `${request.text} ${request.data.toString('utf8')}`;
  const result = await watchdog.watch(secondsOf(request), { id, gone }, () =>
    lease.session.queryAsync(marked(id, text), { format: request.defaultFormat }),
  );
  const bytes = result.bytes();
  sendHead(response, request, {
    format,
    summary: { read_rows: result.rowsRead, read_bytes: result.bytesRead, elapsed_ns: Math.round(result.elapsed * 1e9) },
  });
  response.end(bytes);
}

async function runThroughPipe(context: RunContext, lease: Lease, pipe: ResultPipe): Promise<void> {
  const { watchdog, request, response, gone } = context;
  const id = randomUUID();
  const { body, format, settings } = splitRead(request.text, request.defaultFormat);
  const sql = `${body}\nINTO OUTFILE ${quoted(pipe.path)} TRUNCATE FORMAT ${format}${settings}`;
  let failure: EngineFailure | undefined;
  let resumePipe: () => void = () => undefined;
  const discard = (): void => resumePipe();
  gone.addEventListener('abort', discard, { once: true });
  response.on('drain', discard);
  const written = watchdog.watch(secondsOf(request), { id, gone, giveUp: discard }, () =>
    lease.session.queryAsync(marked(id, sql), { format: 'TSV' }),
  );
  const drained = pipe.drain(written, (chunk, resume) => {
    resumePipe = resume;
    if (gone.aborted || watchdog.hasGivenUp(id)) return true;
    if (!response.headersSent) {
      response.setHeader('Trailer', EXCEPTION_TRAILER);
      sendHead(response, request, { format, summary: {} });
    }
    return response.write(chunk);
  });
  const [outcome] = await Promise.allSettled([written, drained]);
  if (outcome.status === 'rejected') failure = failureFrom(outcome.reason);
  response.off('drain', discard);
  if (failure === undefined) {
    if (!response.headersSent) sendHead(response, request, { format, summary: {} });
    response.end();
    return;
  }
  if (!response.headersSent) throw failure;
  // The status is out: the message follows the body, where a client that knows of it finds it.
  response.addTrailers({ [EXCEPTION_TRAILER]: trailerText(failure) });
  response.end();
  if (!gone.aborted) await Promise.race([once(response, 'finish'), once(response, 'close')]);
  throw failure;
}

function trailerText(failure: EngineFailure): string {
  // A surrogate pair may have been cut in two, which has no encoding.
  return encodeURIComponent(failure.text.slice(0, TRAILER_CHARS_MAX).replace(/[\ud800-\udbff]$/, ''));
}

/** By this comment the statement is found among those that run, to be ended. */
function marked(id: string, text: string): string {
  return `/*${id}*/ ${text}`;
}

function secondsOf(request: StatementRequest): number {
  const seconds = Number(
    request.settings.get('max_execution_time') ?? /\bmax_execution_time\s*=\s*(\d{1,6})\b/.exec(request.text.slice(-2000))?.[1],
  );
  return Number.isFinite(seconds) && seconds > 0 ? seconds : SECONDS_BY_DEFAULT;
}

interface Head {
  readonly format: string;
  readonly summary: Readonly<Record<string, number>>;
}

const SUMMARY_ZERO = {
  read_rows: 0,
  read_bytes: 0,
  written_rows: 0,
  written_bytes: 0,
  total_rows_to_read: 0,
  result_rows: 0,
  result_bytes: 0,
  elapsed_ns: 0,
};

function sendHead(response: ServerResponse, request: StatementRequest, { format, summary }: Head): void {
  const all = Object.fromEntries(Object.entries({ ...SUMMARY_ZERO, ...summary }).map(([name, value]) => [name, String(value)]));
  response.statusCode = 200;
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('X-ClickHouse-Query-Id', request.queryId);
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(all));
}
