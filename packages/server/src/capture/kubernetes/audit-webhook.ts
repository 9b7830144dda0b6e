import { formatNamed, openReader } from '@daybook/formats';
import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Base } from '../../base/types.ts';
import { type BytesInFlight, isBody } from '../http/body.ts';
import { takeRawBodies } from '../http/raw-route.ts';
import { type HttpReceiver, Judged } from '../judged/judged.ts';
import { liveContext } from '../live-context.ts';

export type KubernetesBase = Pick<Base, 'config' | 'http' | 'access' | 'stopping' | 'log' | 'clock'>;

/** `--audit-webhook-batch-max-size` is 400 events; with request objects, some 10 MiB. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that are read without a pause. */
const PIECE_BYTES = 256 * 1024;

const OPERATION = {
  description:
    'The audit webhook of a Kubernetes API server: an EventList of audit.k8s.io/v1, by producer token or client certificate. Answered 200 when it is durable: until then the API server keeps its events and sends them again. An event is known by its auditID and stage.',
  requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
  responses: { 200: { description: 'Durable. What could not be read lies in quarantine.' } },
} as const;

/** POST /v1/capture/kubernetes. */
export async function mountKubernetes(base: KubernetesBase, receiver: HttpReceiver, inFlight: BytesInFlight): Promise<void> {
  await base.http.register(async (scope) => {
    takeRawBodies(scope, /^application\/json\s*(?:;|$)/, { inFlight, bytesMax: () => BODY_BYTES_MAX, parserBytesMax: BODY_BYTES_MAX });
    scope.route({
      method: 'POST',
      url: '/v1/capture/kubernetes',
      config: { permission: 'events:write', openapi: OPERATION },
      bodyLimit: BODY_BYTES_MAX,
      schema: { summary: 'Take the audit events of a Kubernetes API server', tags: ['capture'] },
      handler: (request, reply) => take(base, receiver, request, reply),
    });
  });
}

async function take(base: KubernetesBase, receiver: HttpReceiver, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const body: unknown = request.body;
  if (!isBody(body)) throw new DaybookError('bad_request', 'The request has no body; an API server sends an EventList.');
  try {
    const principal = base.access.require(request, 'events:write');
    const format = formatNamed('kubernetes-audit');
    if (format === undefined) throw new DaybookError('internal', 'This build has no format kubernetes-audit.');
    const source = base.config.capture.kubernetes.source ?? principal.name;
    if (principal.sources !== null && !principal.sources.includes(source))
      throw new DaybookError('forbidden', 'The token does not own the source of capture.kubernetes.');
    const judged = new Judged(receiver, 'kubernetes', principal, source);
    const more = `,"source":${JSON.stringify(source)}`;
    const reader = openReader(format, liveContext(base.clock, {}, 'UTC'));
    for (let from = 0; from < body.bytes.length; from += PIECE_BYTES) {
      for (const result of reader.push(body.bytes.subarray(from, from + PIECE_BYTES)))
        judged.result(format, result, `${more}${idOf(result.event)}`);
      await yieldToOthers();
    }
    for (const result of reader.end()) judged.result(format, result, `${more}${idOf(result.event)}`);
    const rejected = await judged.keep();
    return await reply.code(200).type('application/json; charset=utf-8').send(JSON.stringify({ rejected }));
  } finally {
    body.release();
  }
}

/** An API server sends a batch again when it heard no answer: its events are known by auditID and stage. */
function idOf(event: Readonly<Record<string, unknown>> | undefined): string {
  const id = event?.['source_event_id'];
  return typeof id !== 'string' || event?.['event_id'] !== undefined ? '' : `,"event_id":${JSON.stringify(id)}`;
}
