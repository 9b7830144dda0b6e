import { DaybookError, parseJson } from '@daybook/protocol';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { builtInRole, CUSTOM_PERMISSIONS, type Filter, type Permission, type RoleDefinition } from '../policy.ts';
import type { Random } from '../random.ts';
import type { ControlDatabase, ControlTables } from './database.ts';
import { putOutbox, type RoleState } from './outbox.ts';
import type { By } from './tokens.ts';

type Row = Selectable<ControlTables['roles']>;

const ID_BYTES = 9;
const OUTBOX_ID_BYTES = 16;
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
/** A list that a person keeps by hand. */
const ROLES_MAX = 100;
const strings = z.array(z.string());
const filter = z.record(z.string(), strings);
const permissions = z.array(z.enum(CUSTOM_PERMISSIONS));

export interface NewRole {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly scope?: Filter | null;
  readonly masks?: readonly string[];
}

export interface StoredRole extends RoleDefinition {
  readonly id: string;
  readonly node: string;
  readonly state: RoleState;
}

/** Roles that admins made, beside the built-in ones. */
export interface Roles {
  /** A built-in role or one of these. */
  definition(name: string): RoleDefinition | undefined;
  list(): StoredRole[];
  /** What the database says, whatever the server holds in memory. */
  stored(): Promise<StoredRole[]>;
  get(id: string): StoredRole | undefined;
  create(role: NewRole, by: By): Promise<StoredRole>;
  update(
    id: string,
    role: Omit<NewRole, 'name' | 'permissions'> & { readonly permissions?: readonly string[] },
    by: By,
  ): Promise<StoredRole>;
  remove(id: string, by: By): Promise<StoredRole>;
  reload(): Promise<void>;
}

interface RolesOptions {
  readonly db: ControlDatabase;
  readonly node: string;
  readonly random: Random;
  readonly now: () => string;
}

export async function openRoles({ db, node, random, now }: RolesOptions): Promise<Roles> {
  let roles = new Map<string, StoredRole>();
  const stored = async () =>
    (await db.selectFrom('roles').selectAll().where('deleted_at', 'is', null).orderBy('name').execute()).map(parseRole);
  const reload = async () => {
    roles = new Map((await stored()).map((role) => [role.id, role]));
  };
  await reload();

  const store = async (row: Row, action: 'create' | 'update' | 'delete', by: By) => {
    const role = parseRole(row);
    await db.transaction().execute(async (trx) => {
      if (action === 'create') await trx.insertInto('roles').values(row).execute();
      else await trx.updateTable('roles').set(row).where('id', '=', row.id).execute();
      await putOutbox(trx, {
        id: random.text(OUTBOX_ID_BYTES),
        node,
        createdAt: now(),
        change: { action, subject: 'role', id: row.id, state: role.state, by },
      });
    });
    if (action === 'delete') roles.delete(row.id);
    else roles.set(row.id, role);
    return role;
  };
  const rowOf = async (id: string): Promise<Row> => {
    const row = await db.selectFrom('roles').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst();
    if (row === undefined) throw new DaybookError('not_found', 'There is no such role; built-in ones do not change.', { field: 'id' });
    return row;
  };

  return {
    reload,
    stored,
    definition: (name) => builtInRole(name) ?? [...roles.values()].find((role) => role.name === name),
    list: () => [...roles.values()],
    get: (id) => roles.get(id),
    async create(wanted, by) {
      if (!NAME.test(wanted.name))
        throw new DaybookError('bad_request', 'A role has a name of 1 to 32 small letters, digits, `_` and `-`.', { field: 'name' });
      if (roles.size >= ROLES_MAX) throw new DaybookError('conflict', `There are ${ROLES_MAX} roles, as many as there may be.`);
      if (builtInRole(wanted.name) !== undefined || [...roles.values()].some((role) => role.name === wanted.name))
        throw new DaybookError('conflict', `A role ${wanted.name} exists.`, { field: 'name' });
      const row: Row = {
        id: `r_${random.text(ID_BYTES)}`,
        name: wanted.name,
        permissions: JSON.stringify(checked(wanted.permissions)),
        scope: wanted.scope === null || wanted.scope === undefined ? null : JSON.stringify(wanted.scope),
        masks: JSON.stringify(wanted.masks ?? []),
        node,
        created_at: now(),
        created_by: by.name,
        deleted_at: null,
      };
      return store(row, 'create', by);
    },
    async update(id, patch, by) {
      const row = await rowOf(id);
      const altered = {
        ...row,
        ...(patch.permissions === undefined ? {} : { permissions: JSON.stringify(checked(patch.permissions)) }),
        ...(patch.scope === undefined ? {} : { scope: patch.scope === null ? null : JSON.stringify(patch.scope) }),
        ...(patch.masks === undefined ? {} : { masks: JSON.stringify(patch.masks) }),
      };
      return store(altered, 'update', by);
    },
    remove: async (id, by) => store({ ...(await rowOf(id)), deleted_at: now() }, 'delete', by),
  };
}

function checked(wanted: readonly string[]): readonly Permission[] {
  const result = permissions.safeParse([...new Set(wanted)]);
  if (result.success && result.data.length > 0) return result.data;
  throw new DaybookError('bad_request', `A role of one's own may have ${CUSTOM_PERMISSIONS.join(', ')}; at least one.`, {
    field: 'permissions',
  });
}

function parseRole(row: Row): StoredRole {
  const state: RoleState = {
    name: row.name,
    permissions: strings.parse(parseJson(row.permissions)),
    scope: row.scope === null ? null : filter.parse(parseJson(row.scope)),
    masks: strings.parse(parseJson(row.masks)),
    created_at: row.created_at,
    deleted_at: row.deleted_at,
  };
  return { ...state, permissions: permissions.parse(state.permissions), id: row.id, node: row.node, scoped: false, state };
}
