import { isRecord, type JsonRecord } from '@daybook/protocol';
import type { Emit, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { noise, type Verdict } from '../result.ts';
import { VerdictQueue, type Waiting } from '../verdict-queue.ts';

/** How a text becomes a record, and what of either is judged. */
export interface Reading {
  /** The record of Vault that a text is; undefined when it is none, or has something around it. */
  record(record: TextRecord): JsonRecord | undefined;
  judgeRecord(record: JsonRecord): Verdict;
  judgeText(text: string): Verdict;
}

/**
 * An access is written twice, before (request) and after (response) it was carried out; the response repeats the request. The response is the event, and
 * its request noise. A request whose answer does not come (within so many records, or before the input ends or rests) is an event of unknown outcome:
 * Vault may have died, or carried it out. Requests wait, and what comes behind them as well, so that results keep the input's order.
 */
export class VaultPairs implements Parser {
  readonly #reading: Reading;
  readonly #queue = new VerdictQueue();
  readonly #requests = new Map<string, Waiting>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  parse(record: TextRecord, emit: Emit): void {
    const object = this.#reading.record(record);
    this.#queue.add(object === undefined ? { record, verdict: this.#reading.judgeText(record.text) } : this.#waiting(record, object));
    this.#queue.give(emit);
  }

  #waiting(record: TextRecord, object: JsonRecord): Waiting {
    const id = idOf(object['request']);
    if (object['type'] !== 'request' || this.#requests.has(id)) {
      if (object['type'] === 'response') this.#answered(id);
      return { record, verdict: this.#reading.judgeRecord(object) };
    }
    const late = (): Verdict => {
      this.#requests.delete(id);
      return this.#reading.judgeText(record.text);
    };
    const waiting: Waiting = { record, late };
    this.#requests.set(id, waiting);
    return waiting;
  }

  end(emit: Emit): void {
    this.#queue.giveAll(emit);
  }

  #answered(id: string): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    request.verdict = noise('request');
    this.#requests.delete(id);
  }
}

/** Requests of old versions have no id: what was asked, and by whom, tells which answer is theirs. */
function idOf(request: unknown): string {
  if (!isRecord(request)) return '';
  return typeof request['id'] === 'string'
    ? request['id']
    : JSON.stringify([request['operation'], request['path'], request['client_token']]);
}
