import type { Actor, DaybookEvent } from '../event.ts';
import type { TrustProxy } from './addresses.ts';

/** Options of every middleware; `Request` is what the framework hands to its handlers. */
export interface HttpAuditOptions<Request = unknown> {
  /**
   * Who. Asked when the answer is out, so that it sees whatever handlers left. A text is a user_id; undefined falls back to the default, which reads what
   * passport, express-session and JWT middlewares leave on the request.
   */
  readonly who?: (request: Request) => Actor | string | undefined;
  /** Proxies that are believed when they say where a request came from: a number of them, or their ranges. Default: none. */
  readonly trustProxy?: TrustProxy;
  /** Requests that are none of an auditor's business, by path: `['/healthz', /^\/static\//]`, or a function. */
  readonly ignore?: readonly (string | RegExp)[] | ((request: Request) => boolean);
  /** Names of path parameters whose values are recorded; others stay `:name`. */
  readonly params?: readonly string[];
  /** Names of query parameters whose values are recorded. */
  readonly query?: readonly string[];
  /** More members, or other ones: asked when the answer is out. */
  readonly event?: (request: Request) => DaybookEvent | undefined;
  /** false: no async context, so that statements and `record` inside of handlers do not know who acts. */
  readonly context?: false;
}
