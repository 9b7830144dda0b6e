import { DaybookError } from '@daybook/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mustHave } from '../base/assert.ts';
import type { Session } from '../base/control/sessions.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import { clearCookie, csrfFor, type SignIn } from './sign-in.ts';
import type { Stages } from './stages.ts';

const TEXT = { type: 'string', maxLength: 300 } as const;
export const SESSION = {
  type: 'object',
  required: ['user', 'permissions', 'scope', 'csrf'],
  properties: {
    user: {
      type: 'object',
      properties: { id: { type: 'string' }, name: { type: 'string' }, email: { type: ['string', 'null'] }, roles: { type: 'array', items: { type: 'string' } } },
    },
    permissions: { type: 'array', items: { type: 'string' } },
    scope: {
      type: ['object', 'null'],
      description: 'Which rows are seen (`any` of these filters, and `own`), and which fields never (`masks`); null: everything.',
    },
    csrf: { type: ['string', 'null'], description: 'To be sent as `x-csrf-token` with every request by cookie that is no GET; null for a token.' },
    session: { type: ['object', 'null'], description: 'Id, method and end of the session; null for a token.' },
    sign_in: {
      type: ['object', 'null'],
      description: 'What the account signs in by: `password`, `totp`, `passkeys`. Without any of them the link was the last way in: set one.',
    },
  },
} as const; // biome-ignore format: a schema

const SIGN_IN_BODY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { ...TEXT, description: 'Name or e-mail address.' },
    email: { ...TEXT, description: 'The same as `name`.' },
    password: { type: 'string', maxLength: 1024 },
    totp: { type: 'string', pattern: '^[0-9]{6}$' },
    link: { type: 'string', maxLength: 100, description: 'The secret of a one-time link.' },
  },
} as const;

interface SignInBody {
  readonly name?: string;
  readonly email?: string;
  readonly password?: string;
  readonly totp?: string;
  readonly link?: string;
}

/** Sign in, see whom the server takes one for, sign out; and the sessions of all. */
export function mountSessions(stages: Stages, signIn: SignIn): void {
  const { base } = stages;
  base.http.register(async (scope) => {
    jsonBodies(scope);
    mountSignIn(stages, signIn, scope);
    mountCurrent(stages, scope);
    mountAll(stages, scope);
  });
}

function mountSignIn(stages: Stages, signIn: SignIn, scope: FastifyInstance): void {
  scope.route<{ Body: SignInBody | undefined }>({
    method: 'POST',
    url: '/v1/session',
    config: { permission: 'public' },
    schema: {
      summary: 'Sign in by password or one-time link',
      description:
        'Answers with a cookie (HttpOnly, SameSite=Strict). An account with TOTP gets `second_factor_needed` until `totp` comes along. Failed and successful sign-ins are recorded.',
      tags: ['sessions'],
      body: SIGN_IN_BODY,
      response: { 201: { description: 'The session.', ...SESSION } },
    },
    handler: async (request, reply) => {
      const { name, email, password, totp, link } = request.body ?? {};
      const account = name ?? email;
      if (link !== undefined && account === undefined && password === undefined) await signIn.byLink(request, reply, link);
      else if (account !== undefined && password !== undefined && link === undefined)
        await signIn.byPassword(request, reply, { name: account, password, ...(totp === undefined ? {} : { totp }) });
      else throw new DaybookError('bad_request', 'Send name (or email) and password, or link.');
      return reply.code(201).send(describe(stages, request));
    },
  });
}

function mountCurrent(stages: Stages, scope: FastifyInstance): void {
  const { accessJournal } = stages;
  const { sessions } = base(stages).control;
  scope.route({
    method: 'GET',
    url: '/v1/session',
    config: { permission: 'any' },
    schema: {
      summary: 'Whom the server takes the sender for, and what they may do',
      tags: ['sessions'],
      response: { 200: { description: 'User, permissions and scope.', ...SESSION } },
    },
    handler: (request) => describe(stages, request),
  });
  scope.route({
    method: 'DELETE',
    url: '/v1/session',
    config: { permission: 'any' },
    schema: {
      summary: 'Sign out',
      tags: ['sessions'],
      response: {
        200: { description: 'Signed out; `logout` is where the provider ends its own session, if one vouched.', type: 'object' },
      },
    },
    handler: async (request, reply) => {
      const principal = mustHave(request.principal, 'the principal');
      if (principal.kind !== 'session')
        throw new DaybookError('bad_request', 'A token has no session; revoke it by DELETE /v1/tokens/{id}.');
      const ends = await Promise.all(stages.providers.map((one) => one.endSession(principal.tokenId, principal.userId ?? '')));
      const logout = ends.find((url) => url !== null) ?? null;
      await sessions.end(principal.tokenId);
      clearCookie(request, reply);
      await accessJournal.record(request, { eventType: 'session.sign_out', userId: principal.name, sessionId: principal.tokenId });
      return { signed_out: true, logout };
    },
  });
}

function mountAll(stages: Stages, scope: FastifyInstance): void {
  const { accessJournal } = stages;
  const { sessions, users } = base(stages).control;
  const shape = (session: Session, current: string) => ({
    ...session,
    user: users.get(session.user_id)?.name ?? null,
    current: session.id === current,
  });
  scope.route({
    method: 'GET',
    url: '/v1/sessions',
    config: { permission: 'any' },
    schema: {
      summary: 'Live sessions: of everybody for who may see users, else one’s own',
      tags: ['sessions'],
      response: {
        200: { description: 'Newest first.', type: 'object', properties: { sessions: { type: 'array', items: { type: 'object' } } } },
      },
    },
    handler: (request) => {
      const principal = mustHave(request.principal, 'the principal');
      const all = sessions.list().filter((one) => principal.permissions.has('access:read') || one.user_id === principal.userId);
      return { sessions: all.sort((a, b) => b.created_at.localeCompare(a.created_at)).map((one) => shape(one, principal.tokenId)) };
    },
  });
  scope.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/v1/sessions/:id',
    config: { permission: 'any' },
    schema: {
      summary: 'End a session: one’s own, or as an admin anybody’s',
      tags: ['sessions'],
      params: { type: 'object', properties: { id: { type: 'string' } } },
      response: { 200: { description: 'It opens nothing any more.', type: 'object' } },
    },
    handler: async (request) => {
      const principal = mustHave(request.principal, 'the principal');
      const session = sessions.list().find((one) => one.id === request.params.id);
      // The same answer for another's and for none: whose sessions there are is not for everybody.
      const may =
        session !== undefined &&
        (principal.permissions.has('admin') || (principal.userId !== null && session.user_id === principal.userId));
      if (!may) throw new DaybookError('not_found', 'There is no such session of yours.', { field: 'id' });
      await sessions.end(session.id);
      const target = users.get(session.user_id)?.name ?? '';
      await accessJournal.record(request, {
        eventType: 'session.end',
        userId: principal.name,
        sessionId: principal.tokenId,
        target,
        reason: session.id,
      });
      return { ended: session.id };
    },
  });
}

const base = (stages: Stages) => stages.base;

/** What the console needs to know to show what one may do; nothing of it decides anything. */
export function describe(stages: Stages, request: FastifyRequest) {
  const { control } = stages.base;
  const { kind, tokenId, userId, name, roles, permissions, scope } = mustHave(request.principal, 'the principal');
  const user = userId === null ? undefined : control.users.get(userId);
  const session = kind === 'session' ? control.sessions.list().find((one) => one.id === tokenId) : undefined;
  return {
    user: { id: userId ?? tokenId, name, email: user?.email ?? null, roles },
    permissions: [...permissions].sort(),
    scope,
    csrf: kind === 'session' ? csrfFor(request, stages) : null,
    session:
      session === undefined
        ? null
        : { id: session.id, method: session.method, created_at: session.created_at, expires_at: session.expires_at },
    sign_in: user === undefined ? null : { password: user.has_password, totp: user.has_totp, passkeys: user.passkeys, issuer: user.issuer },
  };
}
