import { DaybookError, FIELDS } from '@daybook/protocol';
import type { NewRole, StoredRole } from '../base/control/roles.ts';
import { BUILT_IN_ROLES, CUSTOM_PERMISSIONS, PERMISSIONS, type RoleDefinition } from '../base/policy.ts';
import { parseFilter, parseMasks } from '../base/scope.ts';
import { byOf } from './by.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import type { Stages } from './stages.ts';
import { MASKS, SCOPE } from './user-routes.ts';

const NAMES = FIELDS.map((field) => field.name);
const CHANGEABLE = {
  permissions: { type: 'array', items: { enum: CUSTOM_PERMISSIONS }, maxItems: 10 },
  scope: SCOPE,
  masks: MASKS,
} as const;
const ROLE = {
  type: 'object',
  properties: { id: { type: ['string', 'null'] }, name: { type: 'string' }, ...CHANGEABLE, built_in: { type: 'boolean' } },
} as const;
const ID = { type: 'object', properties: { id: { type: 'string', maxLength: 40 } } } as const;

function shown(role: RoleDefinition | StoredRole) {
  const { name, permissions, scoped, scope, masks } = role;
  return { id: 'id' in role ? role.id : null, name, permissions, scoped, scope, masks, built_in: !('id' in role) };
}

/** Roles beside the built-in ones: which permissions, which rows, which fields. */
export function mountRoles(stages: Stages): void {
  const { roles } = stages.base.control;
  stages.base.http.register(async (scope) => {
    jsonBodies(scope);
    scope.route({
      method: 'GET',
      url: '/v1/roles',
      config: { permission: 'access:read' },
      schema: {
        summary: 'All roles, the built-in ones first, and what permissions mean',
        tags: ['roles'],
        response: {
          200: {
            description: 'Roles.',
            type: 'object',
            properties: { roles: { type: 'array', items: ROLE }, permissions: { type: 'object' } },
          },
        },
      },
      handler: () => ({ roles: [...Object.values(BUILT_IN_ROLES), ...roles.list()].map(shown), permissions: PERMISSIONS }),
    });
    scope.route<{ Body: NewRole }>({
      method: 'POST',
      url: '/v1/roles',
      config: { permission: 'admin' },
      schema: {
        summary: 'Make a role',
        tags: ['roles'],
        body: {
          type: 'object',
          required: ['name', 'permissions'],
          additionalProperties: false,
          properties: { name: { type: 'string', maxLength: 32 }, ...CHANGEABLE },
        },
        response: { 201: { description: 'The role.', ...ROLE } },
      },
      handler: async (request, reply) => {
        const { scope: rows, masks } = request.body;
        const role = await roles.create({ ...request.body, scope: parseFilter(rows), masks: parseMasks(masks, NAMES) }, byOf(request));
        await stages.told();
        return reply.code(201).send(shown(role));
      },
    });
    scope.route<{ Params: { id: string }; Body: Partial<Omit<NewRole, 'name'>> }>({
      method: 'PATCH',
      url: '/v1/roles/:id',
      config: { permission: 'admin' },
      schema: {
        summary: 'Change a role',
        description: 'Holds from the next request of everybody who has it.',
        tags: ['roles'],
        params: ID,
        body: { type: 'object', additionalProperties: false, minProperties: 1, properties: CHANGEABLE },
        response: { 200: { description: 'The role.', ...ROLE } },
      },
      handler: async (request) => {
        const { scope: rows, masks, permissions } = request.body;
        const patch = {
          ...(permissions === undefined ? {} : { permissions }),
          ...(rows === undefined ? {} : { scope: parseFilter(rows) }),
          ...(masks === undefined ? {} : { masks: parseMasks(masks, NAMES) }),
        };
        const role = await roles.update(request.params.id, patch, byOf(request));
        await stages.told();
        return shown(role);
      },
    });
    scope.route<{ Params: { id: string } }>({
      method: 'DELETE',
      url: '/v1/roles/:id',
      config: { permission: 'admin' },
      schema: {
        summary: 'Remove a role that nobody has',
        tags: ['roles'],
        params: ID,
        response: { 200: { description: 'The role that was.', ...ROLE } },
      },
      handler: async (request) => {
        const name = roles.get(request.params.id)?.name;
        if (name !== undefined && (await inUse(stages, name)))
          throw new DaybookError('conflict', `Users or tokens have the role ${name}; take it from them first.`, { field: 'id' });
        const role = await roles.remove(request.params.id, byOf(request));
        await stages.told();
        return shown(role);
      },
    });
  });
}

async function inUse({ base }: Stages, name: string): Promise<boolean> {
  const { users, tokens } = base.control;
  if (users.list().some((user) => user.roles.includes(name))) return true;
  return (await tokens.list()).some((token) => token.role === name && token.revoked_at === null);
}
