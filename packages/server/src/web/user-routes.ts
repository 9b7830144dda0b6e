import { DaybookError, FIELDS } from '@daybook/protocol';
import type { FastifyInstance } from 'fastify';
import type { NewUser, User, UserPatch } from '../base/control/users.ts';
import { parseFilter, parseMasks, SCOPE_FIELDS } from '../base/scope.ts';
import { byOf } from './by.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import type { Stages } from './stages.ts';

const STRINGS = { type: 'array', items: { type: 'string', maxLength: 200 }, maxItems: 100 } as const;
export const SCOPE = {
  type: ['object', 'null'],
  description: `Rows to which reading is narrowed: values of ${SCOPE_FIELDS.join(', ')}; all fields must match. null: no narrowing.`,
  additionalProperties: STRINGS,
  maxProperties: 10,
} as const;
export const MASKS = { ...STRINGS, description: 'Fields that are never seen.' } as const;
const TIME = { type: ['string', 'null'], maxLength: 40 } as const;
const CHANGEABLE = {
  email: { type: ['string', 'null'], maxLength: 255 },
  roles: { ...STRINGS, description: 'admin, auditor, analyst, viewer, or roles of /v1/roles.' },
  scope: SCOPE,
  masks: MASKS,
  expires_at: { ...TIME, description: 'From then on the account opens nothing; null: it stays.' },
} as const;
const USER = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    ...CHANGEABLE,
    disabled_at: TIME,
    created_at: { type: 'string' },
    created_by: { type: 'string' },
    last_sign_in_at: TIME,
    has_password: { type: 'boolean' },
    has_totp: { type: 'boolean' },
    passkeys: { type: 'integer' },
    issuer: { type: ['string', 'null'] },
  },
} as const;
const ID = { type: 'object', properties: { id: { type: 'string', maxLength: 40 } } } as const;
const NAMES = FIELDS.map((field) => field.name);

/** The people, as admins see and change them. */
export function mountUsers(stages: Stages): void {
  stages.base.http.register(async (scope) => {
    jsonBodies(scope);
    mountList(stages, scope);
    mountCreate(stages, scope);
    mountChange(stages, scope);
    mountInvitation(stages, scope);
  });
}

function shown({ credentials: _credentials, node: _node, deleted_at: _deleted, ...user }: User) {
  return user;
}

function mountList({ base }: Stages, scope: FastifyInstance): void {
  scope.route({
    method: 'GET',
    url: '/v1/users',
    config: { permission: 'access:read' },
    schema: {
      summary: 'All users',
      tags: ['users'],
      response: { 200: { description: 'Without their secrets.', type: 'object', properties: { users: { type: 'array', items: USER } } } },
    },
    handler: () => ({ users: base.control.users.list().map(shown) }),
  });
}

function mountCreate(stages: Stages, scope: FastifyInstance): void {
  const { users, sessions, tokens } = stages.base.control;
  scope.route<{ Body: NewUser }>({
    method: 'POST',
    url: '/v1/users',
    config: { permission: 'admin' },
    schema: {
      summary: 'Make a user, with an invitation',
      description: 'The invitation is in this answer and nowhere else: hand it over. It opens once, for three days.',
      tags: ['users'],
      body: {
        type: 'object',
        required: ['name', 'roles'],
        additionalProperties: false,
        properties: { name: { type: 'string', maxLength: 64 }, ...CHANGEABLE },
      },
      response: {
        201: {
          description: 'The user; `invitation` has `link` and `expires_at`.',
          ...USER,
          properties: { ...USER.properties, invitation: { type: 'object' } },
        },
      },
    },
    handler: async (request, reply) => {
      const { name, scope: rows, masks } = request.body;
      // Whom an event's user_id means must not be in doubt.
      if ((await tokens.list()).some((token) => token.revoked_at === null && token.name === name && token.name !== 'admin'))
        throw new DaybookError('conflict', `A token named ${name} exists; choose another name.`, { field: 'name' });
      const user = await users.create({ ...request.body, scope: parseFilter(rows), masks: parseMasks(masks, NAMES) }, byOf(request));
      await stages.told();
      const link = await sessions.makeLink(user.id);
      return reply.code(201).send({ ...shown(user), invitation: { link: stages.linkUrl(link.secret), expires_at: link.expiresAt } });
    },
  });
}

function mountChange(stages: Stages, scope: FastifyInstance): void {
  const { users, sessions } = stages.base.control;
  scope.route<{ Params: { id: string }; Body: UserPatch }>({
    method: 'PATCH',
    url: '/v1/users/:id',
    config: { permission: 'admin' },
    schema: {
      summary: 'Change a user',
      description: 'Sessions of the user end when what they may do changes. The last admin stays one.',
      tags: ['users'],
      params: ID,
      body: { type: 'object', additionalProperties: false, minProperties: 1, properties: { ...CHANGEABLE, disabled: { type: 'boolean' } } },
      response: { 200: { description: 'The user.', ...USER } },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { scope: rows, masks, ...rest } = request.body;
      const patch: UserPatch = {
        ...rest,
        ...(rows === undefined ? {} : { scope: parseFilter(rows) }),
        ...(masks === undefined ? {} : { masks: parseMasks(masks, NAMES) }),
      };
      const user = await users.update(id, patch, byOf(request));
      // An address changes nothing of what the sessions may do.
      if (Object.keys(patch).some((key) => key !== 'email')) await sessions.endAll(id);
      if (patch.disabled === true) await sessions.endLinks(id);
      await stages.told();
      return shown(user);
    },
  });
  scope.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/v1/users/:id',
    config: { permission: 'admin' },
    schema: {
      summary: 'Remove a user',
      description: 'The sessions end and nothing opens any more; what the user did stays in the ledger.',
      tags: ['users'],
      params: ID,
      response: { 200: { description: 'The user that was.', ...USER } },
    },
    handler: async (request) => {
      const user = await users.remove(request.params.id, byOf(request));
      await sessions.endAll(user.id);
      await stages.told();
      return shown(user);
    },
  });
}

function mountInvitation(stages: Stages, scope: FastifyInstance): void {
  const { users, sessions } = stages.base.control;
  scope.route<{ Params: { id: string } }>({
    method: 'POST',
    url: '/v1/users/:id/invitation',
    config: { permission: 'admin' },
    schema: {
      summary: 'Make a one-time sign-in link for a user',
      description: 'For an invitation, or for someone who lost password or second factor. Links of before open no more.',
      tags: ['users'],
      params: ID,
      response: {
        201: {
          description: 'The link, in this answer and nowhere else.',
          type: 'object',
          properties: { link: { type: 'string' }, expires_at: { type: 'string' } },
        },
      },
    },
    handler: async (request, reply) => {
      const user = users.get(request.params.id);
      if (user === undefined) throw new DaybookError('not_found', 'There is no such user.', { field: 'id' });
      const { secret, expiresAt } = await sessions.makeLink(user.id);
      await stages.reads.record(request, {
        eventType: 'user.invitation',
        action: 'grant',
        resource: `user/${user.name}`,
        resourceType: 'user',
      });
      return reply.code(201).send({ link: stages.linkUrl(secret), expires_at: expiresAt });
    },
  });
}
