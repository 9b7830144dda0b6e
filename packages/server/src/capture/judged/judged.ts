import { DaybookError } from '@daybook/protocol';
import { eventLine, type Format, type Result } from '@daybook/formats';
import type { Base, Principal } from '../../base/types.ts';
import type { Channel, Intake, IntakeReply, QuarantineLine } from '../../intake/index.ts';
import type { CaptureMetrics } from '../capture-metrics.ts';
import { EventLines, LINE_CHARS_MAX } from '../sink/event-lines.ts';
import type { LineCounts } from '../sink/line-counts.ts';

/** What the HTTP receivers stand on. */
export interface HttpReceiver {
  readonly base: Pick<Base, 'stopping' | 'log'>;
  readonly intake: Intake;
  readonly metrics: CaptureMetrics;
  readonly counts: LineCounts;
}

/** Items of one request of intake. */
const ITEMS_MAX = 10_000;
/** And bytes: its bodies have 16 MiB. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * What the records of one request were found to be. `keep` hands all of it over and resolves when it is durable: then, and only then, the sender is
 * answered with a success.
 */
export class Judged {
  readonly #receiver: HttpReceiver;
  readonly #name: 'otlp' | 'kubernetes' | 'webhook';
  readonly #principal: Principal;
  readonly #source: string;
  /** Requests of intake, and for each line the number of its record. */
  readonly #pieces: { readonly lines: EventLines; readonly records: number[] }[] = [];
  readonly #aside: QuarantineLine[] = [];
  #events = 0;
  #noise = 0;

  constructor(receiver: HttpReceiver, name: 'otlp' | 'kubernetes' | 'webhook', principal: Principal, source: string) {
    this.#receiver = receiver;
    this.#name = name;
    this.#principal = principal;
    this.#source = source;
  }

  /** `more`: JSON text of further members that begins with a comma. `record`: its number in the request. */
  event(format: string, fields: Readonly<Record<string, unknown>>, more: string, record: number, original?: string): void {
    // They may be gone from the fields when the line is made.
    const { attributes } = fields;
    const line = eventLine(fields, { more, original, charsMax: LINE_CHARS_MAX });
    if (line === undefined)
      return this.quarantine(format, TOO_LONG, Buffer.from(JSON.stringify({ ...fields, attributes }).slice(0, HEAD_CHARS)));
    const { lines, records } = this.#piece();
    lines.add(line);
    records.push(record);
    this.#events++;
    this.#receiver.counts.event(this.#source, format);
  }

  noise(format: string, code: string): void {
    this.#noise++;
    this.#receiver.counts.noise(this.#source, format, code);
  }

  quarantine(format: string, why: { readonly code: string; readonly reason: string }, bytes: Uint8Array): void {
    this.#aside.push({ source: this.#source, format, ...why, bytes });
  }

  /** What a format's reader found. */
  result(format: Format, result: Result, more: string): void {
    if (result.result === 'noise') this.noise(format.name, result.code ?? 'other');
    else if (result.result === 'event' && result.event !== undefined)
      this.event(format.name, result.event, more, result.line, format.keepsOriginal ? result.text : undefined);
    else this.quarantine(format.name, { code: result.code ?? 'unknown', reason: result.reason ?? '' }, Buffer.from(result.text));
  }

  /** Items that intake refused, by record; they lie in quarantine. */
  async keep(channel: Channel = 'api'): Promise<IntakeReply['rejected']> {
    const { intake, metrics } = this.#receiver;
    const receiver = this.#name;
    if (this.#aside.length > 0) await intake.quarantine(this.#principal.name, this.#aside);
    const rejected: IntakeReply['rejected'][number][] = [];
    try {
      for (const { lines, records } of this.#pieces) {
        const refused = await this.#accept(lines, channel);
        rejected.push(...refused.map((one) => ({ ...one, item: records[one.item] ?? one.item })));
      }
    } finally {
      for (const { lines } of this.#pieces.splice(0)) lines.release();
    }
    metrics.records.inc({ receiver, result: 'event' }, this.#events);
    metrics.records.inc({ receiver, result: 'noise' }, this.#noise);
    metrics.records.inc({ receiver, result: 'quarantine' }, this.#aside.length);
    return rejected;
  }

  /** The one that the next line goes to. */
  #piece() {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.lines.count < ITEMS_MAX && last.lines.byteLength < BODY_BYTES_MAX) return last;
    const piece = { lines: new EventLines(), records: [] };
    this.#pieces.push(piece);
    return piece;
  }

  async #accept(lines: EventLines, channel: Channel): Promise<IntakeReply['rejected']> {
    const { intake, base } = this.#receiver;
    const { rejected } = await intake.accept({
      principal: this.#principal,
      channel,
      envelope: { src: this.#principal.name, sseqFirst: undefined },
      format: 'ndjson',
      body: lines.body,
      wait: 'durable',
      signal: base.stopping,
    });
    // The sender must come again with all of it: what is kept already is known as double where it has an id.
    const passing = rejected.find(({ code }) => PASSING.has(code));
    if (passing !== undefined) throw new DaybookError('ledger_unavailable', undefined, { retryAfterS: 1 });
    return rejected;
  }
}

const PASSING = new Set(['too_busy', 'disk_full', 'ledger_unavailable', 'shutting_down']);
const TOO_LONG = { code: 'too_long', reason: 'this record is longer than an event may be; its beginning is kept' };
const HEAD_CHARS = 32 * 1024;
