import { DaybookError, FIELDS, FilterError, FRAME_FIELDS, parseFilter } from '@daybook/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mustHave } from '../base/assert.ts';
import type { Owner, View, ViewContent } from '../base/control/views.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import type { Stages } from './stages.ts';

const NAMES: ReadonlySet<string> = new Set([...FIELDS, ...FRAME_FIELDS].map(({ name }) => name).concat('recorded_at', 'log', 'idx'));
const PLAIN_NAME = '^[^\\p{Cc}\\u202a-\\u202e\\u2066-\\u2069]*$';
const CONTENT = {
  // Others read it in their list: no signs that turn the direction of what follows, or are none.
  name: { type: 'string', minLength: 1, maxLength: 80, pattern: PLAIN_NAME },
  page: { enum: ['search', 'sql'], default: 'search' },
  text: { type: 'string', maxLength: 12_000, description: 'The filter as typed in the console, or the SQL statement.' },
  range: {
    type: 'string',
    maxLength: 80,
    pattern: '^[0-9A-Za-z:.+-]*$',
    default: '',
    description: 'The range of time: `7d`, or two times with `..` between them; empty: the usual one.',
  },
  columns: { type: 'array', items: { type: 'string', maxLength: 80 }, maxItems: 40, default: [] },
  shared: { type: 'boolean', default: false, description: 'Whether everybody who reads without a scope sees it.' },
} as const;
const BODY = { type: 'object', required: ['name', 'text'], additionalProperties: false, properties: CONTENT } as const;
const VIEW = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    ...CONTENT,
    owner: { type: 'string', description: 'Name of who made it.' },
    mine: { type: 'boolean' },
    changed_at: { type: 'string' },
  },
} as const;
const ID = { type: 'object', properties: { id: { type: 'string', maxLength: 40 } } } as const;

/** Saved views: questions with a name, one's own or shared. */
export function mountViews(stages: Stages): void {
  stages.base.http.register(async (scope) => {
    jsonBodies(scope);
    mountList(stages, scope);
    mountCreate(stages, scope);
    mountChange(stages, scope);
  });
}

function mountList({ base }: Stages, scope: FastifyInstance): void {
  scope.route({
    method: 'GET',
    url: '/v1/views',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'One’s own saved views, and those that others share',
      description: 'Who reads within a scope sees their own only: what others look for may be none of their business.',
      tags: ['views'],
      response: {
        200: { description: 'Views by name.', type: 'object', properties: { views: { type: 'array', items: VIEW } } },
      },
    },
    handler: async (request) => {
      const owner = ownerOf(request);
      const views = await base.control.views.list(owner.id, principalOf(request).scope === null);
      return { views: views.map((view) => shown(view, owner)) };
    },
  });
}

function mountCreate({ base, reads }: Stages, scope: FastifyInstance): void {
  scope.route<{ Body: ViewContent }>({
    method: 'POST',
    url: '/v1/views',
    config: { permission: 'events:read', scoped: true },
    schema: { summary: 'Save a view', tags: ['views'], body: BODY, response: { 201: { description: 'The view.', ...VIEW } } },
    handler: async (request, reply) => {
      const content = checked(request);
      const owner = ownerOf(request);
      await reads.record(request, story('view.create', content));
      return reply.code(201).send(shown(await base.control.views.create(content, owner), owner));
    },
  });
}

function mountChange({ base, reads }: Stages, scope: FastifyInstance): void {
  const { views } = base.control;
  scope.route<{ Params: { id: string }; Body: ViewContent }>({
    method: 'PUT',
    url: '/v1/views/:id',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'Change one’s own view',
      tags: ['views'],
      params: ID,
      body: BODY,
      response: { 200: { description: 'The view.', ...VIEW } },
    },
    handler: async (request) => {
      const content = checked(request);
      const owner = ownerOf(request);
      const before = await views.get(request.params.id);
      if (before?.owner !== owner.id) throw noSuchView();
      await reads.record(request, story('view.update', content));
      return shown(await views.update(before.id, content), owner);
    },
  });
  scope.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/v1/views/:id',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'Remove a view: one’s own, or as an admin a shared one',
      tags: ['views'],
      params: ID,
      response: { 200: { description: 'The view that was.', ...VIEW } },
    },
    handler: async (request) => {
      const owner = ownerOf(request);
      const view = await views.get(request.params.id);
      const admin = principalOf(request).permissions.has('admin');
      if (view === undefined || (view.owner !== owner.id && !(admin && view.shared))) throw noSuchView();
      await reads.record(request, story('view.delete', view));
      await views.remove(view.id);
      return shown(view, owner);
    },
  });
}

function principalOf(request: FastifyRequest) {
  return mustHave(request.principal, 'the principal of a route that demands a permission');
}

/** A person's views are theirs in every session; a token's are its own. */
function ownerOf(request: FastifyRequest): Owner {
  const { userId, tokenId, name } = principalOf(request);
  return { id: userId ?? `token:${tokenId}`, name };
}

/** Of others' views nobody learns whether they exist. */
function noSuchView(): DaybookError {
  return new DaybookError('not_found', 'There is no such view of yours.', { field: 'id' });
}

function checked(request: FastifyRequest<{ Body: ViewContent }>): ViewContent {
  const { body } = request;
  const strange = body.columns.find((name) => !NAMES.has(name.split('.', 1)[0] ?? ''));
  if (strange !== undefined) throw new DaybookError('bad_request', `There is no column ${strange.slice(0, 64)}.`, { field: 'columns' });
  if (body.shared && principalOf(request).scope !== null)
    throw new DaybookError('forbidden', 'Who reads within a scope keeps views to themselves.', { field: 'shared' });
  if (body.page === 'search') {
    try {
      parseFilter(body.text);
    } catch (error) {
      if (error instanceof FilterError) throw new DaybookError('bad_request', error.message, { field: 'text' });
      throw error;
    }
  }
  return body;
}

function story(eventType: string, { name, page, text, shared }: ViewContent) {
  return {
    eventType,
    action: 'configure',
    resource: name,
    resourceType: 'view',
    attributes: { page, text: text.slice(0, 2000), shared },
  } as const;
}

function shown({ id, name, page, text, range, columns, shared, owner, ownerName, changedAt }: View, asking: Owner) {
  return { id, name, page, text, range, columns, shared, owner: ownerName, mine: owner === asking.id, changed_at: changedAt };
}
