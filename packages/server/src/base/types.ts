import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { Control } from './control/control.ts';
import type { Files } from './files.ts';
import type { Demand, Permission, Scope } from './policy.ts';
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
  readonly access: Door;
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
  /** The address at which it listens, as `listen()` returned it. */
  url(): string;
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

/** What someone may do, and which rows they may read. */
export interface Access {
  readonly permissions: ReadonlySet<Permission>;
  /** null: every row, with every field. */
  readonly scope: Scope | null;
}

/** Who a request comes from, after its token or session was checked. */
export interface Principal extends Access {
  readonly kind: 'token' | 'session';
  /** Names the credential in the ledger: the token's id, or the session's. */
  readonly tokenId: string;
  /** The token's or the user's name; of a token it is the producer's name. Unique. */
  readonly name: string;
  /** Of a user with several: the first. */
  readonly role: string;
  readonly roles: readonly string[];
  /** Values of `source` that this token may claim; null = any. A producer's default is its own name only. */
  readonly sources: readonly string[] | null;
  /** Values of `tenant_id` that this token may claim; null = any. */
  readonly tenants: readonly string[] | null;
  /** The user behind a session. */
  readonly userId: string | null;
}

/** The door: who asks, and whether they may. */
export interface Door {
  /**
   * Reads Bearer, Basic (password = token), `X-ClickHouse-Key`, or a session's cookie; throws DaybookError unauthenticated/forbidden. Synchronous: tokens and sessions are
   * in memory.
   */
  require(request: FastifyRequest, permission: Demand): Principal;
  /** Whether all of these roles may be used from an address. */
  allowedFrom(roles: readonly string[], address: string): boolean;
  /** The request itself has just signed in: from here on it is the user's. */
  entered(request: FastifyRequest, session: { readonly id: string; readonly user_id: string }): void;
  /** Whether the request's credential still opens what it opened: for answers that go on for hours. */
  stillHolds(request: FastifyRequest, permission: Demand): boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. Required: registering a route without it throws. Checked before the body is read. */
    permission?: Demand | 'public';
    /** Whether the route shows those who read within a scope their part only. Without it they are refused. */
    scoped?: boolean;
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
