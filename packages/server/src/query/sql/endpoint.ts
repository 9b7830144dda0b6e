import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';
import { type Deadline, deadline } from '../../base/deadline.ts';
import { takenOver, whileAllowed } from '../../base/long-answer.ts';
import type { Principal } from '../../base/types.ts';
import { type AnswerHead, holdAnswer, sendAnswer, sendFailure, type HeldAnswer } from './answer.ts';
import type { SqlAnswer, SqlDeps } from './deps.ts';
import { failureOf } from './failure.ts';
import { DEFAULT_FORMAT, refuseProgress } from './formats.ts';
import { guardQuery, QUERY_BYTES_MAX } from './guard.ts';
import { QueryPool } from './query-pool.ts';
import { readRecord, type ReadRecord } from './read-record.ts';
import { rowCounter } from './row-counter.ts';
import { readRequest, readText, type SqlRequest } from './request.ts';
import { SETTINGS, settingsClause } from './settings.ts';
import { knownFormat, type GuardedStatement } from './statement.ts';
import { SCOPED_SETTINGS } from '../scope/scope-view.ts';
import { type TableNames, tableNames } from './tables.ts';

/** Beyond the query's own time limit: what the engine needs to notice that it is over. Then the read is cut off from here. */
const GRACE_MS = 5_000;
/** Of the parsing look-up and other questions of Daybook's own. */
const OWN_READ_MS = 10_000;
/** Remembered: each is a few hundred texts that are quickly made again. */
const SCOPED_TABLES_MAX = 200;
/** Where ClickHouse clients ask, given `http://host:port/sql`, or only a host and a port. */
const PATHS = ['/sql', '/sql/'];
const PING_PATHS = ['/sql/ping', '/ping'];

/** Mounts the SQL endpoint on the server. */
export async function createSqlEndpoint(deps: SqlDeps): Promise<void> {
  const endpoint = new SqlEndpoint(deps);
  await deps.http.register(async (scope: FastifyInstance) => {
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: QUERY_BYTES_MAX * 2 }, (_request, body, done) => done(null, body));
    scope.setErrorHandler((error, request, reply) => {
      sendFailure(takenOver(reply), failureOf(error), request.id);
    });
    for (const url of PATHS) {
      scope.route({
        method: ['GET', 'POST'],
        url,
        config: { permission: 'events:read', scoped: true },
        schema: SCHEMA,
        handler: (request, reply) => endpoint.answer(request, reply),
      });
    }
    // Clients that know no path ask at the root; GET there belongs to people.
    scope.route({
      method: 'POST',
      url: '/',
      config: { permission: 'events:read', scoped: true },
      schema: SCHEMA,
      handler: (request, reply) => endpoint.answer(request, reply),
    });
    for (const url of PING_PATHS) {
      scope.route({
        method: 'GET',
        url,
        config: { permission: 'public' },
        schema: {
          summary: 'Whether the server is there',
          tags: ['sql'],
          response: { 200: { description: '`Ok.`', content: { 'text/plain': { schema: { type: 'string' } } } } },
        },
        handler: () => 'Ok.\n',
      });
    }
  });
}

const SCHEMA = {
  summary: 'SQL over access_logs, in the form of the ClickHouse HTTP interface',
  description: 'The query stands in the URL (`query`), in the body, or begins in the URL and goes on in the body. Read-only. Settings and `param_<name>` go into the URL.',
  tags: ['sql'],
  response: {
    200: {
      description: 'The rows in the format that the query, `default_format` or `X-ClickHouse-Format` names.',
      content: { 'text/plain': { schema: { type: 'string' } }, 'application/json': { schema: {} } },
    },
  },
}; // biome-ignore format: prose

class SqlEndpoint {
  private readonly deps: SqlDeps;
  private readonly pool = new QueryPool();
  private readonly tables = tableNames();
  /** By what stands for the events; views are few, since people share scopes. */
  private readonly scopedTables = new Map<string, TableNames>();
  private readonly metrics: SqlMetrics;
  private timezone: string | undefined;

  constructor(deps: SqlDeps) {
    this.deps = deps;
    this.metrics = sqlMetrics(deps.metrics);
  }

  /** One request from its text to its last byte. Every way out of here is recorded. */
  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const principal = this.deps.access.require(request, 'events:read');
    takenOver(reply);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort(new Error('the client went away')));
    const signal = AbortSignal.any([gone.signal, this.deps.stopping]);
    const run = new SqlRun(this.deps, request, reply, principal, signal);
    this.metrics.running.inc();
    try {
      await this.run(run);
    } catch (error) {
      await run.fail(error);
    } finally {
      this.metrics.running.dec();
      this.metrics.queries.inc({ outcome: run.outcome });
      this.metrics.seconds.observe(run.elapsedMs() / 1000);
    }
    return reply;
  }

  private async run(run: SqlRun): Promise<void> {
    const asked = await run.read();
    if (asked.text === '' && run.request.method === 'GET') {
      run.greet();
      return;
    }
    const leave = await this.pool.take(run.principal.tokenId, run.signal);
    try {
      const statement = await guardQuery(
        asked.text,
        { tables: await this.tablesOf(run.principal), userName: run.principal.name, parameters: asked.parameters },
        (sql) => this.ask(sql, run.signal),
      );
      run.statement = statement;
      const format = statement.format ?? (asked.defaultFormat === undefined ? DEFAULT_FORMAT : knownFormat(asked.defaultFormat));
      if (run.principal.scope !== null) refuseProgress(format);
      const head = {
        format,
        rows: rowCounter(format),
        queryId: asked.queryId,
        timezone: await this.zone(run.signal),
        gzip: asked.gzip,
        blocks: asked.blocks,
      };
      await run.send(head, await run.start(statement, head));
    } finally {
      leave();
    }
  }

  /** Which names the statements of someone may hold, and what stands behind them. */
  private async tablesOf({ scope }: Principal): Promise<TableNames> {
    if (scope === null) return this.tables;
    const eventsSql = await this.deps.scopedEvents(scope);
    const tables = this.scopedTables.get(eventsSql) ?? tableNames(eventsSql);
    if (this.scopedTables.size >= SCOPED_TABLES_MAX) this.scopedTables.clear();
    this.scopedTables.set(eventsSql, tables);
    return tables;
  }

  /** A question of Daybook's own. */
  private async ask(sql: string, signal: AbortSignal): Promise<Buffer> {
    const limit = deadline(OWN_READ_MS, signal);
    try {
      const answer = await this.deps.engine.read(sql, { queryId: '', signal: limit.signal });
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.stream) chunks.push(chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk)));
      return Buffer.concat(chunks);
    } finally {
      limit.clear();
    }
  }

  private async zone(signal: AbortSignal): Promise<string> {
    this.timezone ??= (await this.ask('SELECT timezone() FORMAT RawBLOB', signal)).toString('utf8').trim();
    return this.timezone;
  }
}

/** The state of one request on its way: what is known so far decides what is recorded when it fails. */
class SqlRun {
  readonly request: FastifyRequest;
  readonly principal: Principal;
  readonly signal: AbortSignal;
  statement: GuardedStatement | undefined;
  outcome: 'success' | 'failure' | 'denied' = 'failure';
  private readonly deps: SqlDeps;
  private readonly reply: FastifyReply;
  private readonly startedMs: number;
  private asked: SqlRequest | undefined;
  private record: ReadRecord;
  private answer: SqlAnswer | undefined;
  private limit: Deadline | undefined;
  private folded = false;
  private unwatch: () => void = () => undefined;

  constructor(deps: SqlDeps, request: FastifyRequest, reply: FastifyReply, principal: Principal, signal: AbortSignal) {
    this.deps = deps;
    this.request = request;
    this.reply = reply;
    this.principal = principal;
    this.signal = signal;
    this.startedMs = deps.clock.monotonicMs();
    this.record = readRecord(deps, request, principal, { text: '', id: request.id });
  }

  elapsedMs(): number {
    return this.deps.clock.monotonicMs() - this.startedMs;
  }

  async read(): Promise<SqlRequest> {
    const text = await readText(this.request);
    this.record = readRecord(this.deps, this.request, this.principal, { text, id: this.request.id });
    this.asked = readRequest(this.request, text);
    const parameters = JSON.stringify([...this.asked.parameters]);
    this.record = readRecord(this.deps, this.request, this.principal, { text, id: this.asked.queryId, parameters });
    return this.asked;
  }

  /** What a ClickHouse server says to a request without a question. */
  greet(): void {
    this.outcome = 'success';
    this.reply.raw.setHeader('content-type', 'text/plain; charset=UTF-8');
    this.reply.raw.end('Ok.\n');
  }

  /** Starts the read while the ledger writes down who asks what; nothing of the answer leaves before that is durable. */
  async start(statement: GuardedStatement, { format, rows }: AnswerHead): Promise<HeldAnswer> {
    const settings = this.asked?.settings ?? new Map<string, string>();
    this.folded = this.record.repeats(statement.tables);
    const recorded = this.folded ? Promise.resolve() : this.record.asked(statement.tables);
    if (statement.sql === undefined) {
      await recorded;
      return { chunks: [], bytes: 0, rest: undefined };
    }
    const seconds = Number(settings.get('max_execution_time') ?? SETTINGS.get('max_execution_time')?.byDefault);
    const stop = new AbortController();
    this.limit = deadline(seconds * 1000 + GRACE_MS, this.signal, stop.signal);
    const { signal } = this.limit;
    const over = () => stop.abort(new Error('the token or session is over'));
    this.unwatch = whileAllowed(this.deps.access, this.request, 'events:read', over);
    const sql = `${statement.sql} FORMAT ${format} ${settingsClause(settings, statement.explains, this.principal.scope === null ? undefined : SCOPED_SETTINGS)}`;
    const held = this.deps.engine.read(sql, { queryId: this.request.id, signal }).then((answer) => {
      this.answer = answer;
      return holdAnswer(answer, rows);
    });
    try {
      const [first] = await Promise.all([held, recorded]);
      return first;
    } catch (error) {
      stop.abort(new Error('the read was given up'));
      // Both were started: neither may be left without somebody who looks at how it ends.
      await Promise.allSettled([held, recorded]);
      this.answer?.stream.destroy();
      throw error;
    }
  }

  async send(head: AnswerHead, held: HeldAnswer): Promise<void> {
    const bytes = await sendAnswer(this.reply.raw, held, head, this.elapsedMs());
    this.outcome = 'success';
    await this.end({ outcome: 'success', rows: head.rows.rows(), bytes });
  }

  /** Tells the client, as far as it still can be told, and the ledger. */
  async fail(error: unknown): Promise<void> {
    this.answer?.stream.destroy();
    const failure = failureOf(error);
    this.outcome = failure.outcome;
    // What the engine refused of a statement repeats the statement, which may hold secrets: the ledger has it, redacted.
    if (failure.status >= 500) this.deps.log.warn({ err: error, query: this.request.id }, 'a query failed');
    const reason = this.signal.aborted ? 'the client went away, or the server stopped' : failure.text.trim();
    await this.end({ outcome: failure.outcome, statusCode: failure.code, reason });
    const { raw } = this.reply;
    if (raw.headersSent) raw.destroy(error instanceof Error ? error : undefined);
    else sendFailure(raw, failure, this.asked?.queryId ?? this.request.id);
  }

  /** The second record. The answer has left, or will not leave: when this one can't be written there is nothing to take back, so it is said in the log. */
  private async end(outcome: Omit<Parameters<ReadRecord['ended']>[1], 'durationMs'>): Promise<void> {
    this.limit?.clear();
    this.unwatch();
    // A repetition that failed is news.
    if (this.folded && outcome.outcome === 'success') return;
    try {
      await this.record.ended(this.statement?.tables ?? [], { ...outcome, durationMs: this.elapsedMs() });
    } catch (error) {
      this.deps.log.error({ err: error, query: this.request.id }, 'the outcome of a query could not be recorded');
    }
  }
}

interface SqlMetrics {
  readonly queries: Counter<'outcome'>;
  readonly running: Gauge;
  readonly seconds: Histogram;
}

function sqlMetrics(registry: Registry<OpenMetricsContentType>): SqlMetrics {
  const registers = [registry];
  return {
    queries: new Counter({ name: 'daybook_sql_queries_total', help: 'Queries on /sql by outcome.', labelNames: ['outcome'], registers }),
    running: new Gauge({ name: 'daybook_sql_running', help: 'Queries on /sql that are running or waiting.', registers }),
    seconds: new Histogram({
      name: 'daybook_sql_seconds',
      help: 'Time of a query on /sql from its arrival to its last byte.',
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    }),
  };
}
