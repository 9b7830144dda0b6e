import { BYTES, DaybookError, PROTOBUF_BATCH_EVENTS, WireFault, WireReader } from '@daybook/protocol';
import type { Draft, Fault } from '../draft.ts';
import type { ItemSource } from '../items.ts';
import { ITEM_BYTES_MAX, ITEMS_MAX } from '../limits.ts';
import { scanItem } from '../scan.ts';
import { Rejection } from '../values.ts';
import type { EventJson } from './event-json.ts';

export interface Scratch {
  readonly draft: Draft;
  readonly json: EventJson;
}

/**
 * The items of an EventBatch: each event is written as JSON into scratch of its own and scanned like any other. A broken event is one broken item; a
 * batch whose own frame is broken was cut off, or is none: nothing of it can be taken.
 */
export class ProtobufItems implements ItemSource {
  readonly draft: Draft;
  item = -1;
  readonly #json: EventJson;
  readonly #body: Buffer;
  readonly #reader: WireReader;
  readonly #foreignKeys: boolean;
  /** Bytes of JSON that were written: short messages may say much, and what costs time must count. */
  #written = 0;

  /** The scratch holds an item from one `next` until the caller pauses. */
  constructor(scratch: Scratch, body: Buffer, { foreignKeys }: { readonly foreignKeys: boolean }) {
    this.draft = scratch.draft;
    this.#json = scratch.json;
    this.#body = body;
    this.#reader = new WireReader(body, 0, body.length);
    this.#foreignKeys = foreignKeys;
  }

  get done(): number {
    return this.#reader.at + this.#written;
  }

  next(): 'item' | 'end' {
    const reader = this.#reader;
    if (!this.#nextField()) return 'end';
    this.item++;
    if (this.item >= ITEMS_MAX) throw new DaybookError('body_too_large', `A request may have at most ${ITEMS_MAX} items.`);
    if (reader.number !== PROTOBUF_BATCH_EVENTS || reader.type !== BYTES)
      throw notBatch(`a field ${reader.number} of wire type ${reader.type} stands in it, at byte ${reader.from}`);
    this.#scan(reader.from, reader.to);
    return 'item';
  }

  #nextField(): boolean {
    try {
      return this.#reader.next();
    } catch (error) {
      if (error instanceof WireFault) throw notBatch(error.message);
      throw error;
    }
  }

  #scan(from: number, to: number): void {
    const { draft } = this;
    const json = this.#json;
    draft.reset(json.text, 0, this.#foreignKeys);
    if (to - from > ITEM_BYTES_MAX) {
      draft.fault = TOO_LARGE;
      return;
    }
    try {
      json.write(this.#body, from, to);
    } catch (error) {
      // Half a text is no item: `end` stays at the start, so that it is only counted, not put aside.
      draft.fault = faultOf(error);
      return;
    } finally {
      this.#written += json.length;
    }
    draft.reset(json.text, 0, this.#foreignKeys);
    draft.end = json.length;
    if (scanItem(draft, 0, json.length) < 0) draft.end = json.length;
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof WireFault) return { code: 'protobuf_syntax', field: '', message: error.message };
  if (error instanceof Rejection) return error.fault;
  throw error;
}

function notBatch(message: string): DaybookError {
  return new DaybookError('bad_request', `The body is not a daybook.v1.EventBatch: ${message}. Nothing of it was kept.`);
}

const TOO_LARGE: Fault = { code: 'item_too_large', field: '', message: `The item is larger than ${ITEM_BYTES_MAX} bytes.` };
