import type { Readable } from 'node:stream';
import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Base } from '../../base/types.ts';
import { BODY_BYTES_MAX, type BodyFormat, type Channel, type Envelope, type Intake, type IntakeReply, srcOf } from '../../intake/index.ts';
import { type BytesInFlight, isBody, readBody } from './body.ts';
import { EVENTS_OPERATION } from './events-operation.ts';

const JSON_TYPE = /^application\/json\b/;
const PROTOBUF_TYPE = /^application\/(?:x-)?protobuf\b/;
/** The content types that this route takes. A charset other than UTF-8 would be refused by the check of the bytes. */
const TYPES = /^application\/(?:json|x-ndjson|ndjson|x-protobuf|protobuf)\s*(?:;|$)/;
const CHANNELS: ReadonlySet<string> = new Set<Channel>(['app', 'gateway', 'importer', 'api', 'agent']);

/** POST /v1/events. */
export async function mountEvents(
  base: Pick<Base, 'http' | 'access' | 'stopping'>,
  intake: Intake,
  inFlight: BytesInFlight,
): Promise<void> {
  await base.http.register(async (scope) => {
    scope.addContentTypeParser(TYPES, { bodyLimit: BODY_BYTES_MAX }, (request: FastifyRequest, payload: Readable) =>
      readBody(payload, request.headers, { bytesMax: BODY_BYTES_MAX, inFlight }),
    );
    scope.route({
      method: 'POST',
      url: '/v1/events',
      config: { permission: 'events:write', openapi: EVENTS_OPERATION },
      bodyLimit: BODY_BYTES_MAX,
      schema: { summary: 'Send events', tags: ['events'] },
      handler: (request, reply) => take(base, intake, request, reply),
    });
  });
}

async function take(
  base: Pick<Base, 'access' | 'stopping'>,
  intake: Intake,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body: unknown = request.body;
  if (!isBody(body)) throw new DaybookError('bad_request', 'The request has no body; send JSON, NDJSON or a daybook.v1.EventBatch.');
  try {
    const principal = base.access.require(request, 'events:write');
    const answer = await intake.accept({
      principal,
      channel: channelOf(request),
      envelope: envelopeOf(request, principal.name),
      format: formatOf(request.headers['content-type'] ?? ''),
      body: body.bytes,
      wait: waitOf(request),
      signal: base.stopping,
    });
    return await reply.code(statusOf(answer)).type('application/json; charset=utf-8').send(JSON.stringify(answer));
  } finally {
    body.release();
  }
}

function formatOf(type: string): BodyFormat {
  if (JSON_TYPE.test(type)) return 'json';
  return PROTOBUF_TYPE.test(type) ? 'protobuf' : 'ndjson';
}

/** 200 all kept (or known), 207 some, 400 none. */
function statusOf(answer: IntakeReply): number {
  if (answer.rejected.length === 0) return 200;
  return answer.accepted + answer.duplicates.length > 0 ? 207 : 400;
}

function waitOf(request: FastifyRequest): 'durable' | 'committed' {
  const query = new URLSearchParams(request.url.split('?', 2)[1] ?? '');
  for (const key of query.keys()) {
    if (key !== 'wait')
      throw new DaybookError('bad_request', `The parameter ${key.slice(0, 64)} is not known here; there is wait=committed.`);
  }
  const wait = query.get('wait') ?? 'durable';
  if (wait !== 'durable' && wait !== 'committed') throw new DaybookError('bad_request', 'wait is durable or committed.');
  return wait;
}

function channelOf(request: FastifyRequest): Channel {
  const channel = header(request, 'x-daybook-channel') ?? 'api';
  if (!isChannel(channel)) throw new DaybookError('bad_request', `x-daybook-channel is one of ${[...CHANNELS].join(', ')}.`);
  return channel;
}

/** An importer's `src` and first `sseq`: the items are then another system's own words. */
function envelopeOf(request: FastifyRequest, name: string): Envelope | undefined {
  const src = header(request, 'x-daybook-src');
  if (src === undefined) return undefined;
  const first = header(request, 'x-daybook-sseq');
  if (first !== undefined && !/^\d{1,15}$/.test(first))
    throw new DaybookError('bad_request', 'x-daybook-sseq is an integer of at most 15 digits.');
  try {
    return { src: srcOf(src, name), sseqFirst: first === undefined ? undefined : Number(first) };
  } catch (error) {
    throw new DaybookError('bad_request', `x-daybook-src: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

function isChannel(text: string): text is Channel {
  return CHANNELS.has(text);
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
