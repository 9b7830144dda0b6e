import { mustHave } from '../base/assert.ts';
import type { Reimported } from '../intake/index.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import type { Stages } from './stages.ts';

const PAGE_MAX = 500;
const PAGE_DEFAULT = 50;
/** Records imported again by one request: some seconds of work. */
const REIMPORT_MAX = 1000;
/** Told one by one; of more, the number says enough. */
const UNREAD_TOLD_MAX = 100;
const DAYS_MAX = 100;

const TEXT = { type: 'string', maxLength: 200 } as const;
const CHOICE = { source: TEXT, format: TEXT, code: TEXT } as const;
const ID = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d-\\d{1,12}$' } as const;
const IDS = { type: 'array', items: ID, minItems: 1, maxItems: REIMPORT_MAX } as const;

interface Choice {
  readonly source?: string;
  readonly format?: string;
  readonly code?: string;
}

/** What could not become an event: looked at by who may read whole entries, settled by an admin. Raw lines know no scope. */
export function mountQuarantine(stages: Stages): void {
  mountReading(stages);
  stages.base.http.register(async (scope) => {
    jsonBodies(scope);
    mountReimport(stages, scope);
    mountDismiss(stages, scope);
  });
}

function mountReading({ base, intake, reads }: Stages): void {
  base.http.route<{ Querystring: Choice & { before?: string; limit: number; settled: boolean } }>({
    method: 'GET',
    url: '/v1/quarantine',
    config: { permission: 'entries:read' },
    schema: {
      summary: 'What could not become an event, the newest first',
      description: 'Items that were refused and lines that no parser understood, redacted. A page may be short and still have a `next`.',
      tags: ['coverage'],
      querystring: {
        type: 'object',
        properties: {
          ...CHOICE,
          settled: { type: 'boolean', default: false, description: 'Also what was imported again or dismissed.' },
          before: { ...ID, description: 'The `next` of the page before.' },
          limit: { type: 'integer', minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT },
        },
      },
      response: {
        200: {
          description: 'Records.',
          type: 'object',
          properties: { records: { type: 'array', items: RECORD }, next: { type: ['string', 'null'] } },
        },
      },
    },
    handler: async (request) => {
      const { before, limit, ...choice } = request.query;
      const page = await intake.view.page(choice, { before, limit });
      await reads.record(request, {
        eventType: 'quarantine.view',
        action: 'read',
        resource: 'quarantine',
        resourceType: 'quarantine',
        rowCount: page.records.length,
        attributes: { ...choice },
      });
      return page;
    },
  });
  base.http.route<{ Querystring: { days: number } }>({
    method: 'GET',
    url: '/v1/quarantine/groups',
    config: { permission: 'entries:read' },
    schema: {
      summary: 'What lies in quarantine, by source, format and code',
      tags: ['coverage'],
      querystring: { type: 'object', properties: { days: { type: 'integer', minimum: 1, maximum: DAYS_MAX, default: DAYS_MAX } } },
      response: { 200: { description: 'Counts.', type: 'object', properties: { groups: { type: 'array', items: GROUP } } } },
    },
    // Counts tell nothing of an event: they are not recorded, as the metrics are not.
    handler: async (request) => ({ groups: await intake.view.groups(request.query.days) }),
  });
}

type Scope = Stages['base']['http'];

function mountReimport({ base, intake, reads }: Stages, scope: Scope): void {
  scope.route<{ Body: Choice & { ids?: string[]; before?: string } }>({
    method: 'POST',
    url: '/v1/quarantine/reimport',
    config: { permission: 'admin' },
    schema: {
      summary: 'Import records of the quarantine again',
      description: `After a fix: of a token's sources, of a format, of Daybook. Names records by \`ids\`, or chooses the newest ${REIMPORT_MAX} open ones; \`next\` goes on behind them. A second time adds nothing. What still cannot be read stays where it is.`,
      tags: ['coverage'],
      body: { type: 'object', additionalProperties: false, properties: { ids: IDS, ...CHOICE, before: ID } },
      response: {
        200: {
          description: 'What became of them.',
          type: 'object',
          properties: {
            event: { type: 'integer', description: 'Became events.' },
            duplicate: { type: 'integer', description: 'Were events already.' },
            noise: { type: 'integer' },
            dismissed: { type: 'integer' },
            unread: { type: 'integer', description: 'Still cannot be read.' },
            reasons: {
              type: 'array',
              items: { type: 'object', properties: { id: ID, code: { type: 'string' }, reason: { type: 'string' } } },
            },
            next: { type: ['string', 'null'] },
          },
        },
      },
    },
    handler: async (request) => {
      const by = mustHave(request.principal, 'the principal of a route that demands a permission');
      const { ids, before, ...choice } = request.body;
      const page = ids === undefined ? await intake.view.page(choice, { before, limit: REIMPORT_MAX }) : undefined;
      const chosen = ids ?? page?.records.map(({ id }) => id) ?? [];
      await reads.record(request, {
        eventType: 'quarantine.reimport',
        action: 'update',
        resource: 'quarantine',
        resourceType: 'quarantine',
        rowCount: chosen.length,
        attributes: { ...choice },
      });
      return { ...summary(await intake.reimport(chosen, by, base.stopping)), next: page?.next ?? null };
    },
  });
}

function mountDismiss({ intake, reads }: Stages, scope: Scope): void {
  scope.route<{ Body: { ids: string[]; reason: string } }>({
    method: 'POST',
    url: '/v1/quarantine/dismiss',
    config: { permission: 'admin' },
    schema: {
      summary: 'Settle records of the quarantine that are worth nothing',
      description: 'They stay on disk, and are shown with `settled`. Who dismissed how many, and why, is on record.',
      tags: ['coverage'],
      body: {
        type: 'object',
        required: ['ids', 'reason'],
        additionalProperties: false,
        properties: { ids: IDS, reason: { type: 'string', minLength: 1, maxLength: 500 } },
      },
      response: { 200: { description: 'How many.', type: 'object', properties: { dismissed: { type: 'integer' } } } },
    },
    handler: async (request) => {
      const by = mustHave(request.principal, 'the principal of a route that demands a permission');
      const { ids, reason } = request.body;
      const open: string[] = [];
      for (const id of ids) if ((await intake.view.get(id))?.shown.mark === null) open.push(id);
      await reads.record(request, {
        eventType: 'quarantine.dismiss',
        action: 'update',
        resource: 'quarantine',
        resourceType: 'quarantine',
        rowCount: open.length,
        attributes: { ids: open.slice(0, UNREAD_TOLD_MAX), reason },
      });
      await intake.view.settle(
        open.map((id) => ({ id, result: 'dismissed' })),
        by.name,
      );
      return { dismissed: open.length };
    },
  });
}

function summary(done: readonly Reimported[]) {
  const count = (result: Reimported['result']) => done.filter((one) => one.result === result).length;
  const unread = done.filter(({ result }) => result === 'unread');
  return {
    event: count('event'),
    duplicate: count('duplicate'),
    noise: count('noise'),
    dismissed: count('dismissed'),
    unread: unread.length,
    reasons: unread.slice(0, UNREAD_TOLD_MAX).map(({ id, code = '', reason = '' }) => ({ id, code, reason })),
  };
}

const WORDS = { type: 'string' } as const;
const NUMBER_OR_NULL = { type: ['integer', 'null'] } as const;
const GROUP = {
  type: 'object',
  properties: {
    source: WORDS,
    format: WORDS,
    code: WORDS,
    count: { type: 'integer' },
    open: { type: 'integer', description: 'Neither imported again nor dismissed.' },
    last: WORDS,
  },
} as const;
const RECORD = {
  type: 'object',
  properties: {
    id: ID,
    at: WORDS,
    producer: WORDS,
    source: WORDS,
    format: WORDS,
    code: WORDS,
    field: WORDS,
    reason: WORDS,
    line: NUMBER_OR_NULL,
    file: { type: ['string', 'null'] },
    content: {
      type: 'object',
      description: 'kind text, base64 or item with its value, redacted; kind none when it was too long to be kept.',
    },
    bytes: { ...NUMBER_OR_NULL, description: 'Length of what came, when more than is kept.' },
    mark: {
      type: ['object', 'null'],
      properties: { result: { enum: ['event', 'duplicate', 'noise', 'dismissed'] }, at: WORDS, by: WORDS },
    },
  },
} as const;
