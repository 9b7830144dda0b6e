import type { Selectable } from 'kysely';
import type { ControlDatabase, ControlTables } from './database.ts';
import type { By } from './tokens.ts';
import type { Users } from './users.ts';

export type Passkey = Selectable<ControlTables['passkeys']>;

/** Public keys by which users sign in with a device instead of a password. */
export interface Passkeys {
  ofUser(userId: string): Promise<Passkey[]>;
  get(id: string): Promise<Passkey | undefined>;
  add(key: Pick<Passkey, 'id' | 'user_id' | 'name' | 'public_key' | 'counter'>, by: By): Promise<void>;
  remove(userId: string, id: string, by: By): Promise<void>;
  used(id: string, counter: number): Promise<void>;
}

export function openPasskeys({
  db,
  users,
  now,
}: {
  readonly db: ControlDatabase;
  readonly users: Users;
  readonly now: () => string;
}): Passkeys {
  return {
    ofUser: (userId) => db.selectFrom('passkeys').selectAll().where('user_id', '=', userId).orderBy('created_at').execute(),
    async get(id) {
      const found = await db.selectFrom('passkeys').selectAll().where('id', '=', id).executeTakeFirst();
      // PostgreSQL's driver gives 64-bit integers as text.
      return found === undefined ? undefined : { ...found, counter: Math.trunc(found.counter) };
    },
    async add(key, by) {
      await users.credentialsChanged(key.user_id, by, async (trx) => {
        await trx
          .insertInto('passkeys')
          .values({ ...key, created_at: now(), last_used_at: null })
          .execute();
      });
    },
    async remove(userId, id, by) {
      await users.credentialsChanged(userId, by, async (trx) => {
        await trx.deleteFrom('passkeys').where('user_id', '=', userId).where('id', '=', id).execute();
      });
    },
    async used(id, counter) {
      await db.updateTable('passkeys').set({ counter, last_used_at: now() }).where('id', '=', id).execute();
    },
  };
}
