import { DaybookError } from '@daybook/protocol';
import type { FastifyRequest } from 'fastify';
import { mustHave } from '../base/assert.ts';
import type { By, NewToken } from '../base/control/tokens.ts';
import { jsonBodies } from './json-bodies.ts';
import type { Stages } from './stages.ts';

const STRINGS = { type: ['array', 'null'], items: { type: 'string' } } as const;
const TOKEN = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    role: { enum: ['admin', 'auditor', 'producer'] },
    sources: { ...STRINGS, description: 'Values of `source` that it may claim; null: any.' },
    tenants: { ...STRINGS, description: 'Values of `tenant_id` that it may claim; null: any.' },
    fingerprint: { type: 'string', description: 'Names the token in the ledger.' },
    node: { type: 'string' },
    created_at: { type: 'string' },
    created_by: { type: 'string' },
    revoked_at: { type: ['string', 'null'] },
    last_used_at: { type: ['string', 'null'] },
  },
} as const;

export function mountTokens(stages: Stages): void {
  const { base, changes } = stages;
  const { tokens } = base.control;

  // A change is answered when its entry is durable; should the ledger refuse now, the outbox holds it and the answer stands.
  const told = async () => {
    try {
      await changes.drain();
    } catch (error) {
      base.log.warn({ err: error }, 'a change of tokens waits in the outbox');
    }
  };

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
          properties: { name: { type: 'string' }, role: TOKEN.properties.role, sources: STRINGS, tenants: STRINGS },
        },
        response: { 201: { description: 'The token.', ...TOKEN, properties: { ...TOKEN.properties, token: { type: 'string' } } } },
      },
      handler: async (request, reply) => {
        const { token, secret } = await tokens.create(request.body, byOf(request));
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

function byOf(request: FastifyRequest): By {
  const { name, tokenId } = mustHave(request.principal, 'the principal of an admin route');
  return { name, tokenId };
}
