import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LIST_ITEMS_MAX, TEXT_CHARS_MAX } from '../bounds.ts';
import type { Actor } from '../event.ts';
import { isFunction, isObject, type Members, membersOf, apply } from '../objects.ts';

/** What frameworks and their plugins leave on a request, the surest first; see `whoOf`. */
export interface Traces {
  /** `req.user`, `req.auth`, `res.locals.user`, `ctx.state.user`, a JWT's payload. */
  readonly users: readonly unknown[];
  readonly session?: unknown;
  /** The session's id: a secret, of which only a fingerprint is kept. */
  readonly sessionId?: unknown;
}

/**
 * Who acts, by what passport, express-session, JWT middlewares and their like leave. Nobody found: anonymous, or unknown when the request brought
 * something by which it could be known.
 */
export function whoOf({ users, session, sessionId }: Traces, { authorization, cookie }: IncomingHttpHeaders): Actor {
  const fingerprint = typeof sessionId === 'string' && sessionId !== '' ? { session_id: fingerprintOf(sessionId) } : undefined;
  for (const user of users) {
    const actor = actorOf(user);
    if (actor !== undefined) return fingerprint === undefined ? actor : { ...fingerprint, ...actor };
  }
  const actor = sessionActor(session);
  if (actor !== undefined) return { ...fingerprint, ...actor };
  return authorization === undefined && cookie === undefined ? { actor_type: 'anonymous' } : { actor_type: 'unknown', ...fingerprint };
}

/** A session is no secret once hashed: 64 bits tell sessions apart, and turn back to nothing. */
export function fingerprintOf(secret: string): string {
  return hash('sha256', secret, 'hex').slice(0, 16);
}

function sessionActor(session: unknown): Actor | undefined {
  if (!isObject(session)) return undefined;
  const user = session['user'] ?? membersOf(session['passport'])['user'];
  const actor = isObject(user) ? actorOf(user) : undefined;
  if (actor !== undefined) return actor;
  const id = textOf(user) ?? first(session, SESSION_ID_KEYS);
  return id === undefined ? undefined : { user_id: id };
}

/** A user as applications shape it: their own object, a row, a passport profile, the claims of a JWT. */
export function actorOf(user: unknown): Actor | undefined {
  if (!isObject(user)) {
    const id = textOf(user);
    return id === undefined ? undefined : { user_id: id };
  }
  const id = first(user, ID_KEYS);
  if (id === undefined) return undefined;
  const actor: Actor = { user_id: id };
  const name = first(user, NAME_KEYS);
  if (name !== undefined && name !== id) actor.user_name = name;
  const email = first(user, EMAIL_KEYS);
  if (email !== undefined) actor.user_email = email;
  const roles = rolesOf(user['roles'] ?? user['role']);
  if (roles !== undefined) actor.roles = roles;
  const tenant = first(user, TENANT_KEYS);
  if (tenant !== undefined) actor.tenant_id = tenant;
  // An id of the token, not the token.
  const jti = textOf(user['jti']);
  if (jti !== undefined) actor.credential_id = jti;
  return actor;
}

const ID_KEYS = ['id', 'user_id', 'userId', 'sub', '_id', 'uid', 'username', 'email'];
const NAME_KEYS = ['displayName', 'name', 'username', 'preferred_username'];
const EMAIL_KEYS = ['email'];
const TENANT_KEYS = ['tenant_id', 'tenantId'];
const SESSION_ID_KEYS = ['userId', 'user_id', 'uid'];

function first(object: Members, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = textOf(object[key]);
    if (text !== undefined) return text;
  }
  return undefined;
}

function rolesOf(value: unknown): readonly string[] | undefined {
  const roles = (Array.isArray(value) ? value.slice(0, LIST_ITEMS_MAX) : [value]).map(textOf).filter((role) => role !== undefined);
  return roles.length === 0 ? undefined : roles;
}

/** Texts, numbers, and ids that are objects and say themselves (an ObjectId). */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value.slice(0, TEXT_CHARS_MAX);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (!isObject(value) || Array.isArray(value)) return undefined;
  const hex = value['toHexString'];
  const text: unknown = isFunction(hex) ? apply(hex, value, []) : undefined;
  return typeof text === 'string' ? text.slice(0, TEXT_CHARS_MAX) : undefined;
}
