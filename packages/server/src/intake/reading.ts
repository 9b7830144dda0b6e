import { parseStrict } from '@daybook/protocol';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { CANARY_WORD } from '../base/source-settings.ts';
import type { Clock } from '../base/types.ts';
import { LogBatch } from './batch.ts';
import { contentHash } from './content-hash.ts';
import type { Decider } from './decide.ts';
import { ABSENT, Draft } from './draft.ts';
import { keyName } from './scan.ts';
import { Emitter } from './emit.ts';
import { F } from './field-codes.ts';
import type { FoldRules } from './fold-rules.ts';
import { type ItemSource, JsonItems } from './items.ts';
import { EVENT_BYTES_MAX, ITEM_BYTES_MAX, SLICE_AGENTS, SLICE_BYTES, SLICE_ITEMS } from './limits.ts';
import { EventJson } from './protobuf/event-json.ts';
import { ProtobufItems } from './protobuf/items.ts';
import type { Refused } from './quarantine-record.ts';
import type { Redaction } from './redact.ts';
import { producerOf } from './replay.ts';
import { type RequestContext, receiveTime, requestContext } from './request-context.ts';
import type { IntakeReply, IntakeRequest } from './types.ts';
import { isObject, textAt } from './values.ts';

/** Everything that a body says, decided: what goes to which log, and what is refused. Nothing is kept yet. */
export interface Reading {
  /** By number of the log. */
  readonly batches: readonly LogBatch[];
  readonly rejected: IntakeReply['rejected'][number][];
  readonly quarantine: Refused[];
  readonly unparseable: number;
  readonly conflicts: number;
  readonly redacted: number;
}

export interface ReaderParts {
  readonly decider: Decider;
  readonly redaction: Redaction;
  /** undefined: nothing is ever folded. */
  readonly folding?: FoldRules | undefined;
  readonly clock: Clock;
  readonly logCount: number;
  /** Seed of content hashes. */
  readonly seed: number;
}

/** Reads bodies. One for all requests: its scratch is used only within a slice, which nothing interrupts. */
export class BodyReader {
  readonly #parts: ReaderParts;
  readonly #emitter = new Emitter();
  readonly #draft = new Draft(keyName);
  /** Protocol Buffers become JSON here, item by item. */
  readonly #json = new EventJson(ITEM_BYTES_MAX);

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** Decides a whole body, with pauses between slices. Throws DaybookError when the body as such is none. */
  async read(request: IntakeRequest): Promise<Reading> {
    const { clock, decider, logCount } = this.#parts;
    const items = this.#items(request);
    let context = requestContext({ ...request, nowMicros: clock.nowMicros() });
    const batches = Array.from({ length: logCount }, () => NO_EVENTS);
    const reading = {
      batches,
      rejected: [],
      quarantine: [],
      unparseable: 0,
      conflicts: 0,
      redacted: 0,
      expectedBytes: request.body.length,
    };
    let sliceItems = 0;
    let sliceFrom = items.done;
    let agentsFrom = decider.agentsParsed;
    for (let found = items.next(); found !== 'end'; found = items.next()) {
      if (found === 'item') {
        this.#item(items, context, reading);
        if (++sliceItems < SLICE_ITEMS && items.done - sliceFrom < SLICE_BYTES && decider.agentsParsed - agentsFrom < SLICE_AGENTS)
          continue;
      }
      // Other requests use the same scratch meanwhile: nothing of an item may be needed behind this line.
      await yieldToOthers();
      context = { ...context, received: receiveTime(clock.nowMicros()) };
      sliceItems = 0;
      sliceFrom = items.done;
      agentsFrom = decider.agentsParsed;
    }
    return reading;
  }

  #items({ format, body, envelope }: IntakeRequest): ItemSource {
    const foreignKeys = envelope !== undefined;
    if (format === 'protobuf') return new ProtobufItems({ draft: this.#draft, json: this.#json }, body, { foreignKeys });
    return new JsonItems(this.#draft, body, { format, foreignKeys });
  }

  #item(items: ItemSource, context: RequestContext, reading: MutableReading): void {
    const { decider, redaction } = this.#parts;
    const { draft, item } = items;
    const log = draft.fault === undefined ? decider.decide(draft, context, item) : -1;
    if (log < 0) {
      this.#refuse(draft, item, context, reading);
      return;
    }
    reading.conflicts += draft.conflicts;
    reading.redacted += redaction.applied.length;
    const batch = batchOf(reading, log);
    const place = batch.size;
    const bytes = this.#emitter.write(draft, batch);
    if (draft.kind[F.eventId] !== ABSENT) {
      batch.claims.set(place, {
        eventId: textAt(draft, F.eventId),
        content: contentHash(batch.bytes, batch.used - bytes, batch.used, this.#parts.seed),
      });
    }
    if (bytes > EVENT_BYTES_MAX) batch.long.push(place);
    else if (this.#parts.folding !== undefined) this.#fold(this.#parts.folding, log, batch);
    batch.src.push(decider.src);
    batch.sseq.push(decider.sseq);
    batch.items.push(item);
    if (decider.sseq !== undefined) batch.hasSseq = true;
    batch.lo |= draft.lo;
    batch.hi |= draft.hi;
  }

  /** Notes by what the item that was written last may be counted in another one. */
  #fold(rules: FoldRules, log: number, batch: LogBatch): void {
    const { src, marks } = this.#parts.decider;
    const key = rules.keyOf(this.#draft, { log, src, marks });
    const place = batch.size - 1;
    // What a canary did is looked for by its marker, wherever that stands.
    if (key !== undefined && !batch.event(place).includes(CANARY)) batch.folds.set(place, key);
  }

  #refuse(draft: Draft, item: number, { principal, envelope }: RequestContext, reading: MutableReading): void {
    const fault = draft.fault ?? { code: 'json_syntax', field: '', message: 'Not JSON.' };
    const { redaction } = this.#parts;
    redaction.applied.length = 0;
    // The path of a field is made of the sender's keys, which may be as secret as values.
    reading.rejected.push({ item, code: fault.code, field: redaction.text(fault.field, ''), message: redaction.text(fault.message, '') });
    const parsed =
      draft.end - draft.start <= QUARANTINED_BYTES_MAX ? parseStrict(draft.bytes.toString('utf8', draft.start, draft.end)) : undefined;
    if (parsed?.ok !== true) {
      reading.unparseable++;
      return;
    }
    const own = isObject(parsed.value) && envelope === undefined ? parsed.value : {};
    const { src = envelope?.src, sseq = envelope?.sseqFirst === undefined ? undefined : envelope.sseqFirst + item } = own;
    reading.quarantine.push({
      producer: principal.name,
      code: fault.code,
      field: fault.field,
      item: parsed.value,
      // Only what is surely of this producer explains a gap of its counter.
      src: typeof src === 'string' && producerOf(src) === principal.name ? redaction.text(src, 'src') : undefined,
      sseq: typeof sseq === 'number' ? sseq : undefined,
    });
  }
}

/** A single event, which is a request of its own, goes to one log: the batches of the others are never made. Nothing is added to this one. */
const NO_EVENTS = new LogBatch();

function batchOf(reading: MutableReading, log: number): LogBatch {
  const { batches } = reading;
  const batch = batches[log];
  if (batch !== undefined && batch !== NO_EVENTS) return batch;
  // Of a request's events most go to the log of its first one, and are about as long as they came.
  const made = new LogBatch(reading.expectedBytes);
  reading.expectedBytes = 0;
  return (batches[log] = made);
}

const CANARY = Buffer.from(CANARY_WORD);

type MutableReading = { -readonly [K in keyof Reading]: Reading[K] } & { readonly batches: LogBatch[]; expectedBytes: number };

/** Longer items are not parsed a second time only to be put aside. */
const QUARANTINED_BYTES_MAX = 64 * 1024;
