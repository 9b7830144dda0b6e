import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import { type Generated, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import Database from 'libsql';
import { Pool } from 'pg';
import type { Config } from '../config.ts';

/** The control state's tables; `migrations.ts` makes them. Times are RFC 3339 text, lists JSON text: one form for both databases. */
export interface ControlTables {
  tokens: {
    id: string;
    name: string;
    role: string;
    sources: string | null;
    tenants: string | null;
    /** SHA-256 of the token, hex. A token has 256 random bits, so a slow hash would add nothing. */
    hash: string;
    /** The node whose server made the row. */
    node: string;
    created_at: string;
    created_by: string;
    revoked_at: string | null;
    last_used_at: string | null;
    expires_at: string | null;
    /** JSON: address ranges from which it opens; null = any. */
    addresses: string | null;
    /** JSON: fields that it never sees. */
    masks: string | null;
  };
  users: {
    id: string;
    name: string;
    email: string | null;
    /** JSON: names of roles. */
    roles: string;
    /** JSON of the filter; null = none. */
    scope: string | null;
    masks: string;
    /** `scrypt$…`; null until one is set. */
    password: string | null;
    /** Encrypted under the key of `secret-box.ts`; null = no second factor by TOTP. */
    totp: string | null;
    /** The newest time step that was used: a code opens once. */
    totp_step: number | null;
    /** Who vouches for the account instead of a password: an OpenID Connect issuer and its name for the person. */
    issuer: string | null;
    subject: string | null;
    node: string;
    created_at: string;
    created_by: string;
    disabled_at: string | null;
    expires_at: string | null;
    deleted_at: string | null;
    last_sign_in_at: string | null;
  };
  sessions: {
    id: string;
    user_id: string;
    /** Keyed digest of the cookie's value, hex (`SecretBox.digest`). */
    hash: string;
    created_at: string;
    seen_at: string;
    expires_at: string;
    ip_address: string;
    user_agent: string;
    /** How it was opened: password, link, passkey, oidc. */
    method: string;
    /** The provider's logout hint, encrypted; null when no provider vouched. */
    provider: string | null;
    ended_at: string | null;
  };
  links: {
    id: string;
    user_id: string;
    hash: string;
    created_at: string;
    expires_at: string;
    used_at: string | null;
  };
  passkeys: {
    id: string;
    user_id: string;
    name: string;
    /** Base64url of the COSE key. */
    public_key: string;
    counter: number;
    created_at: string;
    last_used_at: string | null;
  };
  roles: {
    id: string;
    name: string;
    permissions: string;
    scope: string | null;
    masks: string;
    node: string;
    created_at: string;
    created_by: string;
    deleted_at: string | null;
  };
  views: {
    id: string;
    /** A user's id, or `token:` and a token's. */
    owner: string;
    owner_name: string;
    name: string;
    page: string;
    text: string;
    range: string;
    /** JSON: names of columns. */
    columns: string;
    /** 0 or 1. */
    shared: number;
    changed_at: string;
  };
  outbox: {
    seq: Generated<number>;
    id: string;
    node: string;
    created_at: string;
    /** JSON of the change. */
    change: string;
    /** Size of the ledger's log before the first attempt to record the change: where to look for it after a crash. */
    tried_from: number | null;
    log: string | null;
    idx: number | null;
  };
}

export type ControlDatabase = Kysely<ControlTables>;
export type Dialect = 'sqlite' | 'postgres';

/** A hand at the keyboard may hold the file's lock for a moment (a backup): wait so long for it. */
const SQLITE_BUSY_MS = 5000;
/** Control state is touched by hand and by the minute: a few connections serve it. */
const POSTGRES_CONNECTIONS_MAX = 4;
const POSTGRES_CONNECT_MS = 10_000;
const POSTGRES_STATEMENT_MS = 15_000;

export function controlFile(dataDir: string): string {
  return path.join(dataDir, 'control', 'control.db');
}

export async function openDatabase(config: Config): Promise<{ readonly db: ControlDatabase; readonly dialect: Dialect }> {
  return config.databaseUrl === undefined
    ? { db: openSqlite(controlFile(config.dataDir)), dialect: 'sqlite' }
    : { db: await openPostgres(config.databaseUrl.reveal()), dialect: 'postgres' };
}

function openSqlite(file: string): ControlDatabase {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const database = new Database(file);
  chmodSync(file, 0o600);
  database.pragma('journal_mode = WAL');
  // A token that was acknowledged must survive a power cut: WAL's default would sync at checkpoints only.
  database.pragma('synchronous = FULL');
  database.pragma(`busy_timeout = ${SQLITE_BUSY_MS}`);
  return new Kysely<ControlTables>({ dialect: new SqliteDialect({ database }) });
}

async function openPostgres(url: string): Promise<ControlDatabase> {
  const pool = new Pool({
    connectionString: url,
    max: POSTGRES_CONNECTIONS_MAX,
    connectionTimeoutMillis: POSTGRES_CONNECT_MS,
    statement_timeout: POSTGRES_STATEMENT_MS,
    application_name: 'daybook',
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const db = new Kysely<ControlTables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await sql`select 1`.execute(db);
  } catch (cause) {
    await db.destroy();
    throw new DaybookError(
      'bad_setting',
      'The control database (DAYBOOK_DATABASE_URL) cannot be reached; check that it runs and that its URL is right.',
      { cause },
    );
  }
  return db;
}
