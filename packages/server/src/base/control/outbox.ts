import { parseJson } from '@daybook/protocol';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { ControlDatabase, ControlTables } from './database.ts';

const names = z.array(z.string());
const filter = z.record(z.string(), names);

/** A token as the ledger tells it: everything that decides what the token may do, and a fingerprint instead of the hash. */
const tokenState = z.object({
  name: z.string(),
  role: z.string(),
  sources: names.nullable(),
  tenants: names.nullable(),
  fingerprint: z.string(),
  created_at: z.string(),
  revoked_at: z.string().nullable(),
  // Only when they are set: entries of before know nothing of them.
  expires_at: z.string().optional(),
  addresses: names.optional(),
  masks: names.optional(),
});
export type TokenState = z.output<typeof tokenState>;

/** A user likewise. `credentials` names everything by which the user signs in without telling it. */
const userState = z.object({
  name: z.string(),
  email: z.string().nullable(),
  roles: names,
  scope: filter.nullable(),
  masks: names,
  credentials: z.string(),
  created_at: z.string(),
  disabled_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  deleted_at: z.string().nullable(),
});
export type UserState = z.output<typeof userState>;

/** A role that an admin made. */
const roleState = z.object({
  name: z.string(),
  permissions: names,
  scope: filter.nullable(),
  masks: names,
  created_at: z.string(),
  deleted_at: z.string().nullable(),
});
export type RoleState = z.output<typeof roleState>;

const by = z.object({ name: z.string(), tokenId: z.string() });
const action = z.enum(['create', 'update', 'delete', 'revoke']);
const id = z.string();

/** What the ledger tells of a change, with the state after it; the actor stands in the event's own fields. */
const toldChange = z.discriminatedUnion('subject', [
  z.object({ action, subject: z.literal('token'), id, state: tokenState }),
  z.object({ action, subject: z.literal('user'), id, state: userState }),
  z.object({ action, subject: z.literal('role'), id, state: roleState }),
]);
export type ToldChange = z.output<typeof toldChange>;

/** A change of the control state. `by`: who did it: name and id of the credential used; `daybook` and empty for the server itself. */
const change = toldChange.and(z.object({ by }));
export type Change = z.output<typeof change>;

/** A change out of an entry; undefined when it is none. */
export function parseToldChange(value: unknown): ToldChange | undefined {
  return toldChange.safeParse(value).data;
}

export interface OutboxRow {
  readonly id: string;
  readonly node: string;
  readonly createdAt: string;
  readonly change: Change;
  readonly triedFrom: number | null;
  readonly log: string | null;
  readonly idx: number | null;
}

/** Changes that were made and must become ledger entries: written in the change's own transaction. */
export interface Outbox {
  /** Rows of this node without an entry, oldest first, at most `limit`. */
  pending(limit: number): Promise<OutboxRow[]>;
  /** Notes where the ledger stood before the first attempt. Only the first call counts. */
  trying(id: string, from: number): Promise<void>;
  done(id: string, log: string, idx: number): Promise<void>;
  all(): Promise<OutboxRow[]>;
}

export function openOutbox(db: ControlDatabase, node: string): Outbox {
  return {
    async pending(limit) {
      const rows = db.selectFrom('outbox').selectAll().where('node', '=', node).where('idx', 'is', null).orderBy('seq').limit(limit);
      return (await rows.execute()).map(parseRow);
    },
    async trying(id, from) {
      await db.updateTable('outbox').set({ tried_from: from }).where('id', '=', id).where('tried_from', 'is', null).execute();
    },
    async done(id, log, idx) {
      await db.updateTable('outbox').set({ log, idx }).where('id', '=', id).execute();
    },
    async all() {
      return (await db.selectFrom('outbox').selectAll().orderBy('seq').execute()).map(parseRow);
    },
  };
}

export async function putOutbox(
  trx: Transaction<ControlTables>,
  row: { readonly id: string; readonly node: string; readonly createdAt: string; readonly change: Change },
): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({
      id: row.id,
      node: row.node,
      created_at: row.createdAt,
      change: JSON.stringify(row.change),
      tried_from: null,
      log: null,
      idx: null,
    })
    .execute();
}

function parseRow(row: {
  id: string;
  node: string;
  created_at: string;
  change: string;
  tried_from: number | string | null;
  log: string | null;
  idx: number | string | null;
}): OutboxRow {
  // PostgreSQL's driver gives 64-bit integers as text.
  const count = (value: number | string | null) => (value === null ? null : Number(value));
  return {
    id: row.id,
    node: row.node,
    createdAt: row.created_at,
    change: change.parse(parseJson(row.change)),
    triedFrom: count(row.tried_from),
    log: row.log,
    idx: count(row.idx),
  };
}
