import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DaybookError, microsToText } from '@daybook/protocol';
import type { Config } from '../config.ts';
import { Redacted } from '../redacted.ts';
import type { Random } from '../random.ts';
import type { Clock } from '../types.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migrations.ts';
import { openOutbox, type Outbox } from './outbox.ts';
import { openPasskeys, type Passkeys } from './passkeys.ts';
import { openPasswords, type Passwords } from './password.ts';
import { openRoles, type Roles } from './roles.ts';
import { openSecretBox, type SecretBox } from './secret-box.ts';
import { FIRST_ADMIN, openSessions, type Sessions } from './sessions.ts';
import { openTokens, type Tokens } from './tokens.ts';
import { openUsers, type Users } from './users.ts';
import { openViews, type Views } from './views.ts';

const NODE_BYTES = 12;

/** The control state: the only thing besides the ledger that is worth a backup. */
export interface Control {
  readonly tokens: Tokens;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly roles: Roles;
  readonly passwords: Passwords;
  /** For secrets that must be read again. */
  readonly secrets: SecretBox;
  readonly passkeys: Passkeys;
  readonly views: Views;
  readonly outbox: Outbox;
  /** This data directory's name in rows: several nodes may share one PostgreSQL. */
  readonly node: string;
  /** Whether other nodes may change the state behind our back. */
  readonly shared: boolean;
  /** The admin token that was made because there was none: to be printed once. */
  readonly firstAdminToken: Redacted<string> | undefined;
  /** Secret of the link by which the first admin signs in; undefined once somebody did. */
  readonly firstSignIn: Redacted<string> | undefined;
  /** Reads everything anew: another node may have changed it. */
  reload(): Promise<void>;
  /** Writes when tokens and sessions were used last. */
  flushUses(): Promise<void>;
  close(): Promise<void>;
}

export async function openControl(options: { readonly config: Config; readonly clock: Clock; readonly random: Random }): Promise<Control> {
  const { config, clock, random } = options;
  const { db, dialect } = await openDatabase(config);
  try {
    await migrate(db, dialect);
    const node = nodeName(config.dataDir, random);
    const now = () => microsToText(clock.nowMicros());
    const shared = { db, node, random, now };
    const roles = await openRoles(shared);
    const role = (name: string) => roles.definition(name);
    const tokens = await openTokens({ ...shared, role });
    const users = await openUsers({ ...shared, role });
    const nowMs = () => Math.floor(clock.nowMicros() / 1000);
    const secrets = openSecretBox(config.dataDir, random);
    const sessions = await openSessions({
      db,
      random,
      digest: (secret) => secrets.digest(secret),
      nowMs,
      text: (ms) => microsToText(ms * 1000),
    });
    const flushUses = async () => {
      await tokens.flushUses();
      await sessions.flushUses();
    };
    return {
      tokens,
      users,
      sessions,
      roles,
      passwords: openPasswords(random),
      secrets,
      passkeys: openPasskeys({ db, users, now }),
      views: openViews(shared),
      flushUses,
      async reload() {
        for (const part of [roles, tokens, users, sessions]) await part.reload();
      },
      outbox: openOutbox(db, node),
      node,
      shared: dialect === 'postgres',
      firstAdminToken: await adminToken(config, tokens),
      firstSignIn: await firstSignIn(users, sessions),
      async close() {
        try {
          await flushUses();
        } finally {
          await db.destroy();
        }
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/**
 * Random, made once and kept beside the data: the origin is no such name, since it may be given anew after a restore while the outbox of before
 * is still to be drained.
 */
function nodeName(dataDir: string, random: Random): string {
  const file = path.join(dataDir, 'control', 'node');
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, `${random.text(NODE_BYTES)}\n`, { mode: 0o600, flush: true });
  const name = readFileSync(file, 'utf8').trim();
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  throw new DaybookError('bad_setting', `${file} is damaged; restore it from a backup, or remove it to go on as a new node.`);
}

/** The environment's token opens as long as it is set. Without one and without any live admin row, one is made. */
async function adminToken(config: Config, tokens: Tokens): Promise<Redacted<string> | undefined> {
  if (config.adminToken !== undefined) {
    tokens.addTransient(config.adminToken.reveal(), { tokenId: 'environment', name: 'admin' });
    return undefined;
  }
  if ((await tokens.list()).some((token) => token.role === 'admin' && token.revoked_at === null)) return undefined;
  try {
    const { secret } = await tokens.create({ name: 'admin', role: 'admin' }, { name: 'daybook', tokenId: '' });
    return new Redacted(secret);
  } catch (error) {
    if (!(error instanceof DaybookError) || error.code !== 'conflict') throw error;
    // Another node on the same database was first and prints its token.
    await tokens.reload();
    return undefined;
  }
}

/** Until somebody can sign in, each start makes the link of the first admin anew: one that was lost is no loss. The account is made when the link is used. */
async function firstSignIn(users: Users, sessions: Sessions): Promise<Redacted<string> | undefined> {
  return users.inUse() ? undefined : new Redacted((await sessions.makeLink(FIRST_ADMIN)).secret);
}
