import { isRecord, type JsonRecord } from '@daybook/protocol';
import type { Emit, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { noise, type Verdict } from '../result.ts';

/** Records that wait at most, and their characters: an answer follows its request within some dozen records; memory stays bounded. */
const WAITING_MAX = 512;
const WAITING_CHARS_MAX = 4 * 1024 * 1024;

/** How a text becomes a record, and what of either is judged. */
export interface Reading {
  /** The record of Vault that a text is; undefined when it is none, or has something around it. */
  record(text: string): JsonRecord | undefined;
  judgeRecord(record: JsonRecord): Verdict;
  judgeText(text: string): Verdict;
}

interface Waiting {
  readonly record: TextRecord;
  /** Id of the request that waits for its answer. */
  readonly id?: string;
  verdict?: Verdict;
}

/**
 * An access is written twice, before (request) and after (response) it was carried out; the response repeats the request. The response is the event, and
 * its request noise. A request whose answer does not come (within so many records, or before the input ends or rests) is an event of unknown outcome:
 * Vault may have died, or carried it out. Requests wait, and what comes behind them as well, so that results keep the input's order.
 */
export class VaultPairs implements Parser {
  readonly #reading: Reading;
  readonly #queue: Waiting[] = [];
  readonly #requests = new Map<string, Waiting>();
  #chars = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  parse(record: TextRecord, emit: Emit): void {
    const object = this.#reading.record(record.text);
    this.#queue.push(object === undefined ? { record, verdict: this.#reading.judgeText(record.text) } : this.#waiting(record, object));
    this.#chars += record.text.length;
    this.#give(emit);
  }

  #waiting(record: TextRecord, object: JsonRecord): Waiting {
    const id = idOf(object['request']);
    if (object['type'] !== 'request' || this.#requests.has(id)) {
      if (object['type'] === 'response') this.#answered(id);
      return { record, verdict: this.#reading.judgeRecord(object) };
    }
    const waiting: Waiting = { record, id };
    this.#requests.set(id, waiting);
    return waiting;
  }

  end(emit: Emit): void {
    while (this.#queue.length > 0) this.#giveFirst(emit);
  }

  #answered(id: string): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    request.verdict = noise('request');
    this.#requests.delete(id);
  }

  #give(emit: Emit): void {
    while (this.#queue[0]?.verdict !== undefined || this.#queue.length > WAITING_MAX || this.#chars > WAITING_CHARS_MAX)
      this.#giveFirst(emit);
  }

  #giveFirst(emit: Emit): void {
    const first = this.#queue.shift();
    if (first === undefined) return;
    this.#chars -= first.record.text.length;
    if (first.id !== undefined && first.verdict === undefined) this.#requests.delete(first.id);
    emit(first.record, first.verdict ?? this.#reading.judgeText(first.record.text));
  }
}

/** Requests of old versions have no id: what was asked, and by whom, tells which answer is theirs. */
function idOf(request: unknown): string {
  if (!isRecord(request)) return '';
  return typeof request['id'] === 'string'
    ? request['id']
    : JSON.stringify([request['operation'], request['path'], request['client_token']]);
}
