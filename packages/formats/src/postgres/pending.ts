import { joined, RECORD_BYTES_MAX, type TextRecord } from '../framing/framer.ts';
import { quarantine, type Verdict } from '../result.ts';
import { AUDIT } from './audit.ts';
import type { LogRecord } from './log-record.ts';
import type { SubLabel } from './severity.ts';

/** A message of the text log whose further lines may still come. */
export class Pending {
  readonly #first: TextRecord;
  #last: TextRecord;
  readonly #lines: string[];
  #chars: number;
  readonly #log: LogRecord;
  readonly #parts: { message: string } & Partial<Record<SubLabel, string>>;
  #open: SubLabel | 'message' = 'message';
  /** pid or session: lines of others don't belong here. */
  readonly owner: string;
  /** syslog's number of the message; '' elsewhere. */
  readonly sequence: string;
  #fault: Verdict | undefined;

  constructor(record: TextRecord, log: LogRecord, { owner, sequence }: { readonly owner: string; readonly sequence: string }) {
    this.#first = record;
    this.#last = record;
    this.#lines = [record.text];
    this.#chars = record.text.length;
    this.#log = log;
    this.#parts = { message: log.message };
    this.owner = owner;
    this.sequence = sequence;
  }

  /** More of the text that was read last. */
  append(record: TextRecord, text: string): void {
    this.#parts[this.#open] += text;
    this.#take(record);
  }

  /** A line of its own: DETAIL, STATEMENT … */
  add(record: TextRecord, label: SubLabel, text: string): void {
    this.#open = label;
    this.#parts[label] = text;
    this.#take(record);
  }

  /** Belongs here and can't be read. */
  spoil(record: TextRecord, verdict: Verdict): void {
    this.#fault = verdict;
    this.#take(record);
  }

  /** A record of pgaudit whose quotes are not closed: the next line is of it, even where the tab is lost that should begin it. */
  get isOpenAudit(): boolean {
    return this.#open === 'message' && this.#parts.message.startsWith(AUDIT) && this.#parts.message.split('"').length % 2 === 0;
  }

  get record(): TextRecord {
    return this.#lines.length === 1 ? this.#first : joined(this.#first, this.#last, this.#lines.join('\n'));
  }

  /** The message with its lines; what is wrong when it can't be read. */
  get log(): LogRecord | Verdict {
    if (this.#fault !== undefined) return this.#fault;
    const { backtrace: _, ...parts } = this.#parts;
    return this.#lines.length === 1 ? this.#log : { ...this.#log, ...parts };
  }

  #take(record: TextRecord): void {
    this.#last = record;
    this.#chars += record.text.length;
    if (this.#chars <= RECORD_BYTES_MAX) this.#lines.push(record.text);
    else this.#fault ??= quarantine('too_long', 'this message is longer than 1 MiB');
  }
}
