import { DaybookError } from '@daybook/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mustHave } from '../base/assert.ts';
import { checkNewPassword, PASSWORD_CHARS_MAX } from '../base/control/password.ts';
import type { User } from '../base/control/users.ts';
import { newTotpSecret, totpStep, totpUri } from '../base/totp.ts';
import { byOf } from './by.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import type { SignIn } from './sign-in.ts';
import type { Stages } from './stages.ts';

const DONE = { 200: { description: 'Done.', type: 'object' } } as const;
const PASSWORD = { type: 'string', maxLength: PASSWORD_CHARS_MAX } as const;
const CODE = { type: 'string', pattern: '^[0-9]{6}$' } as const;
/** A session that was opened so lately needs no password again to change how one signs in. */
const FRESH_MS = 600_000;
/** Set-ups of TOTP that wait for their first code. */
const PENDING_MAX = 1000;

/** What people do to their own account. */
export function mountMe(stages: Stages, signIn: SignIn): void {
  stages.base.http.register(async (scope) => {
    jsonBodies(scope);
    mountPassword(stages, signIn, scope);
    mountTotp(stages, signIn, scope);
  });
}

/** The user behind a session; tokens have no account. */
export function ownAccount({ base }: Stages, request: FastifyRequest): User {
  const { userId } = mustHave(request.principal, 'the principal');
  const user = userId === null ? undefined : base.control.users.get(userId);
  if (user === undefined) throw new DaybookError('forbidden', 'This is about the account of a person: sign in to it.');
  return user;
}

/**
 * A browser that was left open, or a stolen session, must not become the account: who changes how one signs in has just signed in, or gives the password.
 */
export async function confirmOwner(stages: Stages, signIn: SignIn, request: FastifyRequest, password: string | undefined): Promise<User> {
  const { sessions, users, passwords } = stages.base.control;
  const user = ownAccount(stages, request);
  // Else who leaves the provider's groups would come in by a password of their own, with the roles of the day before.
  if (user.issuer !== null)
    throw new DaybookError('forbidden', 'This account signs in by its OpenID Connect provider: how is set there.', { field: 'issuer' });
  const session = sessions.list().find((one) => one.id === request.principal?.tokenId);
  const ageMs = session === undefined ? Infinity : stages.base.clock.nowMicros() / 1000 - Date.parse(session.created_at);
  if (password === undefined && ageMs <= FRESH_MS) return user;
  if (password === undefined)
    throw new DaybookError('forbidden', 'Give your password, or sign in again first.', { field: 'current_password' });
  await signIn.brake(request, user.id);
  if (await passwords.verify(password, users.secrets(user.id).password)) {
    signIn.giveBack(request, user.id);
    return user;
  }
  throw await signIn.refuse(request, user, 'wrong password on a change of credentials');
}

function mountPassword(stages: Stages, signIn: SignIn, scope: FastifyInstance): void {
  const { users, sessions, passwords } = stages.base.control;
  scope.route<{ Body: { readonly password: string; readonly current_password?: string } }>({
    method: 'POST',
    url: '/v1/session/password',
    config: { permission: 'any' },
    schema: {
      summary: 'Set one’s own password',
      description:
        'Needs the present password, or a session of the last ten minutes. All other sessions of the account end, and links that nobody used open nothing any more.',
      tags: ['sessions'],
      body: {
        type: 'object',
        required: ['password'],
        additionalProperties: false,
        properties: { password: PASSWORD, current_password: { type: 'string', maxLength: 1024 } },
      },
      response: DONE,
    },
    handler: async (request) => {
      const user = await confirmOwner(stages, signIn, request, request.body.current_password);
      checkNewPassword(request.body.password, user.name);
      await users.setPassword(user.id, await passwords.hash(request.body.password), byOf(request));
      await sessions.endAll(user.id, request.principal?.tokenId);
      // A link that went astray would be a second way in beside the new password.
      await sessions.endLinks(user.id);
      await stages.told();
      return { password: true };
    },
  });
}

function mountTotp(stages: Stages, signIn: SignIn, scope: FastifyInstance): void {
  const { base } = stages;
  const { users, secrets, sessions } = base.control;
  /** Secrets that were shown and not yet confirmed by a code: in memory only. */
  const pending = new Map<string, string>();
  scope.route<{ Body: { readonly current_password?: string } | undefined }>({
    method: 'POST',
    url: '/v1/session/totp',
    config: { permission: 'any' },
    schema: {
      summary: 'Begin to set up TOTP',
      description: 'Answers with the secret, as text and as `otpauth:` address for a QR code. It counts once PUT brings a code of it.',
      tags: ['sessions'],
      body: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: { current_password: { type: 'string', maxLength: 1024 } },
      },
      response: { 200: { description: 'The secret, in this answer and nowhere else.', type: 'object' } },
    },
    handler: async (request) => {
      const user = await confirmOwner(stages, signIn, request, request.body?.current_password);
      const secret = newTotpSecret(base.random);
      if (pending.size >= PENDING_MAX) pending.clear();
      pending.set(mustHave(request.principal, 'the principal').tokenId, secret);
      return { secret, uri: totpUri(secret, user.name, `Daybook ${base.config.origin}`) };
    },
  });
  scope.route<{ Body: { readonly totp: string } }>({
    method: 'PUT',
    url: '/v1/session/totp',
    config: { permission: 'any' },
    schema: {
      summary: 'Confirm TOTP by a code',
      tags: ['sessions'],
      body: { type: 'object', required: ['totp'], additionalProperties: false, properties: { totp: CODE } },
      response: DONE,
    },
    handler: async (request) => {
      const user = ownAccount(stages, request);
      const id = mustHave(request.principal, 'the principal').tokenId;
      const secret = pending.get(id);
      const step = secret === undefined ? undefined : totpStep(secret, request.body.totp, base.clock.nowMicros() / 1e6);
      if (secret === undefined || step === undefined)
        throw new DaybookError('bad_request', 'This is not a code of now; begin again if in doubt.', { field: 'totp' });
      pending.delete(id);
      await users.setTotp(user.id, secrets.seal(secret, user.id), byOf(request));
      await users.useTotpStep(user.id, step);
      await sessions.endAll(user.id, id);
      await stages.told();
      return { totp: true };
    },
  });
  scope.route<{ Body: { readonly current_password?: string } | undefined }>({
    method: 'DELETE',
    url: '/v1/session/totp',
    config: { permission: 'any' },
    schema: {
      summary: 'Give TOTP up',
      tags: ['sessions'],
      body: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: { current_password: { type: 'string', maxLength: 1024 } },
      },
      response: DONE,
    },
    handler: async (request) => {
      const user = await confirmOwner(stages, signIn, request, request.body?.current_password);
      await users.setTotp(user.id, null, byOf(request));
      await stages.told();
      return { totp: false };
    },
  });
}
