import { hash } from 'node:crypto';
import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkSameOrigin, COOKIES, sessionOf } from '../base/access.ts';
import { clientAddress } from '../base/client-address.ts';
import { ABSOLUTE_MS, csrfOf, FIRST_ADMIN, type SignInMethod } from '../base/control/sessions.ts';
import type { User } from '../base/control/users.ts';
import { totpStep } from '../base/totp.ts';
import { type Attempts, openAttempts } from './attempts.ts';
import type { Stages } from './stages.ts';

/** Of one address and account: a storm is one line a minute in the ledger, not a thousand. */
const BLOCKED_TOLD_MS = 60_000;
const BLOCKED_KEYS_MAX = 10_000;
const LINK = /^dbl_[A-Za-z0-9_-]{43}$/;
/** Of a hashed name, so that names that people mistyped are not kept. */
const NAME_HASH_CHARS = 24;

export interface PasswordSignIn {
  readonly name: string;
  readonly password: string;
  readonly totp?: string;
}

/** How people come in; every way ends in `open`, every failure is counted and recorded. */
export interface SignIn {
  byPassword(request: FastifyRequest, reply: FastifyReply, given: PasswordSignIn): Promise<void>;
  byLink(request: FastifyRequest, reply: FastifyReply, secret: string): Promise<void>;
  /** For ways in that have proven the user themselves: passkeys, OpenID Connect. */
  open(
    request: FastifyRequest,
    reply: FastifyReply,
    user: User,
    by: { readonly method: SignInMethod; readonly mfa: boolean; readonly provider?: string },
  ): Promise<void>;
  /** Records a failure, and makes the error that tells it. */
  refuse(request: FastifyRequest, user: User | undefined, reason: string): Promise<DaybookError>;
  /** Throws while the address, or the account, has to wait; else counts an attempt. `account` is undefined where none is named. */
  brake(request: FastifyRequest, account: string | undefined): Promise<void>;
  /** What `brake` counted was no failure. */
  giveBack(request: FastifyRequest, account: string | undefined): void;
}

export function openSignIn(stages: Pick<Stages, 'base' | 'accessJournal'>): SignIn {
  const { base, accessJournal } = stages;
  const { users, sessions, passwords, secrets } = base.control;
  const attempts: Attempts = openAttempts(() => base.clock.monotonicMs());
  const blocked = new Map<string, number>();

  const tellBlocked = async (request: FastifyRequest, account: string | undefined) => {
    const userId = users.get(account ?? '')?.name ?? '';
    const key = `${userId} ${request.ip}`;
    const told = blocked.get(key);
    if (told !== undefined && base.clock.monotonicMs() - told < BLOCKED_TOLD_MS) return;
    if (blocked.size >= BLOCKED_KEYS_MAX) blocked.clear();
    blocked.set(key, base.clock.monotonicMs());
    await accessJournal.record(request, { eventType: 'session.sign_in_blocked', userId, reason: 'too many failed sign-ins' });
  };

  /** The account of whoever holds the link that the start printed; nobody's once an account is in use. */
  const firstAdmin = async () => {
    if (users.inUse()) return undefined;
    return users.named('admin') ?? users.create({ name: 'admin', roles: ['admin'] }, { name: 'daybook', tokenId: '' });
  };

  const signIn: SignIn = {
    async brake(request, account) {
      try {
        attempts.begin(account, clientAddress(request.ip));
      } catch (error) {
        await tellBlocked(request, account);
        throw error;
      }
    },
    giveBack: (request, account) => attempts.giveBack(account, clientAddress(request.ip)),
    async refuse(request, user, reason) {
      await accessJournal.record(request, { eventType: 'session.sign_in_failed', userId: user?.name ?? '', reason });
      return new DaybookError('sign_in_failed');
    },
    async byPassword(request, reply, { name, password, totp }) {
      checkSameOrigin(request);
      const user = users.named(name);
      // A name that is nobody's is braked as an account is: else the brakes would tell which names are somebody's.
      const account = user?.id ?? hash('sha256', name.toLowerCase(), 'base64url').slice(0, NAME_HASH_CHARS);
      await signIn.brake(request, account);
      const stored = user === undefined ? null : users.secrets(user.id).password;
      // One hash is computed whoever was named; and what is wrong is said in one sentence.
      if (!(await passwords.verify(password, stored)) || user === undefined)
        throw await signIn.refuse(request, user, user === undefined ? 'unknown account' : 'wrong password');
      if (users.access(user.id) === undefined) throw await signIn.refuse(request, user, 'account disabled or expired');
      if (user.issuer !== null) throw await signIn.refuse(request, user, 'account of a provider');
      const { totp: sealed } = users.secrets(user.id);
      if (sealed !== null) {
        if (totp === undefined) {
          signIn.giveBack(request, account);
          throw new DaybookError('second_factor_needed', undefined, { field: 'totp' });
        }
        const step = totpStep(secrets.open(sealed, user.id), totp, base.clock.nowMicros() / 1e6);
        if (step === undefined || !(await users.useTotpStep(user.id, step)))
          throw await signIn.refuse(request, user, 'wrong second factor');
      }
      await signIn.open(request, reply, user, { method: 'password', mfa: sealed !== null });
    },
    async byLink(request, reply, secret) {
      checkSameOrigin(request);
      await signIn.brake(request, undefined);
      const userId = LINK.test(secret) ? await sessions.useLink(secret) : undefined;
      const user = userId === FIRST_ADMIN ? await firstAdmin() : users.get(userId ?? '');
      if (user === undefined || users.access(user.id) === undefined)
        throw await signIn.refuse(request, user, 'link unknown, used or expired');
      await signIn.open(request, reply, user, { method: 'link', mfa: false });
    },
    async open(request, reply, user, { method, mfa, provider }) {
      if (!base.access.allowedFrom(user.roles, request.ip)) throw await signIn.refuse(request, user, 'address not allowed for the role');
      attempts.succeeded(user.id, clientAddress(request.ip));
      if (method !== 'password' && method !== 'passkey') signIn.giveBack(request, undefined);
      // Whatever session the browser had is over: nobody can plant one beforehand.
      const before = sessionOf(request, base.control);
      if (before !== undefined) await sessions.end(before.session.id);
      const agent = request.headers['user-agent'] ?? '';
      const { session, secret } = await sessions.open(user.id, {
        ipAddress: clientAddress(request.ip),
        userAgent: agent,
        method,
        ...(provider === undefined ? {} : { provider }),
      });
      try {
        await accessJournal.record(request, { eventType: 'session.sign_in', userId: user.name, sessionId: session.id, method, mfa });
      } catch (error) {
        // Nobody is in who is not on record.
        await sessions.end(session.id);
        throw error;
      }
      await users.signedIn(user.id);
      setCookie(request, reply, secret);
      base.access.entered(request, session);
      request.headers.cookie = `${cookieName(request)}=${secret}`;
    },
  };
  return signIn;
}

function cookieName(request: FastifyRequest): string {
  return request.protocol === 'https' ? COOKIES.secure : COOKIES.plain;
}

function setCookie(request: FastifyRequest, reply: FastifyReply, secret: string, maxAgeS = ABSOLUTE_MS / 1000): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  reply.header('set-cookie', `${cookieName(request)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${secure}`);
}

export function clearCookie(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, '', 0);
}

/** The token that the pages of this session send with changes. */
export function csrfFor(request: FastifyRequest, stages: Pick<Stages, 'base'>): string | null {
  const current = sessionOf(request, stages.base.control);
  return current === undefined ? null : csrfOf(current.secret);
}
