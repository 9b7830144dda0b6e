import type { Actor, DaybookEvent } from '../event.ts';
import type { TrustProxy } from './addresses.ts';

// Of every middleware; `Request` is what the framework hands to its handlers.
export interface HttpAuditOptions<Request = unknown> {
  /** A user_id, or more of an actor; undefined: what passport, express-session and JWT middlewares left on the request. */
  // Asked when the answer is out, so that it sees whatever handlers left.
  readonly who?: (request: Request) => Actor | string | undefined;
  /** Proxies that are believed: how many stand before us, or their ranges: `10.0.0.0/8`, `loopback`, `private`. Default: none. */
  readonly trustProxy?: TrustProxy;
  /** Paths that are not recorded: `['/healthz', /^\/static\//]`, or a function. */
  readonly ignore?: readonly (string | RegExp)[] | ((request: Request) => boolean);
  /** Path parameters whose values are recorded; others stay `:name`. */
  readonly params?: readonly string[];
  /** Query parameters whose values are recorded. */
  readonly query?: readonly string[];
  /** More members, or other ones. */
  readonly event?: (request: Request) => DaybookEvent | undefined;
  /** false: no async context; handlers and statements do not know who acts. */
  readonly context?: false;
}
