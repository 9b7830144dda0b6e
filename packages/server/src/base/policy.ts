import type { Access as Granted } from './types.ts';

/**
 * The whole of who may do what. Every route names one permission, and every query, tail and export goes through a route: `allows` is the one place that answers.
 */
export const PERMISSIONS = {
  'events:write': 'Send events.',
  'events:read': 'Look up, query, tail and view events, and fetch proofs of them, within the scope.',
  'entries:read': 'Read whole entries as they lie in the ledger, blobs, and what `verify` of index and control state finds: never within a scope.',
  'alerts:handle': 'Acknowledge and close alerts.',
  'access:read': 'See users, roles and sessions.',
  admin: 'Change users, roles, tokens and settings, and operate the server.',
} as const; // biome-ignore format: a table, one row a line

export type Permission = keyof typeof PERMISSIONS;
/** What a route may demand; `any`: every valid credential. */
export type Demand = Permission | 'any';

/** What a role gives, built in or made by an admin. */
export interface RoleDefinition {
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** Whether it reads nothing until the account has a scope of its own. */
  readonly scoped: boolean;
  /** Rows that it reads; null: all of them. */
  readonly scope: Filter | null;
  /** Fields that it never sees. */
  readonly masks: readonly string[];
}

/** Field → the values that it may have; all fields must match. */
export type Filter = Readonly<Record<string, readonly string[]>>;

const builtIn = (name: string, permissions: readonly Permission[], scoped = false): RoleDefinition => ({
  name,
  permissions,
  scoped,
  scope: null,
  masks: [],
});

export const BUILT_IN_ROLES = {
  admin: builtIn('admin', ['events:write', 'events:read', 'entries:read', 'alerts:handle', 'access:read', 'admin']),
  auditor: builtIn('auditor', ['events:read', 'entries:read', 'access:read']),
  analyst: builtIn('analyst', ['events:read', 'alerts:handle'], true),
  viewer: builtIn('viewer', ['events:read'], true),
  producer: builtIn('producer', ['events:write']),
} as const;

export function builtInRole(name: string): RoleDefinition | undefined {
  return Object.values(BUILT_IN_ROLES).find((role) => role.name === name);
}

/** What an admin may put into a role of their own: rights over access itself stay with `admin`, so that no role can give itself more. */
export const CUSTOM_PERMISSIONS = ['events:read', 'entries:read', 'alerts:handle', 'access:read'] as const satisfies readonly Permission[];

/** The policy: whether what was granted covers what a route demands. */
export function allows(granted: Pick<Granted, 'permissions'>, demanded: Demand): boolean {
  return demanded === 'any' || granted.permissions.has(demanded);
}

/**
 * The rows that someone may read: those that match one of `any`, and `own` too; never the server's own entries, in which other people's questions stand.
 */
export interface Scope {
  readonly any: readonly Filter[];
  readonly own: Filter | null;
  readonly masks: readonly string[];
}

/**
 * What roles give together. Permissions add up. Rows add up too, and the account's own scope narrows them all; masks add up as well, so that a second role never
 * uncovers what the first one hides. What shows whole entries is not for anybody whose view is narrowed.
 */
export function granted(roles: readonly RoleDefinition[], own: Filter | null, masks: readonly string[] = []): Granted {
  const permissions = new Set(roles.flatMap((role) => role.permissions));
  const reading = roles.filter((role) => role.permissions.includes('events:read') && (!role.scoped || own !== null));
  if (reading.length === 0) permissions.delete('events:read');
  const hidden = [...new Set([...masks, ...reading.flatMap((role) => role.masks)])].sort();
  const unscoped = own === null && reading.every((role) => role.scope === null) && hidden.length === 0;
  if (unscoped || reading.length === 0) return { permissions, scope: null };
  permissions.delete('entries:read');
  const all = reading.some((role) => role.scope === null);
  return { permissions, scope: { any: all ? [] : reading.map((role) => role.scope ?? {}), own, masks: hidden } };
}
