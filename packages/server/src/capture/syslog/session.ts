import {
  type Context,
  type Emit,
  eventLine,
  type Format,
  formatNamed,
  SyslogReader,
  type TextRecord,
  type Verdict,
} from '@daybook/formats';
import type { Frame } from '@daybook/wire';
import type { CaptureMetrics } from '../capture-metrics.ts';
import { LineParsers } from '../lines/line-parsers.ts';
import { LINE_CHARS_MAX } from '../sink/event-lines.ts';
import type { LineCounts } from '../sink/line-counts.ts';
import type { Sink } from '../sink/sink.ts';
import { formatOf, judgeOf, kernelAudit, takesWholeLine } from './programs.ts';
import type { Sender } from './senders.ts';

export interface SessionParts {
  readonly sender: Sender;
  readonly address: string;
  readonly certificate: string | undefined;
  readonly context: Context;
  readonly programs: ReadonlyMap<string, string>;
  readonly sink: Sink;
  readonly counts: LineCounts;
  readonly metrics: CaptureMetrics;
}

/** What a sender says: each message goes to the format of its program, and becomes an event, known noise, or a line of the quarantine. */
export class SyslogSession {
  readonly #parts: SessionParts;
  readonly #reader: SyslogReader;
  readonly #parsers: LineParsers;
  /** Members that all of its events have, as JSON. */
  readonly #more: string;
  /** Of the message at hand, for the events that are given out while it is. */
  #structured = '';

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#reader = new SyslogReader(parts.context);
    this.#parsers = new LineParsers(parts.context, (format, host) => this.#emitOf(format, host));
    const { address, certificate } = parts;
    this.#more = `,"syslog":${JSON.stringify({ sender: address, ...(certificate === undefined ? {} : { certificate }) })}`;
  }

  take({ text, fault }: Frame): void {
    if (fault !== undefined && fault !== 'not_utf8') return this.#aside('syslog', FAULTS[fault], text);
    const { sender } = this.#parts;
    const message = this.#reader.read(text);
    if (message === undefined) {
      const format = sender.format === undefined ? undefined : formatNamed(sender.format);
      if (format === undefined) return this.#aside('syslog', NO_HEADER, text);
      return this.#parsers.take(format, '', text, fault);
    }
    const kernel = message.tag === 'kernel' ? kernelAudit(message.message) : undefined;
    const judge = sender.format ?? (kernel === undefined ? judgeOf(message.tag, this.#parts.programs) : 'auditd');
    const format = judge === undefined ? undefined : formatNamed(formatOf(judge, message.message));
    if (format === undefined) return this.#noise('syslog', noiseCode(message.tag));
    this.#structured = message.structured === undefined ? '' : `,"structured_data":${JSON.stringify(message.structured)}`;
    if (takesWholeLine(format.name)) this.#parsers.take(format, message.host, text, fault);
    else this.#parsers.take(format, message.host, kernel ?? message.message, fault);
    this.#structured = '';
  }

  /** Nothing may have come for a while. */
  tick(): void {
    this.#parsers.tick();
  }

  end(): void {
    this.#parsers.end();
  }

  #emitOf(format: Format, host: string): Emit {
    const hostMember = host === '' ? '' : `,"host":${JSON.stringify(host)}`;
    return (record, verdict) => this.#judged(format, record, verdict, hostMember);
  }

  #judged(format: Format, record: TextRecord, verdict: Verdict, hostMember: string): void {
    const { counts, metrics, sender, sink } = this.#parts;
    if (verdict.result === 'noise') return this.#noise(format.name, verdict.code ?? 'other');
    if (verdict.result === 'quarantine' || verdict.event === undefined)
      return this.#aside(format.name, { code: verdict.code ?? 'unknown', reason: verdict.reason ?? '' }, record.text);
    const more =
      this.#more +
      this.#structured +
      (verdict.event['host'] === undefined ? hostMember : '') +
      (record.fault === 'not_utf8' ? ENCODING : '');
    const line = eventLine(verdict.event, { more, original: format.keepsOriginal ? record.text : undefined, charsMax: LINE_CHARS_MAX });
    if (line === undefined) return this.#aside(format.name, TOO_LONG, record.text);
    metrics.records.inc(EVENT);
    counts.event(sender.source, format.name);
    sink.event(line);
  }

  #noise(format: string, code: string): void {
    this.#parts.metrics.records.inc(NOISE);
    this.#parts.counts.noise(this.#parts.sender.source, format, code);
  }

  #aside(format: string, why: { readonly code: string; readonly reason: string }, text: string): void {
    const { sink, sender, metrics } = this.#parts;
    metrics.records.inc(QUARANTINE);
    sink.quarantine({ source: sender.source, format, code: why.code, reason: why.reason, bytes: Buffer.from(text) });
  }
}

/** The name of a program that nobody judges: other programs are noise, counted by it. */
function noiseCode(tag: string): string {
  return tag === '' ? 'no_program' : tag.toLowerCase().replaceAll(/[^a-z0-9._-]/g, '_');
}

const EVENT = { receiver: 'syslog', result: 'event' };
const NOISE = { receiver: 'syslog', result: 'noise' };
const QUARANTINE = { receiver: 'syslog', result: 'quarantine' };
const ENCODING = ',"encoding":"not UTF-8: bytes replaced by U+FFFD"';
const NO_HEADER = { code: 'no_header', reason: 'this is no syslog message: it has neither a priority nor a time' };
const TOO_LONG = { code: 'too_long', reason: 'this message is longer than an event may be' };
const FAULTS = {
  too_long: { code: 'too_long', reason: 'this message is longer than `message_bytes` of its listener; its beginning is kept' },
  cut_off: { code: 'cut_off', reason: 'the connection ended inside of this message' },
  broken: { code: 'broken_frame', reason: 'a frame does not begin with its length: the one before it lied; the connection was closed' },
} as const;
