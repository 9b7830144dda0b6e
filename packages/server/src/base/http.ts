import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { DaybookError } from '@daybook/protocol';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteOptions } from 'fastify';
import type { Logger } from 'pino';
import { assert } from './assert.ts';
import type { HttpMetrics } from './metrics.ts';
import { knownError, PROBLEM_TYPE, problemOf } from './problem.ts';
import type { Random } from './random.ts';
import type { routeTable } from './route-table.ts';
import type { Config } from './config.ts';
import { createListener, type Listener } from './tls.ts';
import type { Door } from './types.ts';

/** Default of a body; routes that take more say so. Small requests are all that most routes know. */
const BODY_BYTES_MAX = 1_048_576;
/** Long SQL belongs into the body; 32 KiB leaves room for a URL of ClickHouse parameters. */
const HEADER_BYTES_MAX = 32_768;
const HEADERS_MAX = 100;
/** A whole request must have arrived by then: a batch of the largest size over 2 Mbit/s. Slow senders would hold sockets for ever. */
const REQUEST_MS = 120_000;
const HEADERS_MS = 15_000;
/** Longer than the usual 60 s of proxies in front, so that never we close what they are about to use. */
const KEEP_ALIVE_MS = 75_000;
/** Sockets at a time; beyond it the kernel's queue waits, and then refuses. */
const SOCKETS_MAX = 4096;
const PATH_PARAMETER_CHARS_MAX = 128;
const REQUEST_ID_BYTES = 12;
/** What shows events: a route of these must say that it heeds scopes, or whoever has one stays outside. */
const READS: ReadonlySet<string> = new Set(['events:read', 'entries:read']);

/** What every answer has: nothing here is a page, nothing may be framed, guessed at or kept by caches unless its route says so. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

export interface HttpOptions {
  readonly log: Logger;
  readonly random: Random;
  readonly metrics: HttpMetrics;
  readonly routes: ReturnType<typeof routeTable>;
  readonly access: Door;
  readonly stopping: AbortSignal;
  readonly tls: Config['tls'];
  readonly trustedProxies: readonly string[];
  /** Called with what reads the certificate anew. */
  readonly onListener?: (listener: Listener) => void;
}

/** The one HTTP server. Stages mount their routes; authentication, errors, ids, limits and headers are here once for all of them. */
export function openHttp(options: HttpOptions): FastifyInstance {
  const http = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: (handler) => listener(options, handler),
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    // While it stops, idle connections are closed at once and requests in hand are answered.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    rewriteUrl: (request) => routedUrl(request.method, request.url ?? '/'),
    genReqId: () => options.random.text(REQUEST_ID_BYTES),
    requestIdHeader: false,
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, allErrors: false } },
    clientErrorHandler: refuseBrokenRequest,
    frameworkErrors: (error, request, reply) => void sendProblem(options, error, request, reply),
  });
  http.server.maxConnections = SOCKETS_MAX;
  http.server.maxHeadersCount = HEADERS_MAX;
  // No parser at the root: each stage brings the ones for what it reads, and nothing else is ever parsed.
  http.removeAllContentTypeParsers();
  // Response schemas document; they must not drop what they don't name.
  http.setSerializerCompiler(() => (data) => JSON.stringify(data));
  http.decorateRequest('principal', null);
  http.addHook('onRoute', (route) => register(route, options));
  http.addHook('onRequest', async (request, reply) => admit(options, request, reply));
  http.addHook('onResponse', async (request, reply) => measure(options, request, reply));
  http.setErrorHandler((error, request, reply) => sendProblem(options, error, request, reply));
  http.setNotFoundHandler((request, reply) => {
    const problem = noRoute(options, request, reply);
    const page = problem.code === 'not_found' && isPersons(request) ? options.routes.missingPage : undefined;
    return page === undefined ? sendProblem(options, problem, request, reply) : page(request, reply.code(problem.status));
  });
  return http;
}

function listener(options: HttpOptions, handler: RequestListener): Server {
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const made = createListener(options.tls, limits, handler);
  options.onListener?.(made);
  return made.server;
}

/**
 * ClickHouse clients that know only a host and a port ask `GET /?query=…`, and follow no redirect: they mean `/sql`. (What they post to `/` has a route of its own.)
 */
function routedUrl(method: string | undefined, url: string): string {
  return method === 'GET' && /^\/\?(?:[^#]*&)?query=/.test(url) ? `/sql${url.slice(1)}` : url;
}

function register(route: RouteOptions, { routes }: HttpOptions): void {
  const permission = route.config?.permission;
  assert(permission !== undefined, `route ${route.url} says who may call it (config.permission)`);
  for (const method of [route.method].flat()) {
    const schema = { ...route.schema };
    routes.add({
      method,
      path: route.url,
      permission,
      scoped: route.config?.scoped === true,
      schema,
      openapi: route.config?.openapi ?? {},
    });
  }
}

/** Before a byte of the body is read: headers that every answer has, and whether the sender may ask this at all. */
async function admit(options: HttpOptions, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  options.metrics.inFlight.inc();
  reply.raw.once('close', () => options.metrics.inFlight.dec());
  reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  if (options.stopping.aborted) throw new DaybookError('shutting_down', undefined, { retryAfterS: 5 });
  const permission = request.routeOptions.config.permission;
  if (permission === undefined || permission === 'public') return;
  const { scope } = options.access.require(request, permission);
  if (scope !== null && READS.has(permission) && request.routeOptions.config.scoped !== true) {
    throw new DaybookError('forbidden', 'This shows more than your scope: it is for those who read everything.');
  }
}

async function measure({ metrics }: HttpOptions, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) };
  metrics.durationS.observe(labels, reply.elapsedTime / 1000);
}

/** Addresses of interfaces, at which a browser too is told in their own way what is wrong. */
const INTERFACES = /^\/(?:v1|sql|logs|console)(?:[/?]|$)/;

/** Whether a person's browser asks for a page. */
function isPersons({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && wantsPage(headers) && !INTERFACES.test(url);
}

export function wantsPage({ accept }: IncomingHttpHeaders): boolean {
  return accept?.includes('text/html') === true;
}

function noRoute({ routes }: HttpOptions, request: FastifyRequest, reply: FastifyReply): DaybookError {
  const methods = routes.methodsOf(request.url.split('?', 1)[0] ?? '');
  if (methods.length === 0) return new DaybookError('not_found');
  reply.header('allow', methods.join(', '));
  return new DaybookError('method_not_allowed', `This address takes ${methods.join(', ')}.`);
}

async function sendProblem(options: HttpOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = knownError(error);
  options.metrics.refused.inc({ code: known.code });
  // Requests that no route was sought for (a broken address) have not passed the hooks.
  if (!reply.hasHeader('x-request-id')) reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  if (known.status >= 500) {
    const level = known.code === 'internal' ? 'error' : 'warn';
    options.log[level]({ err: error, request: request.id, route: request.routeOptions.url, code: known.code }, 'request failed');
  }
  if (known.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="daybook"');
  if (known.retryAfterS !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(known.retryAfterS))));
  const problem = problemOf(known);
  // An unread body would be taken for the next request; with its connection closed there is no next one.
  if (known.code === 'body_too_large' || known.code === 'shutting_down') reply.header('connection', 'close');
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** What is no HTTP at all, or too slow, or too long to parse: there is no request to answer, only a socket. */
function refuseBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers_too_large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request_timeout'
        : 'bad_request';
  const problem = problemOf(new DaybookError(code));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${code}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
