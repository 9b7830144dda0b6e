import type { Readable } from 'node:stream';
import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Base, Principal } from '../../base/types.ts';
import { BODY_BYTES_MAX, type Intake } from '../../intake/index.ts';
import { ASIDE_OPERATIONS } from './aside-operations.ts';
import { type BytesInFlight, isBody, readBody } from './body.ts';

const TYPES = /^application\/(?:json|x-ndjson|ndjson)\s*(?:;|$)/;

type Take = (principal: Principal, body: Buffer) => ReturnType<Intake['quarantineBody']>;

/** What importers and agents tell beside events: POST /v1/quarantine and POST /v1/capture-counts. */
export async function mountAside(base: Pick<Base, 'http' | 'access'>, intake: Intake, inFlight: BytesInFlight): Promise<void> {
  await base.http.register(async (scope) => {
    scope.addContentTypeParser(TYPES, { bodyLimit: BODY_BYTES_MAX }, (request: FastifyRequest, payload: Readable) =>
      readBody(payload, request.headers, { bytesMax: BODY_BYTES_MAX, inFlight }),
    );
    const route = (url: keyof typeof ASIDE_OPERATIONS, summary: string, take: Take) =>
      scope.route({
        method: 'POST',
        url,
        config: { permission: 'events:write', openapi: ASIDE_OPERATIONS[url] },
        bodyLimit: BODY_BYTES_MAX,
        schema: { summary, tags: ['capture'] },
        handler: (request, reply) => answer(base, take, request, reply),
      });
    route('/v1/quarantine', 'Put lines aside that no parser understands', (principal, body) => intake.quarantineBody(principal, body));
    route('/v1/capture-counts', 'Tell what became of lines', (principal, body) => intake.countsBody(principal, body));
  });
}

async function answer(base: Pick<Base, 'access'>, take: Take, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const body: unknown = request.body;
  if (!isBody(body)) throw new DaybookError('bad_request', 'The request has no body; send lines of JSON.');
  try {
    const told = await take(base.access.require(request, 'events:write'), body.bytes);
    const status = told.rejected.length === 0 ? 200 : told.kept + told.dropped > 0 ? 207 : 400;
    return await reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(told));
  } finally {
    body.release();
  }
}
