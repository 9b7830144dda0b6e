import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { Control } from './control/control.ts';
import type { Files } from './files.ts';
import type { Random } from './random.ts';
import type { RouteTable } from './route-table.ts';

/** What every stage stands on. Knows nothing of events. */
export interface Base {
  readonly config: Config;
  readonly pid: number;
  readonly log: Logger;
  readonly metrics: Registry<OpenMetricsContentType>;
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  /** The one HTTP server; stages mount their routes on it before `listen()`. */
  readonly http: FastifyInstance;
  /** Every route that was mounted: what /openapi.json and the test of permissions walk. */
  readonly routes: RouteTable;
  readonly access: Access;
  /** Tokens and the outbox of their changes. */
  readonly control: Control;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Registers background work with its owner: the signal is `stopping`, `close()` awaits it; a rejection while not stopping is fatal. */
  background(name: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Stops the process with a sentence: recovery decides at the next start. Never returns to normal work. */
  fatal(error: unknown): never;
  /** Starts to listen; returns the address as `http://host:port`. */
  listen(): Promise<string>;
  /** Aborts `stopping`, takes no more requests and returns when those in hand are answered (or their time is up). */
  drain(): Promise<void>;
  /** After the stages: awaits background work and closes the control state. */
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

/** `events:write` admin, producer · `events:read` (events, SQL, tail, proofs, entry bundles) admin, auditor · `admin` admin only · `any` every valid token. */
export type Permission = 'events:write' | 'events:read' | 'admin' | 'any';

export interface Access {
  /** Reads Bearer, Basic (password = token) or `X-ClickHouse-Key`; throws DaybookError unauthenticated/forbidden. Synchronous: tokens are cached. */
  require(request: FastifyRequest, permission: Permission): Principal;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. Required: registering a route without it throws. Checked before the body is read. */
    permission?: Permission | 'public';
    /** Merged into the route's OpenAPI operation: what its validating schema does not say (raw bodies, content types). */
    openapi?: Readonly<Record<string, unknown>>;
  }
  interface FastifySchema {
    /** For /openapi.json. */
    summary?: string;
    description?: string;
    tags?: readonly string[];
  }
  interface FastifyRequest {
    /** Set by the permission check of routes that are not public. */
    principal: Principal | null;
  }
}
