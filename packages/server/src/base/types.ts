import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { Files } from './files.ts';

/** What every stage stands on. Knows nothing of events. */
export interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly files: Files;
  /** The one HTTP server; stages mount their routes on it before `listen()`. */
  readonly http: FastifyInstance;
  readonly access: Access;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Registers background work with its owner: `close()` aborts the signal and awaits it; a rejection that is not an abort is fatal. */
  background(name: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Stops the process with a sentence: recovery decides at the next start. Never returns to normal work. */
  fatal(error: unknown): never;
  /** Starts to listen; returns the address as `http://host:port`. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Time as microseconds since 1970 UTC, a safe integer. */
export interface Clock {
  nowMicros(): number;
  /** Monotonic milliseconds, for durations. */
  monotonicMs(): number;
}

export type Role = 'admin' | 'auditor' | 'producer';

/** Who a request comes from, after its token was checked. */
export interface Principal {
  readonly tokenId: string;
  /** The token's name: the producer's name for role producer; unique. Letters, digits, `_`, `-`. */
  readonly name: string;
  readonly role: Role;
  /** Values of `source` that this token may claim; null = any. A producer's default is its own name only. */
  readonly sources: readonly string[] | null;
  /** Values of `tenant_id` that this token may claim; null = any. */
  readonly tenants: readonly string[] | null;
}

/** `events:write` admin, producer · `events:read` (events, SQL, tail, proofs, entry bundles) admin, auditor · `admin` admin only. */
export type Permission = 'events:write' | 'events:read' | 'admin';

export interface Access {
  /** Reads Bearer, Basic (password = token) or `X-ClickHouse-Key`; throws DaybookError unauthenticated/forbidden. Synchronous: tokens are cached. */
  require(request: FastifyRequest, permission: Permission): Principal;
}
