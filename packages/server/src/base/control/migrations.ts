import { DaybookError } from '@daybook/protocol';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { ControlDatabase, ControlTables, Dialect } from './database.ts';

type Step = (trx: Transaction<ControlTables>, dialect: Dialect) => Promise<void>;

/** Numbered by position, forward only. Never change one that was released: add another. */
const MIGRATIONS: readonly Step[] = [tokensAndOutbox, peopleAndRoles, savedViews];

/** Any number does: it is Daybook's own key among PostgreSQL's advisory locks ("dbk" in ASCII). */
const MIGRATION_LOCK = 0x64_62_6b;

/** Brings the database to the newest version in one transaction; a crash in it leaves the old version. */
export async function migrate(db: ControlDatabase, dialect: Dialect): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // Two nodes that start at once on one PostgreSQL: the second waits here and finds the work done.
    if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx);
    await sql`create table if not exists daybook_schema (version integer not null)`.execute(trx);
    const { rows } = await sql<{ version: number }>`select version from daybook_schema`.execute(trx);
    const version = rows[0]?.version ?? 0;
    if (version > MIGRATIONS.length) {
      throw new DaybookError(
        'bad_setting',
        `The control database has version ${version}, this Daybook knows ${MIGRATIONS.length}: start the newer Daybook that wrote it.`,
      );
    }
    for (const step of MIGRATIONS.slice(version)) await step(trx, dialect);
    await sql`delete from daybook_schema`.execute(trx);
    await sql`insert into daybook_schema (version) values (${MIGRATIONS.length})`.execute(trx);
  });
}

async function tokensAndOutbox(trx: Kysely<ControlTables>, dialect: Dialect): Promise<void> {
  await sql`create table tokens (
    id text primary key, name text not null, role text not null, sources text, tenants text, hash text not null unique,
    node text not null, created_at text not null, created_by text not null, revoked_at text, last_used_at text)`.execute(trx);
  // A name is one producer at a time; after a revocation its successor may carry it on.
  await sql`create unique index tokens_active_name on tokens (name) where revoked_at is null`.execute(trx);
  const seq = dialect === 'sqlite' ? sql`integer primary key autoincrement` : sql`bigserial primary key`;
  await sql`create table outbox (
    seq ${seq}, id text not null unique, node text not null, created_at text not null, change text not null,
    tried_from bigint, log text, idx bigint)`.execute(trx);
  await sql`create index outbox_undone on outbox (node, seq) where idx is null`.execute(trx);
}

async function peopleAndRoles(trx: Kysely<ControlTables>): Promise<void> {
  for (const column of ['expires_at', 'addresses', 'masks']) await sql`alter table tokens add column ${sql.ref(column)} text`.execute(trx);
  await sql`create table users (
    id text primary key, name text not null, email text, roles text not null, scope text, masks text not null, password text, totp text, totp_step bigint,
    issuer text, subject text, node text not null, created_at text not null, created_by text not null, disabled_at text, expires_at text, deleted_at text,
    last_sign_in_at text)`.execute(trx);
  // Whom an address or an account of a provider means must never be in doubt; after a deletion its successor may carry the name.
  await sql`create unique index users_name on users (name) where deleted_at is null`.execute(trx);
  await sql`create unique index users_email on users (email) where deleted_at is null`.execute(trx);
  await sql`create unique index users_subject on users (issuer, subject) where deleted_at is null`.execute(trx);
  await sql`create table sessions (
    id text primary key, user_id text not null, hash text not null unique, created_at text not null, seen_at text not null, expires_at text not null,
    ip_address text not null, user_agent text not null, method text not null, provider text, ended_at text)`.execute(trx);
  await sql`create table links (
    id text primary key, user_id text not null, hash text not null unique, created_at text not null, expires_at text not null, used_at text)`.execute(
    trx,
  );
  await sql`create table passkeys (
    id text primary key, user_id text not null, name text not null, public_key text not null, counter bigint not null, created_at text not null,
    last_used_at text)`.execute(trx);
  await sql`create table roles (
    id text primary key, name text not null, permissions text not null, scope text, masks text not null, node text not null, created_at text not null,
    created_by text not null, deleted_at text)`.execute(trx);
  await sql`create unique index roles_name on roles (name) where deleted_at is null`.execute(trx);
}

async function savedViews(trx: Kysely<ControlTables>): Promise<void> {
  await sql`create table views (
    id text primary key, owner text not null, owner_name text not null, name text not null, page text not null, text text not null, range text not null,
    columns text not null, shared integer not null, changed_at text not null)`.execute(trx);
  await sql`create unique index views_name on views (owner, name)`.execute(trx);
}
