import type { FastifyReply } from 'fastify';
import { openApiOf } from './openapi.ts';
import type { Stages } from './stages.ts';

/** What anyone may ask: whether it lives, whether it is ready, how much it does, what it can be asked. Counts and states only. */
export function mountStatus(stages: Stages): void {
  mountHealth(stages);
  mountReady(stages);
  mountMetrics(stages);
  mountOpenApi(stages);
}

function mountHealth({ base }: Stages): void {
  base.http.route({
    method: 'GET',
    url: '/healthz',
    exposeHeadRoute: true,
    config: { permission: 'public' },
    schema: { summary: 'Whether the process lives', tags: ['status'], response: { 200: { description: 'It does.', type: 'object' } } },
    handler: () => ({ status: 'ok' }),
  });
}

function mountReady(stages: Stages): void {
  stages.base.http.route<{ Querystring: { query?: '1' } }>({
    method: 'GET',
    url: '/readyz',
    exposeHeadRoute: true,
    config: { permission: 'public' },
    schema: {
      summary: 'Whether the server takes and answers requests',
      description:
        '200 once ledger and engine were both up, and look-ups warmed up, which takes a second or two on a large ledger. Later trouble of the engine shows in the body, since events are kept all the same; trouble of the ledger is 503. With `query=1` the engine must be up now.',
      tags: ['status'],
      querystring: { type: 'object', additionalProperties: false, properties: { query: { enum: ['1'] } } },
      response: {
        200: { description: 'Ready.', type: 'object' },
        503: { description: 'Not ready; the body has the same form.', type: 'object' },
      },
    },
    handler: (request, reply) => sendReadiness(stages, request.query.query === '1', reply),
  });
}

function sendReadiness({ ledger, query }: Stages, strict: boolean, reply: FastifyReply): FastifyReply {
  const engine = query.engine();
  const index = query.index();
  const health = ledger.health();
  const ready = health.ok && engine.wasUp && query.warm() && (engine.up || !strict);
  return reply.code(ready ? 200 : 503).send({
    status: !ready ? 'unready' : engine.up ? 'ready' : 'degraded',
    ledger: health.ok ? { up: true } : { up: false, code: health.code ?? 'ledger_unavailable' },
    engine: { up: engine.up, was_up: engine.wasUp, warm: query.warm() },
    index: {
      lag_ms: index.lagMs,
      logs: index.logs.map(({ log, indexed, ledgerSize }) => ({ log, indexed, size: ledgerSize })),
    },
  });
}

function mountMetrics({ base }: Stages): void {
  base.http.route({
    method: 'GET',
    url: '/metrics',
    config: { permission: 'public' },
    schema: {
      summary: 'Metrics (OpenMetrics)',
      description:
        'Counts and durations with labels from closed sets; nothing out of an event. Takes no token, as the usual scrapers expect.',
      tags: ['status'],
      response: {
        200: { description: 'OpenMetrics 1.0.0 text.', content: { 'application/openmetrics-text': { schema: { type: 'string' } } } },
      },
    },
    handler: async (_request, reply) => reply.type(base.metrics.contentType).send(await base.metrics.metrics()),
  });
}

function mountOpenApi({ base }: Stages): void {
  let text: string | undefined;
  base.http.route({
    method: 'GET',
    url: '/openapi.json',
    config: { permission: 'public' },
    schema: {
      summary: 'This interface in OpenAPI 3.1',
      tags: ['status'],
      response: { 200: { description: 'The document.', type: 'object' } },
    },
    handler: (_request, reply) => {
      // All routes are mounted before the first request: the document never changes afterwards.
      text ??= JSON.stringify(openApiOf(base.routes.all()));
      return reply.type('application/json; charset=utf-8').send(text);
    },
  });
}
