import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Client } from './client.ts';
import type { PlainRequest } from './http.ts';
import type { Traces } from './http/actor.ts';
import type { View } from './http/exchange.ts';
import { HttpAudit, OBSERVED } from './http/http-audit.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { isObject, type Members, membersOf } from './objects.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

// What Express and its plugins put on a request, as far as it is read here.
export interface ExpressRequest extends PlainRequest {
  readonly baseUrl?: string;
  readonly route?: unknown;
  readonly params?: unknown;
  readonly id?: unknown;
}

/** `app.use(expressAudit(client))`, before everything that answers. Express 4 and 5. */
export function expressAudit<Request extends ExpressRequest = ExpressRequest>(
  client: Client,
  options: HttpAuditOptions<Request> = {},
): (req: Request, res: ServerResponse, next: () => void) => void {
  const audit = new HttpAudit<Request>(client, options);
  return (req, res, next) => {
    const view = new ExpressView(req, res);
    const exchange = audit.begin(req, res, view);
    if (exchange !== undefined) view.watch();
    audit.within(exchange, next);
  };
}

interface Place {
  readonly raw: string;
  readonly pattern: string;
  readonly outer: Place | undefined;
}

/**
 * Express keeps neither the pattern of a mounted router nor, once an error left it, where a route was mounted. So the moments are watched at which it
 * sets `baseUrl` (a router is entered; `params` are those of its mount path) and `route`.
 */
class ExpressView<Request extends ExpressRequest> implements View<Request> {
  readonly request: Request & Watched;
  readonly #res: ServerResponse & { readonly locals?: unknown };
  /** Where Express is now; what it has entered before are the places above it. */
  #place: Place = ROOT;
  #baseUrl: unknown;
  #route: unknown;
  #matchedIn: Place = ROOT;
  #matchedRoute: Members | undefined;

  constructor(request: Request, res: ServerResponse) {
    this.request = request;
    this.#res = res;
  }

  /** Has the request tell of its two members from now on. */
  watch(): void {
    const { request } = this;
    // Members of its own, from before the first request was watched, would hide the accessors.
    const baseUrl = Object.hasOwn(request, 'baseUrl') ? taken(request, 'baseUrl') : (request[BASE] ?? '');
    const route = Object.hasOwn(request, 'route') ? taken(request, 'route') : request[ROUTE];
    watchAll(request);
    this.baseUrl = baseUrl;
    if (route !== undefined) this.matched = route;
  }

  get baseUrl(): unknown {
    return this.#baseUrl;
  }

  set baseUrl(value: unknown) {
    this.#baseUrl = value;
    if (typeof value !== 'string' || value === this.#place.raw) return;
    let place = this.#place;
    while (!isWithin(value, place.raw)) place = place.outer ?? ROOT;
    this.#place = value === place.raw ? place : this.#entered(value, place);
  }

  get matched(): unknown {
    return this.#route;
  }

  set matched(value: unknown) {
    this.#route = value;
    if (!isObject(value)) return;
    this.#matchedIn = this.#place;
    this.#matchedRoute = value;
  }

  route(): string | undefined {
    return this.#matchedRoute === undefined ? undefined : join(this.#matchedIn.pattern, pathText(this.#matchedRoute['path']));
  }

  traces(): Traces {
    const { request: req } = this;
    const { locals } = this.#res;
    return {
      users: [req.user, typeof req.auth === 'function' ? undefined : req.auth, membersOf(locals)['user']],
      session: req.session,
      sessionId: req.sessionID,
    };
  }

  requestId(): unknown {
    return this.request.id;
  }

  /** A router mounted at a path with parameters: their values stand in `params` at this moment, and become names again. */
  #entered(raw: string, outer: Place): Place {
    const { params } = this.request;
    const suffix = raw.slice(outer.raw.length);
    const names = isObject(params) ? Object.entries(params) : [];
    const pattern =
      names.length === 0
        ? suffix
        : suffix
            .split('/')
            .map((segment) => nameOf(segment, names))
            .join('/');
    return { raw, pattern: outer.pattern + pattern, outer };
  }
}

const ROOT: Place = { raw: '', pattern: '', outer: undefined };
const BASE = Symbol('daybook.baseUrl');
const ROUTE = Symbol('daybook.route');

function isWithin(raw: string, outer: string): boolean {
  return outer === '' || (raw.startsWith(outer) && (raw.length === outer.length || raw[outer.length] === '/'));
}

/**
 * Of a request that no view of ours observes, the accessors hold the members themselves. `''` as the base, where all requests begin, is not held: each
 * member that a request gets beyond its own costs some 2 µs.
 */
interface Watched {
  [OBSERVED]?: unknown;
  [BASE]?: unknown;
  [ROUTE]?: unknown;
}

function accessor(member: 'baseUrl' | 'matched', own: typeof BASE | typeof ROUTE, start?: string): PropertyDescriptor & ThisType<Watched> {
  return {
    configurable: true,
    enumerable: true,
    get() {
      const view = this[OBSERVED];
      return view instanceof ExpressView ? view[member] : (this[own] ?? start);
    },
    set(value: unknown) {
      const view = this[OBSERVED];
      if (view instanceof ExpressView) view[member] = value;
      else if (value !== start || this[own] !== undefined) this[own] = value;
    },
  };
}

const accessors = { baseUrl: accessor('baseUrl', BASE, ''), route: accessor('matched', ROUTE) };

const watched = new WeakSet<object>();

/**
 * Puts the accessors where all requests of this Express (and of applications mounted in it) inherit them: once. On each request by itself they would
 * cost 10 µs, half of what the whole middleware may.
 */
function watchAll(request: object): void {
  let prototype: object = request;
  for (let next = proto(prototype); next !== undefined && next !== IncomingMessage.prototype; next = proto(next)) prototype = next;
  if (watched.has(prototype)) return;
  watched.add(prototype);
  Object.defineProperties(prototype, accessors);
}

function taken(request: object, name: string): unknown {
  const value: unknown = Reflect.get(request, name);
  Reflect.deleteProperty(request, name);
  return value;
}

function proto(object: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  return isObject(prototype) ? prototype : undefined;
}

function nameOf(segment: string, params: readonly (readonly [string, unknown])[]): string {
  const match = params.find(([, value]) => value === segment || (typeof value === 'string' && segment === encodeURIComponent(value)));
  return match === undefined || segment === '' ? segment : `:${match[0]}`;
}

function pathText(path: unknown): string {
  if (typeof path === 'string') return path;
  return Array.isArray(path) ? path.map(pathText).join('|') : String(path);
}

/** `/orders` and `/` are `/orders`. */
function join(base: string, path: string): string {
  if (base !== '' && path === '/') return base;
  return path.startsWith('/') ? base + path : `${base}/${path}`;
}
