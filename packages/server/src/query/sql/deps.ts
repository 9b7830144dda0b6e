import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import type { Scope } from '../../base/policy.ts';
import type { Refreshes } from '../refreshes.ts';
import type { Clock, Door } from '../../base/types.ts';

/** All that the SQL endpoint needs of the world. */
export interface SqlDeps {
  readonly http: FastifyInstance;
  readonly access: Door;
  readonly log: Logger;
  readonly metrics: Registry<OpenMetricsContentType>;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  readonly engine: SqlEngine;
  /** What stands for `access_logs` for someone with a scope: the quoted name of the scope's view. */
  readonly scopedEvents: (scope: Scope) => Promise<string>;
  /** `ledger.record`: resolves when the entry is durable. */
  readonly record: (kind: 'daybook.read', event: Readonly<Record<string, unknown>>) => Promise<unknown>;
  /** `Refreshes.repeats`. */
  readonly repeats: Refreshes['repeats'];
  /** What policy removes from texts before they are kept; query texts may hold card numbers and passwords like any other. */
  readonly redact: (text: string) => string;
}

/** The engine, as far as a read needs it. */
export interface SqlEngine {
  /**
   * Runs one statement, which carries its FORMAT and SETTINGS. Rejects, or errors the stream, with an Error whose message holds the engine's
   * `Code: N. DB::Exception: …`; without such a code the engine is taken to be out of reach. Aborting `signal` ends the read within the engine.
   */
  read(sql: string, options: { readonly queryId: string; readonly signal: AbortSignal }): Promise<SqlAnswer>;
}

export interface SqlAnswer {
  readonly stream: Readable;
}
