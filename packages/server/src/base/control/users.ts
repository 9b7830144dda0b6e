import { DaybookError, parseJson } from '@daybook/protocol';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { granted, type RoleDefinition } from '../policy.ts';
import type { Random } from '../random.ts';
import type { Access } from '../types.ts';
import { checkedTime } from './checked-time.ts';
import type { ControlDatabase, ControlTables } from './database.ts';
import { type Change, putOutbox } from './outbox.ts';
import type { By } from './tokens.ts';
import {
  checkedEmail,
  checkedRoles,
  checkName,
  checkScope,
  type NewUser,
  parseUser,
  patched,
  sameName,
  stateOf,
  taken,
  unique,
  type User,
  type UserColumns,
  type UserPatch,
  type UserRow as Row,
} from './user-row.ts';

export type { NewUser, User, UserPatch } from './user-row.ts';

const USER_ID_BYTES = 9;
const OUTBOX_ID_BYTES = 16;
/** All users are in memory, since every request asks; more people than this sign in through a provider at a company that runs several nodes. */
const USERS_MAX = 10_000;
const strings = z.array(z.string());

/** What a person signs in by; never leaves the server. */
export interface Secrets {
  readonly password: string | null;
  readonly totp: string | null;
  readonly totpStep: number;
}

export interface Users {
  list(): User[];
  /** What the database says, whatever the server holds in memory. */
  stored(): Promise<User[]>;
  get(id: string): User | undefined;
  /** By name or address, whatever their letters' case. */
  named(text: string): User | undefined;
  ofSubject(issuer: string, subject: string): User | undefined;
  secrets(id: string): Secrets;
  /** What the user may do now; undefined when the account is disabled, expired or gone. */
  access(id: string): Access | undefined;
  create(user: NewUser, by: By): Promise<User>;
  update(id: string, patch: UserPatch, by: By): Promise<User>;
  setPassword(id: string, stored: string, by: By): Promise<User>;
  setTotp(id: string, sealed: string | null, by: By): Promise<User>;
  /** Within a transaction of the caller's that changed passkeys. */
  credentialsChanged(id: string, by: By, work: (trx: Transaction<ControlTables>) => Promise<void>): Promise<User>;
  remove(id: string, by: By): Promise<User>;
  /** A TOTP step was used; false when it was used before, by whatever request was faster. */
  useTotpStep(id: string, step: number): Promise<boolean>;
  signedIn(id: string): Promise<void>;
  /** Whether anybody ever signed in or set a password: until then the first admin's link is printed. */
  inUse(): boolean;
  reload(): Promise<void>;
}

interface UsersOptions {
  readonly db: ControlDatabase;
  readonly node: string;
  readonly random: Random;
  readonly now: () => string;
  /** The definition of a role; undefined when there is none of that name. */
  readonly role: (name: string) => RoleDefinition | undefined;
}

export async function openUsers(options: UsersOptions): Promise<Users> {
  const { db, node, random, now, role } = options;
  let rows = new Map<string, Row>();
  let passkeys: ReadonlyMap<string, readonly string[]> = new Map();

  const read = async () => {
    const found = await db.selectFrom('users').selectAll().where('deleted_at', 'is', null).orderBy('created_at').orderBy('id').execute();
    const keys = await db.selectFrom('passkeys').select(['id', 'user_id']).execute();
    return { found, keysOf: new Map(found.map((row) => [row.id, keys.filter((key) => key.user_id === row.id).map((key) => key.id)])) };
  };
  const reload = async () => {
    const { found, keysOf } = await read();
    rows = new Map(found.map((row) => [row.id, row]));
    passkeys = keysOf;
  };
  await reload();

  const userOf = (row: Row) => parseUser(row, passkeys.get(row.id) ?? []);
  const must = (id: string): Row => {
    const row = rows.get(id);
    if (row === undefined) throw new DaybookError('not_found', 'There is no such user.', { field: 'id' });
    return row;
  };
  /** Whether somebody who may change access would be left. */
  const isAdmin = (row: Row) =>
    row.disabled_at === null && row.deleted_at === null && strings.parse(parseJson(row.roles)).includes('admin');
  const keepAnAdmin = (before: Row, after: Row) => {
    const lasting = (row: Row) => isAdmin(row) && row.expires_at === null;
    if (!lasting(before) || lasting(after)) return;
    if ([...rows.values()].some((row) => row.id !== before.id && lasting(row))) return;
    throw new DaybookError('conflict', 'This is the last admin: give another user the role admin first.', { field: 'roles' });
  };

  /** One change at a time: two admins that demote each other at once must not both find the other one left. */
  let last: Promise<unknown> = Promise.resolve();
  const change = (
    id: string,
    action: Change['action'],
    by: By,
    alter: (row: Row) => UserColumns,
    work?: (trx: Transaction<ControlTables>) => Promise<void>,
  ) => {
    const next = last.then(async () => {
      const before = must(id);
      const patch = alter(before);
      const after: Row = { ...before, ...patch };
      keepAnAdmin(before, after);
      let keys = passkeys.get(id) ?? [];
      await unique(async () =>
        db.transaction().execute(async (trx) => {
          if (Object.keys(patch).length > 0) await trx.updateTable('users').set(patch).where('id', '=', id).execute();
          if (work !== undefined) {
            await work(trx);
            keys = (await trx.selectFrom('passkeys').select('id').where('user_id', '=', id).execute()).map((key) => key.id);
          }
          await putOutbox(trx, {
            id: random.text(OUTBOX_ID_BYTES),
            node,
            createdAt: now(),
            change: { action, subject: 'user', id, state: stateOf(after, keys), by },
          });
        }),
      );
      passkeys = new Map([...passkeys, [id, keys]]);
      if (after.deleted_at === null) rows.set(id, after);
      else rows.delete(id);
      return parseUser(after, keys);
    });
    last = next.catch(() => undefined);
    return next;
  };

  return {
    reload,
    list: () => [...rows.values()].map(userOf),
    async stored() {
      const { found, keysOf } = await read();
      return found.map((row) => parseUser(row, keysOf.get(row.id) ?? []));
    },
    get: (id) => {
      const row = rows.get(id);
      return row === undefined ? undefined : userOf(row);
    },
    named(text) {
      const wanted = text.toLowerCase();
      for (const row of rows.values()) if (row.name.toLowerCase() === wanted || row.email === wanted) return userOf(row);
      return undefined;
    },
    ofSubject(issuer, subject) {
      for (const row of rows.values()) if (row.issuer === issuer && row.subject === subject) return userOf(row);
      return undefined;
    },
    secrets(id) {
      const { password, totp, totp_step } = must(id);
      return { password, totp, totpStep: Number(totp_step) };
    },
    access(id) {
      const row = rows.get(id);
      if (row === undefined || row.disabled_at !== null || (row.expires_at !== null && row.expires_at <= now())) return undefined;
      const user = userOf(row);
      const roles = user.roles.map(role).filter((found) => found !== undefined);
      return granted(roles, user.scope, user.masks);
    },
    async create(wanted, by) {
      if (rows.size >= USERS_MAX) throw new DaybookError('conflict', `There are ${USERS_MAX} users, as many as there may be.`);
      checkName(wanted.name);
      const row: Row = {
        id: `u_${random.text(USER_ID_BYTES)}`,
        name: wanted.name,
        email: checkedEmail(wanted.email ?? null),
        roles: JSON.stringify(checkedRoles(wanted.roles, role)),
        scope: wanted.scope === null || wanted.scope === undefined ? null : JSON.stringify(wanted.scope),
        masks: JSON.stringify(wanted.masks ?? []),
        password: null,
        totp: null,
        totp_step: null,
        issuer: wanted.issuer ?? null,
        subject: wanted.subject ?? null,
        node,
        created_at: now(),
        created_by: by.name,
        disabled_at: null,
        expires_at: checkedTime(wanted.expires_at ?? null),
        deleted_at: null,
        last_sign_in_at: null,
      };
      checkScope(row, role);
      if ([...rows.values()].some((other) => sameName(other, row))) throw taken();
      await unique(async () =>
        db.transaction().execute(async (trx) => {
          await trx.insertInto('users').values(row).execute();
          await putOutbox(trx, {
            id: random.text(OUTBOX_ID_BYTES),
            node,
            createdAt: row.created_at,
            change: { action: 'create', subject: 'user', id: row.id, state: stateOf(row, []), by },
          });
        }),
      );
      rows.set(row.id, row);
      return userOf(row);
    },
    update: (id, patch, by) =>
      change(id, 'update', by, (row) => {
        const altered = patched(row, patch, now());
        const after: Row = { ...row, ...altered };
        if (patch.roles !== undefined) checkedRoles(patch.roles, role);
        checkScope(after, role);
        if ([...rows.values()].some((other) => other.id !== id && sameName(other, after))) throw taken();
        return altered;
      }),
    setPassword: (id, stored, by) => change(id, 'update', by, () => ({ password: stored })),
    setTotp: (id, sealed, by) => change(id, 'update', by, () => ({ totp: sealed, totp_step: null })),
    credentialsChanged: (id, by, work) => change(id, 'update', by, () => ({}), work),
    remove: (id, by) =>
      change(
        id,
        'delete',
        by,
        () => ({ deleted_at: now(), password: null, totp: null }),
        async (trx) => void (await trx.deleteFrom('passkeys').where('user_id', '=', id).execute()),
      ),
    async useTotpStep(id, step) {
      const row = must(id);
      if (Number(row.totp_step) >= step) return false;
      // The database decides between two requests, or two nodes, with one code.
      const done = await db
        .updateTable('users')
        .set({ totp_step: step })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('totp_step', 'is', null), eb('totp_step', '<', step)]))
        .executeTakeFirst();
      rows.set(id, { ...must(id), totp_step: step });
      return done.numUpdatedRows === 1n;
    },
    async signedIn(id) {
      const at = now();
      await db.updateTable('users').set({ last_sign_in_at: at }).where('id', '=', id).execute();
      const row = rows.get(id);
      if (row !== undefined) rows.set(id, { ...row, last_sign_in_at: at });
    },
    inUse: () => [...rows.values()].some((row) => row.password !== null || row.issuer !== null || (passkeys.get(row.id) ?? []).length > 0),
  };
}
