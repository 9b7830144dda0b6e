import { hash } from 'node:crypto';
import { DaybookError, parseJson } from '@daybook/protocol';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { codeOf } from '../json.ts';
import type { Filter, RoleDefinition } from '../policy.ts';
import { checkedTime } from './checked-time.ts';
import type { ControlTables } from './database.ts';
import type { UserState } from './outbox.ts';

export type UserRow = Selectable<ControlTables['users']>;
/** Columns of a user that change. */
export type UserColumns = { readonly [K in keyof UserRow]?: UserRow[K] };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const EMAIL = /^[^\s@"<>]{1,64}@[^\s@"<>]{1,190}$/;
const ROLES_MAX = 20;
type RoleOf = (name: string) => RoleDefinition | undefined;
const POSTGRES_UNIQUE_VIOLATION = '23505';
const strings = z.array(z.string());
const filter = z.record(z.string(), strings);

export interface User extends Readonly<UserState> {
  readonly id: string;
  readonly node: string;
  readonly created_by: string;
  readonly last_sign_in_at: string | null;
  readonly has_password: boolean;
  readonly has_totp: boolean;
  readonly passkeys: number;
  /** The OpenID Connect issuer that vouches for the account. */
  readonly issuer: string | null;
}

export interface NewUser {
  readonly name: string;
  readonly email?: string | null;
  readonly roles: readonly string[];
  readonly scope?: Filter | null;
  readonly masks?: readonly string[];
  readonly expires_at?: string | null;
  readonly issuer?: string;
  readonly subject?: string;
}

export interface UserPatch {
  readonly email?: string | null;
  readonly roles?: readonly string[];
  readonly scope?: Filter | null;
  readonly masks?: readonly string[];
  readonly expires_at?: string | null;
  readonly disabled?: boolean;
}

export function patched(row: UserRow, patch: UserPatch, at: string): UserColumns {
  return {
    ...(patch.email === undefined ? {} : { email: checkedEmail(patch.email) }),
    ...(patch.roles === undefined ? {} : { roles: JSON.stringify([...new Set(patch.roles)]) }),
    ...(patch.scope === undefined ? {} : { scope: patch.scope === null ? null : JSON.stringify(patch.scope) }),
    ...(patch.masks === undefined ? {} : { masks: JSON.stringify(patch.masks) }),
    ...(patch.expires_at === undefined ? {} : { expires_at: checkedTime(patch.expires_at) }),
    ...(patch.disabled === undefined ? {} : { disabled_at: patch.disabled ? (row.disabled_at ?? at) : null }),
  };
}

export function sameName(a: UserRow, b: UserRow): boolean {
  const names = (row: UserRow) => [row.name.toLowerCase(), row.email].filter((name) => name !== null);
  return names(a).some((name) => names(b).includes(name));
}

export function taken(): DaybookError {
  return new DaybookError('conflict', 'A user of this name or address exists.', { field: 'name' });
}

export async function unique<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === POSTGRES_UNIQUE_VIOLATION || codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE') throw taken();
    throw error;
  }
}

export function checkName(name: string): void {
  if (!NAME.test(name) || ['daybook', 'local'].includes(name.toLowerCase()))
    throw new DaybookError('bad_request', 'A name has 1 to 64 letters, digits, `.`, `_`, `@` and `-`, and begins with a letter or digit.', {
      field: 'name',
    });
}

export function checkedEmail(email: string | null): string | null {
  if (email === null) return null;
  if (!EMAIL.test(email)) throw new DaybookError('bad_request', 'This is no e-mail address.', { field: 'email' });
  return email.toLowerCase();
}

export function checkedRoles(names: readonly string[], role: RoleOf): readonly string[] {
  const unknown = names.find((name) => role(name) === undefined || name === 'producer');
  if (unknown !== undefined || names.length === 0 || names.length > ROLES_MAX)
    throw new DaybookError('bad_request', `${(unknown ?? '').slice(0, 60)} is no role of a user; see /v1/roles. Producers are tokens.`, {
      field: 'roles',
    });
  return [...new Set(names)];
}

/** A viewer without a scope would see nothing, and an admin with one could take it away: both are mistakes. */
export function checkScope(row: UserRow, role: RoleOf): void {
  const { roles, scope, masks } = parseUser(row, []);
  const definitions = roles.map(role);
  if (scope === null && definitions.some((found) => found?.scoped === true))
    throw new DaybookError('bad_request', 'The roles viewer and analyst read within a scope: give one, like {"source":["shop"]}.', {
      field: 'scope',
    });
  if ((scope !== null || masks.length > 0) && roles.includes('admin'))
    throw new DaybookError('bad_request', 'An admin has no scope and no masks: they could take them away.', { field: 'scope' });
}

export function parseUser(row: UserRow, keys: readonly string[]): User {
  const state = stateOf(row, keys);
  return {
    ...state,
    id: row.id,
    node: row.node,
    created_by: row.created_by,
    last_sign_in_at: row.last_sign_in_at,
    has_password: row.password !== null,
    has_totp: row.totp !== null,
    passkeys: keys.length,
    issuer: row.issuer,
  };
}

export function stateOf(row: UserRow, keys: readonly string[]): UserState {
  return {
    name: row.name,
    email: row.email,
    roles: strings.parse(parseJson(row.roles)),
    scope: row.scope === null ? null : filter.parse(parseJson(row.scope)),
    masks: strings.parse(parseJson(row.masks)),
    credentials: fingerprintOf(row, keys),
    created_at: row.created_at,
    disabled_at: row.disabled_at,
    expires_at: row.expires_at,
    deleted_at: row.deleted_at,
  };
}

/** Changes with everything by which the account opens, and tells nothing: the stored password is salted, what stands for TOTP is encrypted. */
function fingerprintOf(row: UserRow, keys: readonly string[]): string {
  const parts = [row.password ?? '', row.totp ?? '', row.issuer ?? '', row.subject ?? '', ...[...keys].sort()];
  return hash('sha256', `daybook-account/1\0${parts.join('\0')}`, 'hex').slice(0, 32);
}
