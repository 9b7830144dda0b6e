import { hash } from 'node:crypto';
import { DaybookError, parseJson } from '@daybook/protocol';
import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import { codeOf } from '../json.ts';
import { equalDigests, type Random } from '../random.ts';
import { granted, type RoleDefinition } from '../policy.ts';
import type { Principal } from '../types.ts';
import { addressRanges, type AddressRanges, parseRanges } from '../address-ranges.ts';
import type { ControlDatabase, ControlTables } from './database.ts';
import { checkedTime } from './checked-time.ts';
import { type Change, putOutbox, type TokenState } from './outbox.ts';

/** Secret scanners know a token by this prefix. */
export const TOKEN_PREFIX = 'dbk_';
/** 256 random bits: no search finds one, and a plain SHA-256 of it can't be turned back. */
const TOKEN_BYTES = 32;
const TOKEN_ID_BYTES = 9;
/** So that no id begins with a dash, which a command line would take for an option. */
const TOKEN_ID_PREFIX = 't_';
const OUTBOX_ID_BYTES = 16;
const strings = z.array(z.string());
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Names of principals that are no rows: the admin token of the environment, the local credential, the server itself. */
const RESERVED_NAMES = ['admin', 'local', 'daybook'];
/** A list that a person keeps by hand; more belongs into a pattern, which is another feature. */
const SCOPE_VALUES_MAX = 100;
const SCOPE_VALUE_CHARS_MAX = 200;
const POSTGRES_UNIQUE_VIOLATION = '23505';
/** Their sources and tenants are what they may claim. */
const WRITING_ROLES = ['admin', 'producer'];

type Row = Selectable<ControlTables['tokens']>;

export interface Token extends Readonly<TokenState> {
  readonly id: string;
  readonly node: string;
  readonly created_by: string;
  readonly last_used_at: string | null;
}

export interface NewToken {
  readonly name: string;
  readonly role: string;
  /** undefined: the default of the role. */
  readonly sources?: readonly string[] | null;
  readonly tenants?: readonly string[] | null;
  /** From then on it opens nothing. */
  readonly expires_at?: string | null;
  /** Ranges of addresses from which it opens; null: any. */
  readonly addresses?: readonly string[] | null;
  /** Fields that it never sees, of roles that read. */
  readonly masks?: readonly string[];
}

export type By = Change['by'];

export interface Tokens {
  /** Whom a presented secret stands for. Synchronous: all live tokens are in memory as hashes. */
  verify(secret: string, from?: string): Principal | undefined;
  /** The live producer token of this name, for whoever has proven the name otherwise. */
  producer(name: string, from: string): Principal | undefined;
  /** What a token that opened before stands for now; undefined when it opens no more. */
  current(id: string): Principal | undefined;
  /** Makes a token; the secret is in the answer and nowhere else. */
  create(token: NewToken, by: By): Promise<{ readonly token: Token; readonly secret: string }>;
  /** From the return on, the token opens nothing. */
  revoke(id: string, by: By): Promise<Token>;
  list(): Promise<Token[]>;
  /** A credential of this process only, never stored: the environment's admin token, the local file's. */
  addTransient(secret: string, token: { readonly tokenId: string; readonly name: string }): void;
  /** Reads the tokens anew: another node may have changed them. */
  reload(): Promise<void>;
  /** Writes when tokens were used last. */
  flushUses(): Promise<void>;
}

interface TokensOptions {
  readonly db: ControlDatabase;
  readonly node: string;
  readonly random: Random;
  /** RFC 3339. */
  readonly now: () => string;
  readonly role: (name: string) => RoleDefinition | undefined;
}

interface Known {
  readonly hash: string;
  readonly principal: () => Principal;
  readonly id: string;
  readonly expiresAt: string | null;
  readonly addresses: AddressRanges | null;
}

export async function openTokens(options: TokensOptions): Promise<Tokens> {
  const { db, node, random, now, role } = options;
  const transient = new Map<string, Known>();
  let stored = new Map<string, Known>();
  const uses = new Map<string, string>();

  const reload = async () => {
    const rows = await db.selectFrom('tokens').selectAll().where('revoked_at', 'is', null).execute();
    stored = new Map(rows.map((row) => [row.hash, knownOf(row, role)]));
  };
  await reload();

  return {
    reload,
    verify(secret, from) {
      const digest = digestOf(secret);
      const known = transient.get(digest) ?? stored.get(digest);
      if (known === undefined || !equalDigests(known.hash, digest) || expired(known, now())) return undefined;
      if (known.addresses !== null && (from === undefined || !known.addresses.has(from))) return undefined;
      if (stored.has(digest)) uses.set(known.id, now());
      return known.principal();
    },
    producer(name, from) {
      for (const known of stored.values()) {
        const principal = known.principal();
        if (principal.name !== name || principal.role !== 'producer' || expired(known, now())) continue;
        if (known.addresses !== null && !known.addresses.has(from)) continue;
        uses.set(known.id, now());
        return principal;
      }
      return undefined;
    },
    current(id) {
      for (const known of [...transient.values(), ...stored.values()])
        if (known.id === id && !expired(known, now())) return known.principal();
      return undefined;
    },
    addTransient(secret, { tokenId, name }) {
      const digest = digestOf(secret);
      const principal = tokenPrincipal({ tokenId, name, role: 'admin', sources: null, tenants: null }, role);
      transient.set(digest, { hash: digest, principal: () => principal, id: tokenId, expiresAt: null, addresses: null });
    },
    async create(wanted, by) {
      checkNewToken(wanted, by, role);
      const secret = TOKEN_PREFIX + random.text(TOKEN_BYTES);
      const row = newRow(wanted, {
        id: TOKEN_ID_PREFIX + random.text(TOKEN_ID_BYTES),
        hash: digestOf(secret),
        node,
        createdAt: now(),
        createdBy: by.name,
      });
      const token = parseToken(row);
      const change: Change = { action: 'create', subject: 'token', id: row.id, state: stateOf(token), by };
      await inserting(row.name, db, async (trx) => {
        const taken = await trx
          .selectFrom('tokens')
          .select('id')
          .where('name', '=', row.name)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (taken !== undefined) throw nameTaken(row.name);
        await trx.insertInto('tokens').values(row).execute();
        await putOutbox(trx, { id: random.text(OUTBOX_ID_BYTES), node, createdAt: row.created_at, change });
      });
      stored.set(row.hash, knownOf(row, role));
      return { token, secret };
    },
    async revoke(id, by) {
      const token = await db.transaction().execute(async (trx) => {
        const row = await trx.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst();
        if (row === undefined) throw new DaybookError('not_found', `There is no token ${id}.`);
        if (row.revoked_at !== null) throw new DaybookError('conflict', `The token ${id} was revoked at ${row.revoked_at}.`);
        const revoked = { ...row, revoked_at: now() };
        await trx.updateTable('tokens').set({ revoked_at: revoked.revoked_at }).where('id', '=', id).execute();
        const change: Change = { action: 'revoke', subject: 'token', id, state: stateOf(parseToken(revoked)), by };
        await putOutbox(trx, { id: random.text(OUTBOX_ID_BYTES), node, createdAt: revoked.revoked_at, change });
        return revoked;
      });
      stored.delete(token.hash);
      return parseToken(token);
    },
    async list() {
      return (await db.selectFrom('tokens').selectAll().orderBy('created_at').orderBy('id').execute()).map(parseToken);
    },
    async flushUses() {
      const batch = [...uses];
      uses.clear();
      for (const [id, at] of batch) await db.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).execute();
    },
  };
}

function digestOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Names the secret without telling it: bound to the stored hash, so that a row with another hash has another fingerprint. */
function fingerprintOf(storedHash: string): string {
  return hash('sha256', `daybook-credential/1\0${storedHash}`, 'hex').slice(0, 32);
}

/** Two requests, or two nodes, may both have found the name free: the index lets one of them through. */
async function inserting(name: string, db: ControlDatabase, work: (trx: Transaction<ControlTables>) => Promise<void>): Promise<void> {
  try {
    await db.transaction().execute(work);
  } catch (error) {
    if (codeOf(error) === POSTGRES_UNIQUE_VIOLATION) throw nameTaken(name);
    throw error;
  }
}

function nameTaken(name: string): DaybookError {
  return new DaybookError('conflict', `A token named ${name} exists; revoke it first, or choose another name.`, { field: 'name' });
}

function checkNewToken(token: NewToken, by: By, role: TokensOptions['role']): void {
  if (!NAME.test(token.name)) {
    throw new DaybookError('bad_request', 'A name has 1 to 64 letters, digits, `_` and `-`.', { field: 'name' });
  }
  if (RESERVED_NAMES.includes(token.name) && by.tokenId !== '') {
    throw new DaybookError('bad_request', `The name ${token.name} belongs to Daybook itself; choose another.`, { field: 'name' });
  }
  const definition = role(token.role);
  if (definition === undefined)
    throw new DaybookError('bad_request', `There is no role ${token.role.slice(0, 60)}; see /v1/roles.`, { field: 'role' });
  if (definition.scoped && (token.sources ?? token.tenants ?? []).length === 0)
    throw new DaybookError('bad_request', 'This role reads within a scope: name sources or tenants.', { field: 'sources' });
  if ((token.masks ?? []).length > 0 && [...WRITING_ROLES, 'auditor'].includes(definition.name))
    throw new DaybookError('bad_request', 'Masks are for roles that read within a scope.', { field: 'masks' });
  for (const field of ['sources', 'tenants'] as const) {
    const values = token[field] ?? [];
    if (values.length > SCOPE_VALUES_MAX || values.some((v) => v.length === 0 || v.length > SCOPE_VALUE_CHARS_MAX)) {
      throw new DaybookError('bad_request', `At most ${SCOPE_VALUES_MAX} values of 1 to ${SCOPE_VALUE_CHARS_MAX} characters.`, { field });
    }
  }
}

function newRow(
  token: NewToken,
  row: { readonly id: string; readonly hash: string; readonly node: string; readonly createdAt: string; readonly createdBy: string },
): Row {
  // A producer speaks for itself alone unless told otherwise.
  const sources = token.sources === undefined && token.role === 'producer' ? [token.name] : (token.sources ?? null);
  const list = (values: readonly string[] | null) => (values === null ? null : JSON.stringify(values));
  return {
    id: row.id,
    name: token.name,
    role: token.role,
    sources: list(sources),
    tenants: list(token.tenants ?? null),
    hash: row.hash,
    node: row.node,
    created_at: row.createdAt,
    created_by: row.createdBy,
    revoked_at: null,
    last_used_at: null,
    expires_at: checkedTime(token.expires_at ?? null),
    addresses: list(token.addresses === null || token.addresses === undefined ? null : parseRanges(token.addresses)),
    masks: list(token.masks === undefined || token.masks.length === 0 ? null : token.masks),
  };
}

function parseToken(row: Row): Token {
  const list = (text: string | null) => (text === null ? null : strings.parse(parseJson(text)));
  const addresses = list(row.addresses);
  const masks = list(row.masks);
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    sources: list(row.sources),
    tenants: list(row.tenants),
    fingerprint: fingerprintOf(row.hash),
    node: row.node,
    created_at: row.created_at,
    created_by: row.created_by,
    revoked_at: row.revoked_at,
    last_used_at: row.last_used_at,
    ...(row.expires_at === null ? {} : { expires_at: row.expires_at }),
    ...(addresses === null ? {} : { addresses }),
    ...(masks === null ? {} : { masks }),
  };
}

function stateOf(token: Token): TokenState {
  const { id: _id, node: _node, created_by: _by, last_used_at: _used, ...state } = token;
  return state;
}

function expired(known: Known, now: string): boolean {
  return known.expiresAt !== null && known.expiresAt <= now;
}

function knownOf(row: Row, role: TokensOptions['role']): Known {
  const token = parseToken(row);
  const { id, name, sources, tenants } = token;
  const { addresses } = token;
  return {
    hash: row.hash,
    id,
    expiresAt: row.expires_at,
    addresses: addresses === undefined ? null : addressRanges(addresses),
    // Made anew each time: a role that an admin made may have changed since.
    principal: () => tokenPrincipal({ tokenId: id, name, role: token.role, sources, tenants, masks: token.masks ?? [] }, role),
  };
}

interface TokenAccess extends Pick<Principal, 'tokenId' | 'name' | 'role' | 'sources' | 'tenants'> {
  readonly masks?: readonly string[];
}

/**
 * Of a token that reads within a scope, `sources` and `tenants` are that scope; of one that writes, what it may claim. A role that is gone gives nothing.
 */
export function tokenPrincipal(token: TokenAccess, role: TokensOptions['role']): Principal {
  const { tokenId, name, sources, tenants, masks = [] } = token;
  const definition = role(token.role);
  const narrowed = definition !== undefined && !WRITING_ROLES.includes(definition.name) && definition.name !== 'auditor';
  const own = narrowed && (sources !== null || tenants !== null) ? scopeOf(sources, tenants) : null;
  const access = granted(definition === undefined ? [] : [definition], own, masks);
  return { kind: 'token', tokenId, name, role: token.role, roles: [token.role], sources, tenants, userId: null, ...access };
}

function scopeOf(sources: readonly string[] | null, tenants: readonly string[] | null): Record<string, readonly string[]> {
  return { ...(sources === null ? {} : { source: sources }), ...(tenants === null ? {} : { tenant_id: tenants }) };
}
