import { setMaxListeners } from 'node:events';
import type { Stages } from './stages.ts';

/** As far back as counts of lines are kept, and further than anybody waits for a kind of access. */
const DAYS_MAX = 100;
const DAYS_DEFAULT = 30;

/** What is expected, what was seen of it, and what is missing. */
export function mountCoverage({ base, watch, reads }: Stages): void {
  base.http.route<{ Querystring: { days: number } }>({
    method: 'GET',
    url: '/v1/coverage',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'Are all expected accesses captured?',
      description:
        'Each source × kind of access: seen in the last `days` days, proven by a canary, or missing; sources that are silent for longer than is normal; gaps in the numbers of producers; what became of lines. `answer` is `no` when something expected is missing: see `problems`. What is expected stands in daybook.yaml (`sources`, `canaries`). Within a scope of whole sources one sees these alone; within any other scope, counts of the rows that one may see.',
      tags: ['coverage'],
      querystring: { type: 'object', properties: { days: { type: 'integer', minimum: 1, maximum: DAYS_MAX, default: DAYS_DEFAULT } } },
      response: { 200: { description: 'The coverage.', ...COVERAGE } },
    },
    handler: async (request, reply) => {
      const { days } = request.query;
      await reads.record(request, {
        eventType: 'coverage.view',
        action: 'query',
        resource: 'coverage',
        resourceType: 'report',
        attributes: { days },
      });
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, base.stopping]);
      setMaxListeners(0, signal);
      return watch.coverage({ days, scope: request.principal?.scope ?? null, signal });
    },
  });
  base.http.route<{ Params: { name: string } }>({
    method: 'POST',
    url: '/v1/canaries/:name/run',
    config: { permission: 'admin' },
    schema: {
      summary: 'Run a canary now',
      description:
        'Answers when its event was found, or when its limit is over. What a canary does stands in daybook.yaml and nowhere else.',
      tags: ['coverage'],
      params: { type: 'object', properties: { name: { type: 'string', maxLength: 64 } } },
      response: { 200: { description: 'How it went.', ...CANARY } },
    },
    handler: async (request) => {
      const { name } = request.params;
      await reads.record(request, { eventType: 'canary.run', action: 'execute', resource: `canary/${name}`, resourceType: 'canary' });
      return watch.canaries.run(name);
    },
  });
}

const TEXT = { type: 'string' } as const;
const TEXT_OR_NULL = { type: ['string', 'null'] } as const;
const COUNT = { type: 'integer' } as const;
const KINDS = { type: 'object', additionalProperties: COUNT } as const;
const list = <T extends object>(items: T) => ({ type: 'array', items }) as const;

const CANARY = {
  type: 'object',
  properties: {
    name: TEXT,
    kind: { enum: ['http', 'postgres', 'sshd'] },
    source: TEXT,
    proves: TEXT,
    every_s: COUNT,
    within_s: COUNT,
    running: { type: 'boolean' },
    last: {
      type: ['object', 'null'],
      properties: {
        at: TEXT,
        result: { enum: ['seen', 'not_seen', 'wrong_source', 'wrong_kind'] },
        visible_ms: { type: ['number', 'null'], description: 'From the beginning of the action until its event could be found.' },
        reason: TEXT,
      },
    },
  },
} as const;

const PROBLEM = {
  type: 'object',
  properties: {
    code: { enum: ['never_seen', 'silent', 'canary_failed', 'gap', 'unregistered', 'quarantine'] },
    source: TEXT,
    kind: TEXT_OR_NULL,
    message: TEXT,
  },
} as const;

const CELL = {
  type: 'object',
  properties: {
    kind: TEXT,
    expected: { type: 'boolean' },
    state: { enum: ['seen', 'proven', 'missing'] },
    count: COUNT,
    last: TEXT_OR_NULL,
    canary: { type: ['object', 'null'], properties: { name: TEXT, result: TEXT, at: TEXT, visible_ms: { type: ['number', 'null'] } } },
  },
} as const;

const GAP = { type: 'object', properties: { producer: TEXT, src: TEXT, first: COUNT, last: COUNT, since: TEXT } } as const;

const SOURCE = {
  type: 'object',
  properties: {
    name: TEXT,
    registered: { type: 'boolean' },
    owner: TEXT,
    note: TEXT,
    silence_s: { type: ['integer', 'null'], description: 'Longest normal silence.' },
    events: COUNT,
    last: TEXT_OR_NULL,
    silent_since: TEXT_OR_NULL,
    cells: list(CELL),
    lines: {
      type: ['object', 'null'],
      description: 'What became of lines, as importers and agents told.',
      properties: { events: COUNT, noise: KINDS, folded: KINDS, quarantine: KINDS },
    },
    quarantine: { ...COUNT, description: 'Records in quarantine that nobody settled.' },
    gaps: list(GAP),
  },
} as const;

const COVERAGE = {
  type: 'object',
  required: ['answer', 'problems', 'sources'],
  properties: {
    at: TEXT,
    from: TEXT,
    days: COUNT,
    answer: { enum: ['yes', 'no', 'nothing_expected'] },
    index_lag_ms: COUNT,
    kinds: list({ type: 'object', properties: { name: TEXT, label: TEXT, doc: TEXT, filter: TEXT } }),
    problems: list(PROBLEM),
    notes: list(PROBLEM),
    sources: list(SOURCE),
    canaries: list(CANARY),
  },
} as const;
