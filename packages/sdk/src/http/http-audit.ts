import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client } from '../client.ts';
import { inScope } from '../context.ts';
import type { DaybookEvent } from '../event.ts';
import { type Origin, originOf } from './addresses.ts';
import { Exchange, type View } from './exchange.ts';
import type { HttpAuditOptions } from './options.ts';
import { pathOf } from './route.ts';

/** Where a request keeps the view by which it is observed: it is recorded once, however many middlewares see it. */
export const OBSERVED = Symbol('daybook');

/** Requests of one server under one set of options: what all middlewares share. */
export class HttpAudit<Request = unknown> {
  readonly options: HttpAuditOptions<Request>;
  readonly originOf: Origin;
  readonly #client: Client;

  constructor(client: Client, options: HttpAuditOptions<Request>) {
    this.#client = client;
    this.options = options;
    this.originOf = originOf(options.trustProxy);
  }

  /** Begins with a request; its event is recorded when the response closes, whatever comes between. undefined: ignored, or begun already. */
  begin(req: IncomingMessage & { [OBSERVED]?: unknown }, res: ServerResponse, view: View<Request>): Exchange<Request> | undefined {
    try {
      if (req[OBSERVED] !== undefined || this.isIgnored(req, view.request)) return undefined;
      const exchange = new Exchange(this, { req, res, view });
      req[OBSERVED] = view;
      // `close` comes after `finish`, and alone when the client went away. It is the last thing that a response does.
      res.on('close', () => this.record(() => exchange.end()));
      return exchange;
    } catch (error) {
      this.#client.fault('a request could not be observed', error);
      return undefined;
    }
  }

  /** Runs the rest of the request where `record`, `annotate` and statements find it. */
  within<T>(exchange: Exchange<Request> | undefined, fn: () => T): T {
    return exchange === undefined || this.options.context === false ? fn() : inScope(exchange, fn);
  }

  isIgnored(req: IncomingMessage, request: Request): boolean {
    const { ignore } = this.options;
    if (ignore === undefined) return false;
    if (typeof ignore === 'function') return ignore(request);
    const path = pathOf(req);
    return ignore.some((pattern) => (typeof pattern === 'string' ? pattern === path : pattern.test(path)));
  }

  /** An option that throws must not cost the event, nor the application its request. */
  record(make: () => DaybookEvent): void {
    try {
      this.#client.emit(make());
    } catch (error) {
      this.#client.fault('a request could not be recorded', error);
    }
  }
}
