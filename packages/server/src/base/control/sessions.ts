import { createHmac } from 'node:crypto';
import type { Selectable } from 'kysely';
import { equalDigests, type Random } from '../random.ts';
import type { ControlDatabase, ControlTables } from './database.ts';

/** 256 random bits, like every token. */
const SECRET_BYTES = 32;
const ID_BYTES = 9;
/** Without a request for so long, a session is over: a lunch, not a night. */
export const IDLE_MS = 3_600_000;
/** A working day; then a person signs in again. */
export const ABSOLUTE_MS = 12 * 3_600_000;
/** Of one user: a forgotten browser is pushed out by the newest, and nobody fills the table. */
const PER_USER_MAX = 20;
/** What a person needs to come from one room to another; an invitation reaches a colleague after a weekend. */
export const LINK_MS = 3 * 24 * 3_600_000;
const TEXT_CHARS_MAX = 300;
/** Whom a link names that was made before there was any account. */
export const FIRST_ADMIN = 'first admin';
const LINK_PREFIX = 'dbl_';

export type SignInMethod = 'password' | 'link' | 'passkey' | 'oidc';

export interface Session {
  readonly id: string;
  readonly user_id: string;
  readonly created_at: string;
  readonly seen_at: string;
  readonly expires_at: string;
  readonly ip_address: string;
  readonly user_agent: string;
  readonly method: string;
}

export interface OpenedBy {
  readonly ipAddress: string;
  readonly userAgent: string;
  readonly method: SignInMethod;
  /** What the provider needs to end its own session, sealed. */
  readonly provider?: string;
}

export interface Sessions {
  /** A new session; the secret goes into the cookie and nowhere else. */
  open(userId: string, by: OpenedBy): Promise<{ readonly session: Session; readonly secret: string }>;
  /** Whose session a cookie opens; counts as use. Synchronous: live sessions are in memory as hashes. */
  verify(secret: string): Session | undefined;
  /** Whether a session still lives, without counting as use. */
  lives(id: string): boolean;
  list(): Session[];
  provider(id: string): string | null;
  end(id: string): Promise<boolean>;
  /** All of a user's, `except` one. */
  endAll(userId: string, except?: string): Promise<number>;
  makeLink(userId: string): Promise<{ readonly secret: string; readonly expiresAt: string }>;
  /** Links of a user that nobody has used open nothing any more. */
  endLinks(userId: string): Promise<void>;
  /** The user that a link opens, once; undefined when it is unknown, used or too old. */
  useLink(secret: string): Promise<string | undefined>;
  reload(): Promise<void>;
  flushUses(): Promise<void>;
}

interface SessionsOptions {
  readonly db: ControlDatabase;
  readonly random: Random;
  /** `SecretBox.digest`: what is kept instead of the secret. */
  readonly digest: (secret: string) => string;
  readonly nowMs: () => number;
  /** RFC 3339 with six digits, as all times here: they are compared as text. */
  readonly text: (ms: number) => string;
}

type Row = Selectable<ControlTables['sessions']>;

export async function openSessions({ db, random, digest, nowMs, text }: SessionsOptions): Promise<Sessions> {
  let byHash = new Map<string, Row>();
  const used = new Map<string, string>();
  const now = () => text(nowMs());
  const live = (row: Row) => row.expires_at > now() && row.seen_at > text(nowMs() - IDLE_MS);

  const reload = async () => {
    const rows = await db.selectFrom('sessions').selectAll().where('ended_at', 'is', null).where('expires_at', '>', now()).execute();
    // What this node saw later than the database knows stays seen.
    const seen = new Map([...byHash.values()].map((row) => [row.id, row.seen_at]));
    byHash = new Map(
      rows.map((row) => [row.hash, { ...row, seen_at: [row.seen_at, seen.get(row.id) ?? ''].sort().at(-1) ?? row.seen_at }]),
    );
  };
  await reload();

  const find = (id: string) => [...byHash.values()].find((row) => row.id === id);
  const endRows = async (rows: readonly Row[]) => {
    for (const row of rows) {
      // Out of memory first: whatever the database does, from now on it opens nothing here.
      byHash.delete(row.hash);
      used.delete(row.id);
      await db.updateTable('sessions').set({ ended_at: now() }).where('id', '=', row.id).execute();
    }
    return rows.length;
  };
  const endLinks = async (userId: string) => {
    await db.updateTable('links').set({ used_at: now() }).where('user_id', '=', userId).where('used_at', 'is', null).execute();
  };
  const ofUser = (userId: string) => [...byHash.values()].filter((row) => row.user_id === userId);

  return {
    reload,
    async open(userId, by) {
      const secret = random.text(SECRET_BYTES);
      const row: Row = {
        id: `s_${random.text(ID_BYTES)}`,
        user_id: userId,
        hash: digest(secret),
        created_at: now(),
        seen_at: now(),
        expires_at: text(nowMs() + ABSOLUTE_MS),
        ip_address: by.ipAddress,
        user_agent: by.userAgent.slice(0, TEXT_CHARS_MAX),
        method: by.method,
        provider: by.provider ?? null,
        ended_at: null,
      };
      const others = ofUser(userId).sort((a, b) => a.seen_at.localeCompare(b.seen_at));
      await endRows(others.slice(0, Math.max(0, others.length + 1 - PER_USER_MAX)));
      await db.insertInto('sessions').values(row).execute();
      byHash.set(row.hash, row);
      return { session: sessionOf(row), secret };
    },
    verify(secret) {
      const digested = digest(secret);
      const row = byHash.get(digested);
      if (row === undefined || !equalDigests(row.hash, digested) || !live(row)) return undefined;
      const seen = { ...row, seen_at: now() };
      byHash.set(digested, seen);
      used.set(row.id, seen.seen_at);
      return sessionOf(seen);
    },
    lives(id) {
      const row = find(id);
      return row !== undefined && live(row);
    },
    list: () => [...byHash.values()].filter(live).map(sessionOf),
    provider: (id) => find(id)?.provider ?? null,
    async end(id) {
      return (await endRows([find(id)].filter((row) => row !== undefined))) > 0;
    },
    endAll: (userId, except) => endRows(ofUser(userId).filter((row) => row.id !== except)),
    async makeLink(userId) {
      const secret = LINK_PREFIX + random.text(SECRET_BYTES);
      const expiresAt = text(nowMs() + LINK_MS);
      // The newest link counts: an older one may lie in a mail that went astray.
      await endLinks(userId);
      await db
        .insertInto('links')
        .values({
          id: `l_${random.text(ID_BYTES)}`,
          user_id: userId,
          hash: digest(secret),
          created_at: now(),
          expires_at: expiresAt,
          used_at: null,
        })
        .execute();
      return { secret, expiresAt };
    },
    endLinks,
    async useLink(secret) {
      const found = await db.selectFrom('links').selectAll().where('hash', '=', digest(secret)).executeTakeFirst();
      if (found === undefined || found.used_at !== null || found.expires_at <= now()) return undefined;
      const done = await db
        .updateTable('links')
        .set({ used_at: now() })
        .where('id', '=', found.id)
        .where('used_at', 'is', null)
        .executeTakeFirst();
      return done.numUpdatedRows === 1n ? found.user_id : undefined;
    },
    async flushUses() {
      const batch = [...used];
      used.clear();
      for (const [id, at] of batch) await db.updateTable('sessions').set({ seen_at: at }).where('id', '=', id).execute();
      for (const [hash, row] of byHash) if (!live(row)) byHash.delete(hash);
    },
  };
}

/** What a page must send back with every change: bound to the session's secret, and of no use without it. */
export function csrfOf(secret: string): string {
  return createHmac('sha256', secret).update('daybook-csrf/1').digest('base64url');
}

function sessionOf({ id, user_id, created_at, seen_at, expires_at, ip_address, user_agent, method }: Row): Session {
  return { id, user_id, created_at, seen_at, expires_at, ip_address, user_agent, method };
}
