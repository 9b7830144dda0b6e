import { DaybookError } from '@daybook/protocol';
import type { FastifyRequest } from 'fastify';
import type { Control } from './control/control.ts';
import { csrfOf, type Session } from './control/sessions.ts';
import { addressRanges } from './address-ranges.ts';
import { allows, type Demand } from './policy.ts';
import { certifiedName } from './tls.ts';
import { equalDigests } from './random.ts';
import type { Door, Principal } from './types.ts';

/** Longer than any token that Daybook makes or that a person sets; beyond it nothing is hashed. */
const CREDENTIAL_CHARS_MAX = 4096;
/** The credential of `local-credentials.ts`. */
export const LOCAL_ID = 'local';
/** Methods that change nothing, by HTTP's own promise. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Browsers hold cookies of the first name only if they came over TLS for exactly this host; the second is for loopback without TLS. */
export const COOKIES = { secure: '__Host-daybook', plain: 'daybook' } as const;

export function openAccess(control: Control, allowAddresses: Readonly<Record<string, readonly string[]>> = {}): Door {
  const allowed = new Map(Object.entries(allowAddresses).map(([role, ranges]) => [role, addressRanges(ranges)]));
  const allowedFrom = (roles: readonly string[], address: string) => roles.every((role) => allowed.get(role)?.has(address) ?? true);
  return {
    allowedFrom,
    require(request, permission) {
      request.principal ??= authenticate(request, control);
      // The file beside the data opens from here only, and must: it is the way back for who locked everybody out.
      if (request.principal.tokenId !== LOCAL_ID && !allowedFrom(request.principal.roles, request.ip))
        throw new DaybookError('forbidden', 'This role may not be used from your address.');
      return permitted(request.principal, permission);
    },
    entered(request, session) {
      request.principal = sessionPrincipal(control, { tokenId: session.id, userId: session.user_id }) ?? null;
    },
    stillHolds(request, permission) {
      const { principal } = request;
      if (principal === null) return false;
      const now =
        principal.kind === 'session'
          ? sessionPrincipal(control, control.sessions.lives(principal.tokenId) ? principal : undefined)
          : control.tokens.current(principal.tokenId);
      return now !== undefined && allows(now, permission) && sameScope(now, principal);
    },
  };
}

function permitted(principal: Principal, permission: Demand): Principal {
  if (allows(principal, permission)) return principal;
  const who =
    principal.kind === 'token' ? `The token ${principal.name} (${principal.role})` : `${principal.name} (${principal.roles.join(', ')})`;
  throw new DaybookError('forbidden', `${who} may not do this: it takes ${permission}.`);
}

/** A scope that changed under a stream would go on to show what it no longer may. */
function sameScope(a: Principal, b: Principal): boolean {
  return JSON.stringify(a.scope) === JSON.stringify(b.scope);
}

function authenticate(request: FastifyRequest, control: Control): Principal {
  const secret = credentialOf(request);
  if (secret === undefined) return byCertificate(request, control) ?? bySession(request, control);
  const principal = secret.length > CREDENTIAL_CHARS_MAX ? undefined : control.tokens.verify(secret, request.ip);
  // One sentence for unknown, misspelt and revoked: the sender learns no more than that it doesn't open.
  if (principal === undefined) throw new DaybookError('unauthenticated', 'The token is unknown or was revoked.');
  return principal;
}

/** A client certificate speaks for the producer token of its name: revoked with it. Everything but sending events takes more than a certificate. */
function byCertificate(request: FastifyRequest, control: Control): Principal | undefined {
  const name = certifiedName(request.socket);
  const principal = name === undefined ? undefined : control.tokens.producer(name, request.ip);
  // A browser shows its certificate to us whatever page sends the request, as it does with a cookie.
  if (principal !== undefined) checkSameOrigin(request);
  return principal;
}

function bySession(request: FastifyRequest, control: Control): Principal {
  const secret = cookieOf(request);
  if (secret === undefined) throw new DaybookError('unauthenticated');
  const session = secret.length > CREDENTIAL_CHARS_MAX ? undefined : control.sessions.verify(secret);
  const principal = session === undefined ? undefined : sessionPrincipal(control, { tokenId: session.id, userId: session.user_id });
  if (principal === undefined) throw new DaybookError('unauthenticated', 'The session is over; sign in again.');
  checkSender(request, secret);
  return principal;
}

/** What a session stands for now: a change of roles holds from the next request on. */
function sessionPrincipal(control: Control, session: Pick<Principal, 'tokenId' | 'userId'> | undefined): Principal | undefined {
  const user = session === undefined || session.userId === null ? undefined : control.users.get(session.userId);
  const access = user === undefined ? undefined : control.users.access(user.id);
  if (session === undefined || user === undefined || access === undefined) return undefined;
  // A browser is no producer: what it sent could not be told from what a page made it send.
  const permissions = new Set([...access.permissions].filter((permission) => permission !== 'events:write'));
  return {
    kind: 'session',
    tokenId: session.tokenId,
    name: user.name,
    role: user.roles[0] ?? 'viewer',
    roles: user.roles,
    sources: [],
    tenants: [],
    userId: user.id,
    permissions,
    scope: access.scope,
  };
}

/**
 * Cookies come along with whatever page a browser shows: so a request by cookie must come from our own pages, as the browser says (`Sec-Fetch-Site`), and
 * one that changes something must carry what only our pages can read.
 */
function checkSender(request: FastifyRequest, secret: string): void {
  checkSameOrigin(request);
  if (SAFE_METHODS.has(request.method)) return;
  const given = request.headers['x-csrf-token'];
  if (typeof given === 'string' && equalDigests(given, csrfOf(secret))) return;
  throw new DaybookError('csrf', undefined, { field: 'x-csrf-token' });
}

/** Throws when a browser says that another site's page sent this. Programs that are no browsers say nothing. */
export function checkSameOrigin(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new DaybookError('csrf');
  const { origin } = request.headers;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== request.host) throw new DaybookError('csrf');
}

/** The session that a request's cookie opens, if any: for routes that anyone may ask. */
export function sessionOf(request: FastifyRequest, control: Control): { readonly session: Session; readonly secret: string } | undefined {
  const secret = cookieOf(request);
  const session = secret === undefined || secret.length > CREDENTIAL_CHARS_MAX ? undefined : control.sessions.verify(secret);
  return secret === undefined || session === undefined ? undefined : { session, secret };
}

function cookieOf(request: FastifyRequest): string | undefined {
  const wanted = request.protocol === 'https' ? COOKIES.secure : COOKIES.plain;
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, ...value] = part.split('=');
    if (name?.trim() === wanted) return value.join('=').trim();
  }
  return undefined;
}

/** Bearer, Basic (its password), or the header of ClickHouse's own clients. Never the URL: those are logged all over the world. */
function credentialOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  const match = /^(bearer|basic) +(.+)$/i.exec(header ?? '');
  if (match?.[2] !== undefined) return match[1]?.toLowerCase() === 'bearer' ? utf8(match[2].trim()) : passwordOf(match[2].trim());
  const key = request.headers['x-clickhouse-key'];
  return typeof key === 'string' && key !== '' ? utf8(key) : undefined;
}

/** Node reads header bytes as latin1; a token of the operator's own making may have other letters. */
function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function passwordOf(base64: string): string | undefined {
  const pair = Buffer.from(base64, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 || colon === pair.length - 1 ? undefined : pair.slice(colon + 1);
}
