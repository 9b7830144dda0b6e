import { outcomeOfStatus } from '@daybook/protocol';
import { addressOf } from '../addresses.ts';
import { event, quarantine, type Verdict } from '../result.ts';
import type { Stamp } from '../time/stamps.ts';
import { unescaped } from './escapes.ts';
import { requestLineOf } from './request-line.ts';

/** One access, as a line of a web server's log tells it. Texts are as they stand in the line, escapes and all; `-` and '' are absent. */
export interface Access {
  stamp: Stamp | undefined;
  /** What the server itself saw at the other end of the connection: an address, or a host name. */
  client: string | undefined;
  /** What the client says of those before it (X-Forwarded-For): claims. */
  forwarded: string | undefined;
  user: string | undefined;
  request: string | undefined;
  method: string | undefined;
  target: string | undefined;
  version: string | undefined;
  status: string | undefined;
  bytes: string | undefined;
  agent: string | undefined;
  /** The name of the site. */
  site: string | undefined;
  durationMs: number | undefined;
  requestId: string | undefined;
  /** The machine, when the log tells it. */
  machine: string | undefined;
  /** What has no field: to the attributes. */
  more: Record<string, unknown>;
  /** Values that nobody may read: masked in the text that is kept. */
  hidden: string[];
}

/** All members in one order, so that the engine sees one shape. */
export function newAccess(): Access {
  return {
    stamp: undefined,
    client: undefined,
    forwarded: undefined,
    user: undefined,
    request: undefined,
    method: undefined,
    target: undefined,
    version: undefined,
    status: undefined,
    bytes: undefined,
    agent: undefined,
    site: undefined,
    durationMs: undefined,
    requestId: undefined,
    machine: undefined,
    more: {},
    hidden: [],
  };
}

/** The verb of a method; `other` for those that say nothing of an access. */
export function actionOfMethod(method: string | undefined): string {
  return method === undefined ? 'other' : (ACTIONS[method.toUpperCase()] ?? 'other');
}

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  QUERY: 'query',
  SEARCH: 'query',
  REPORT: 'query',
  PROPFIND: 'list',
  POST: 'create',
  MKCOL: 'create',
  PUT: 'update',
  PATCH: 'update',
  PROPPATCH: 'update',
  MOVE: 'update',
  COPY: 'create',
  DELETE: 'delete',
  CONNECT: 'connect',
};
/** nginx's own status for a client that closed the connection before it was answered, and for a connection that the server closed without an answer. */
const REASONS: Readonly<Record<string, string>> = {
  '408': 'the client sent no request in time',
  '444': 'the server closed the connection without an answer',
  '494': 'the request header is too large',
  '495': "the client's certificate is not valid",
  '496': 'the client sent no certificate',
  '497': 'plain HTTP was sent to a TLS port',
  '499': 'the client closed the connection before the answer',
};
/** What a line of rubbish is called: the client sent no request that could be read. */
const NO_REQUEST = 'invalid_request';

/** The event of an access; every line of an access log is one, whatever the client sent. */
export function accessEvent(access: Access): Verdict {
  const { stamp, status } = access;
  if (status === undefined && access.client === undefined && access.request === undefined && access.target === undefined)
    return quarantine('no_access', 'none of the client, the request and the status can be read from this line');
  const line = access.method === undefined ? (access.request === undefined ? undefined : requestLineOf(access.request)) : undefined;
  const method = access.method ?? line?.method;
  const target = access.target ?? line?.target ?? (access.request === undefined ? undefined : access.request);
  const version = access.version ?? line?.version;
  const { more } = access;
  if (version !== undefined) more['http_version'] = version.startsWith('HTTP/') ? version.slice(5) : version;
  if (stamp?.guessed !== undefined) more['time_guessed'] = stamp.guessed;
  const user = access.user === undefined ? undefined : unescaped(access.user);
  const address = addressOf(access.client);
  if (address === undefined && access.client !== undefined) more['client_host'] = access.client;
  return event({
    timestamp: stamp?.text,
    user_id: user,
    actor_type: user === undefined ? 'anonymous' : 'user',
    event_type: method ?? NO_REQUEST,
    action: actionOfMethod(method),
    category: 'http',
    // A client that sends no request asks for nothing, which both servers write so, or as ''.
    resource: target === undefined ? '-' : unescaped(target),
    resource_type: target === undefined || method === undefined ? undefined : 'url',
    resource_parent: access.site,
    ip_address: address,
    ip_chain: access.forwarded === undefined ? undefined : chainOf(access.forwarded, address),
    host: access.machine,
    protocol: 'http',
    method,
    outcome: outcomeOf(status),
    status_code: status,
    reason: status === undefined ? undefined : REASONS[status],
    bytes_out: countOf(access.bytes),
    duration_ms: access.durationMs,
    user_agent: access.agent === undefined ? undefined : unescaped(access.agent),
    request_id: access.requestId,
    attributes: more,
  });
}

/** 101 is an answer that grants what was asked; 000 says that none was sent. */
function outcomeOf(status: string | undefined): string {
  if (status === '101') return 'success';
  return (status === undefined ? undefined : outcomeOfStatus(Number(status))) ?? 'unknown';
}

/** The claimed chain from the first to the last, and behind it the address that the server saw. */
function chainOf(forwarded: string, address: string | undefined): string[] {
  const chain = unescaped(forwarded)
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return address === undefined ? chain : [...chain, address];
}

/** Bytes, when the text is a count that a number holds; `-` is none. */
export function countOf(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 15 || !/^\d+$/.test(text)) return undefined;
  return Number(text);
}

/** `-` and '' say that there is nothing. */
export function present(text: string | undefined): string | undefined {
  return text === undefined || text === '-' || text === '' ? undefined : text;
}
