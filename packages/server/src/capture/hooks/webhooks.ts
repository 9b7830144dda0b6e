import { formatNamed, openReader } from '@daybook/formats';
import { DaybookError, type Json, parseStrictBytes } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress } from '../../base/client-address.ts';
import type { Base, Principal } from '../../base/types.ts';
import { stepsOf, type Webhook } from '../../base/webhook-settings.ts';
import type { IntakeReply } from '../../intake/index.ts';
import { BytesInFlight, isBody } from '../http/body.ts';
import { takeRawBodies } from '../http/raw-route.ts';
import { type HttpReceiver, Judged } from '../judged/judged.ts';
import { liveContext } from '../live-context.ts';
import { sourcePrincipal } from '../source-principal.ts';
import { type Delivery, type Verdict } from './delivery.ts';
import { mapped, valueOf } from './mapping.ts';
import { cloudevents } from './presets/cloudevents.ts';
import { github } from './presets/github.ts';
import { gitlab } from './presets/gitlab.ts';
import { jenkins } from './presets/jenkins.ts';
import { isSigned, mustBeSigned } from './signature.ts';
import { CLOUDEVENTS_OPERATION, WEBHOOK_OPERATION } from './webhook-operations.ts';
import { WrongSignatures } from './wrong-signatures.ts';

export type HooksBase = Pick<Base, 'config' | 'http' | 'access' | 'stopping' | 'log' | 'clock'>;

const TYPES =
  /^(?:application\/(?:json|x-ndjson|cloudevents\+json|cloudevents-batch\+json|[a-z0-9.-]+\+json)|text\/plain|text\/json)\s*(?:;|$)/;
/** Whoever has no token yet must not take the room of those who have: bodies that wait for their signature's check have a bound of their own. */
const UNCHECKED_BYTES_MAX = 32 * 1024 * 1024;
const PARSER_BYTES_MAX = 16 * 1024 * 1024;
const CLOUDEVENTS_BYTES_MAX = 4 * 1024 * 1024;
/** A push tells of thousands of commits. */
const JSON_LIMITS = { depthMax: 32, keysMax: 2048, valuesMax: 200_000 } as const;

const PRESETS = { github, gitlab, jenkins, cloudevents } as const;
/** What POST /v1/capture/cloudevents is: for producers with a token. */
const CLOUDEVENTS: Webhook = {
  source: undefined,
  preset: 'cloudevents',
  format: undefined,
  map: undefined,
  items: undefined,
  eventId: undefined,
  signature: undefined,
  bodyBytesMax: CLOUDEVENTS_BYTES_MAX,
};

/** POST /v1/capture/webhooks/{name} and POST /v1/capture/cloudevents. */
export async function mountWebhooks(base: HooksBase, receiver: HttpReceiver, inFlight: BytesInFlight): Promise<void> {
  const door = new WebhookDoor(base, receiver);
  const hooks = new Map(Object.entries(base.config.capture.webhooks));
  await base.http.register(async (scope) => {
    const unchecked = new BytesInFlight(UNCHECKED_BYTES_MAX);
    takeRawBodies(scope, TYPES, {
      inFlight: unchecked,
      bytesMax: (request) => hookOf(hooks, request).bodyBytesMax,
      parserBytesMax: PARSER_BYTES_MAX,
    });
    // Before the body: who has neither token nor signature sends it for nothing.
    scope.addHook('onRequest', async (request) => door.knock(hookOf(hooks, request), request));
    scope.route({
      method: 'POST',
      url: '/v1/capture/webhooks/:name',
      config: { permission: 'public', openapi: WEBHOOK_OPERATION },
      bodyLimit: PARSER_BYTES_MAX,
      schema: { summary: 'Deliver a webhook', tags: ['capture'] },
      handler: (request, reply) => door.deliver(hookOf(hooks, request), request, reply),
    });
  });
  await base.http.register(async (scope) => {
    takeRawBodies(scope, TYPES, { inFlight, bytesMax: () => CLOUDEVENTS_BYTES_MAX, parserBytesMax: CLOUDEVENTS_BYTES_MAX });
    scope.route({
      method: 'POST',
      url: '/v1/capture/cloudevents',
      config: { permission: 'events:write', openapi: CLOUDEVENTS_OPERATION },
      bodyLimit: CLOUDEVENTS_BYTES_MAX,
      schema: { summary: 'Send CloudEvents', tags: ['capture'] },
      handler: (request, reply) => door.deliver(CLOUDEVENTS, request, reply),
    });
  });
}

function hookOf(hooks: ReadonlyMap<string, Webhook>, request: FastifyRequest): Webhook {
  const name = (request.params as { readonly name?: string }).name ?? ''; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the route's own parameter
  const hook = hooks.get(name);
  if (hook === undefined)
    throw new DaybookError('not_found', 'There is no webhook of this name; name it in daybook.yaml under capture.webhooks.');
  return hook;
}

class WebhookDoor {
  readonly #base: HooksBase;
  readonly #receiver: HttpReceiver;
  readonly #wrong: WrongSignatures;

  constructor(base: HooksBase, receiver: HttpReceiver) {
    this.#base = base;
    this.#receiver = receiver;
    this.#wrong = new WrongSignatures(base.clock);
  }

  knock({ signature }: Webhook, request: FastifyRequest): void {
    if (signature === undefined) {
      this.#base.access.require(request, 'events:write');
      return;
    }
    this.#wrong.check(clientAddress(request.ip));
    mustBeSigned(signature, request.headers);
  }

  async deliver(hook: Webhook, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body: unknown = request.body;
    if (!isBody(body)) throw new DaybookError('bad_request', 'The delivery has no body.');
    try {
      const principal = this.#sender(hook, request, body.bytes);
      const rejected = await this.#keep(hook, principal, request, body.bytes);
      return await reply.code(200).type('application/json; charset=utf-8').send(JSON.stringify({ rejected }));
    } finally {
      body.release();
    }
  }

  /** Who it is, or 401: then nothing of it is kept. */
  #sender({ signature, source }: Webhook, request: FastifyRequest, body: Uint8Array): Principal {
    if (signature === undefined) return this.#base.access.require(request, 'events:write');
    if (isSigned(signature, request.headers, body, this.#base.clock.nowMicros() / 1_000_000))
      return sourcePrincipal('webhook', source ?? '');
    const address = clientAddress(request.ip);
    this.#wrong.add(address);
    this.#receiver.metrics.refused.inc({ receiver: 'webhook', why: 'signature' });
    this.#base.log.warn({ address, url: request.routeOptions.url }, 'a delivery had a wrong signature; nothing of it was kept');
    throw new DaybookError('signature_wrong', 'The signature is not that of this body with our secret; nothing was kept.');
  }

  async #keep(hook: Webhook, principal: Principal, request: FastifyRequest, body: Buffer): Promise<IntakeReply['rejected']> {
    const source = sourceOf(hook, principal);
    const judged = new Judged(this.#receiver, 'webhook', principal, source);
    const more = `,"source":${JSON.stringify(source)}`;
    if (hook.format === undefined) this.#judgeDelivery(hook, judged, more, { headers: request.headers, body: parsed(request, body) });
    else this.#judgeLines(hook.format, judged, more, body);
    return judged.keep();
  }

  #judgeDelivery(hook: Webhook, judged: Judged, more: string, delivery: Delivery): void {
    const name = hook.preset ?? 'webhook';
    const verdicts =
      hook.map === undefined
        ? PRESETS[hook.preset ?? 'cloudevents'](delivery)
        : mapped(hook.map, hook.items === undefined ? undefined : stepsOf(hook.items), delivery);
    const ids = hook.eventId === undefined ? undefined : valueOf(hook.eventId, delivery.body, delivery.headers);
    for (const [i, verdict] of verdicts.entries()) judge(verdict, i, { judged, name, more, delivery, id: idOf(ids, i, verdicts.length) });
  }

  #judgeLines(name: string, judged: Judged, more: string, body: Buffer): void {
    const format = formatNamed(name);
    if (format === undefined) throw new DaybookError('internal', `There is no format ${name}.`);
    const reader = openReader(format, liveContext(this.#base.clock, {}, 'UTC'));
    for (const result of [...reader.push(body), ...reader.end()]) judged.result(format, result, more);
  }
}

interface Judging {
  readonly judged: Judged;
  readonly name: string;
  readonly more: string;
  readonly delivery: Delivery;
  readonly id: string | undefined;
}

function judge(verdict: Verdict, item: number, { judged, name, more, delivery, id }: Judging): void {
  switch (verdict.kind) {
    case 'event':
      return judged.event(name, id === undefined ? verdict.fields : { ...verdict.fields, event_id: id }, more, item);
    case 'noise':
      return judged.noise(name, verdict.code);
    case 'quarantine':
      return judged.quarantine(name, verdict, Buffer.from(JSON.stringify(delivery.body)));
    default:
      return verdict satisfies never;
  }
}

/** Several events of one delivery need an id each. */
function idOf(id: Json | undefined, item: number, of: number): string | undefined {
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  return of === 1 ? String(id) : `${id}:${item}`;
}

function sourceOf({ source }: Webhook, { name, sources }: Principal): string {
  if (source === undefined) return name;
  if (sources !== null && !sources.includes(source))
    throw new DaybookError('forbidden', 'The token does not own the source of this webhook.');
  return source;
}

/** JSON whatever the content type calls it; the data of a binary CloudEvent may be a text. */
function parsed(request: FastifyRequest, body: Buffer): Json {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('text/plain') && request.headers['ce-specversion'] !== undefined) return body.toString('utf8');
  const result = parseStrictBytes(body, JSON_LIMITS);
  if (result.ok) return result.value;
  throw new DaybookError('bad_request', `The body is not JSON: ${result.message} at character ${result.at}. Nothing of it was kept.`);
}
