import { DaybookError, FIELDS } from '@daybook/protocol';
import { mustHave } from '../base/assert.ts';
import type { NewToken } from '../base/control/tokens.ts';
import { parseMasks } from '../base/scope.ts';
import { byOf } from './by.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import type { Stages } from './stages.ts';

const STRINGS = { type: ['array', 'null'], items: { type: 'string' } } as const;
const TOKEN = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string', maxLength: 64, description: 'admin, auditor, producer, viewer, analyst, or a role of /v1/roles.' },
    sources: { ...STRINGS, description: 'Values of `source` that it may claim, or, of a role that reads within a scope, see; null: any.' },
    tenants: { ...STRINGS, description: 'Values of `tenant_id` likewise.' },
    fingerprint: { type: 'string', description: 'Names the token in the ledger.' },
    node: { type: 'string' },
    created_at: { type: 'string' },
    created_by: { type: 'string' },
    revoked_at: { type: ['string', 'null'] },
    last_used_at: { type: ['string', 'null'] },
    expires_at: { type: ['string', 'null'], maxLength: 40, description: 'From then on it opens nothing.' },
    addresses: { ...STRINGS, description: 'Ranges of addresses from which it opens, like 10.0.0.0/8; absent: any.' },
    masks: { type: 'array', items: { type: 'string', maxLength: 64 }, maxItems: 60, description: 'Fields that it never sees.' },
  },
} as const;

const NAMES = FIELDS.map((field) => field.name);

export function mountTokens(stages: Stages): void {
  const { base, told } = stages;
  const { tokens } = base.control;

  base.http.register(async (scope) => {
    jsonBodies(scope);
    scope.route<{ Body: NewToken }>({
      method: 'POST',
      url: '/v1/tokens',
      config: { permission: 'admin' },
      schema: {
        summary: 'Make a token',
        description:
          'The token is in this answer and nowhere else. A producer may claim only its own name as `source` unless `sources` says otherwise.',
        tags: ['tokens'],
        body: {
          type: 'object',
          required: ['name', 'role'],
          additionalProperties: false,
          properties: {
            name: { type: 'string' },
            role: TOKEN.properties.role,
            sources: STRINGS,
            tenants: STRINGS,
            expires_at: TOKEN.properties.expires_at,
            addresses: STRINGS,
            masks: TOKEN.properties.masks,
          },
        },
        response: { 201: { description: 'The token.', ...TOKEN, properties: { ...TOKEN.properties, token: { type: 'string' } } } },
      },
      handler: async (request, reply) => {
        // Whom an event's user_id means must not be in doubt.
        if (base.control.users.named(request.body.name) !== undefined && request.body.name !== 'admin')
          throw new DaybookError('conflict', `A user named ${request.body.name} exists; choose another name.`, { field: 'name' });
        const { token, secret } = await tokens.create({ ...request.body, masks: parseMasks(request.body.masks, NAMES) }, byOf(request));
        await told();
        return reply.code(201).send({ ...token, token: secret });
      },
    });
    scope.route({
      method: 'GET',
      url: '/v1/whoami',
      config: { permission: 'any' },
      schema: {
        summary: 'Whom the token stands for',
        tags: ['tokens'],
        response: { 200: { description: 'Name, role and what it may claim.', type: 'object' } },
      },
      handler: (request) => {
        const { name, role, sources, tenants } = mustHave(request.principal, 'the principal');
        return { name, role, sources, tenants };
      },
    });
    scope.route({
      method: 'GET',
      url: '/v1/tokens',
      config: { permission: 'admin' },
      schema: {
        summary: 'All tokens, revoked ones included',
        tags: ['tokens'],
        response: {
          200: { description: 'Without their secrets.', type: 'object', properties: { tokens: { type: 'array', items: TOKEN } } },
        },
      },
      handler: async () => ({ tokens: await tokens.list() }),
    });
    scope.route<{ Params: { id: string } }>({
      method: 'DELETE',
      url: '/v1/tokens/:id',
      config: { permission: 'admin' },
      schema: {
        summary: 'Revoke a token',
        description: 'From the answer on it opens nothing. The row stays: what it did stays attributed.',
        tags: ['tokens'],
        params: { type: 'object', properties: { id: { type: 'string' } } },
        response: { 200: { description: 'The revoked token.', ...TOKEN } },
      },
      handler: async (request) => {
        const principal = mustHave(request.principal, 'the principal');
        if (principal.tokenId === request.params.id) {
          throw new DaybookError('conflict', 'A token does not revoke itself: use another admin token, so that one is left that works.');
        }
        const token = await tokens.revoke(request.params.id, byOf(request));
        await told();
        return token;
      },
    });
  });
}
