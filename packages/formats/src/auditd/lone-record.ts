import { Recent } from '../recent.ts';
import type { Verdict } from '../result.ts';
import { noise } from '../result.ts';
import type { SyslogLine } from '../syslog/index.ts';
import type { Context } from '../format.ts';
import { verdictOf } from './audit-event.ts';
import { type AuditRecord, RecordReader } from './record.ts';
import { recordType, typeName } from './record-types.ts';

/** What the journal shows of a record: its type, its number where it has no name for that, and its fields. */
const SHOWN = /^(?:UNKNOWN\[(\d{1,5})\]|([A-Z][A-Z_0-9]{1,40}))(?:<(\d{1,5})>)? /;

/** What stands around such a text. */
export interface Around {
  readonly time: string;
  readonly guessed?: readonly string[] | undefined;
  readonly node: string;
  /** Serial number, where there is one. */
  readonly id: string;
  /** The type, where another field tells it. */
  readonly named?: string;
}

/** `USER_LOGIN pid=1 …`, as the journal's entries and journalctl's short output have it. undefined: no record of a type that is known. */
export function shownRecord(text: string, { time, guessed, node, id, named }: Around): AuditRecord | undefined {
  const head = SHOWN.exec(text);
  const number = head?.[1] ?? head?.[3];
  const body = head === null ? text : text.slice(head[0].length);
  const word = number === undefined ? (head?.[2] ?? '') : typeName(number, body);
  const type = named !== undefined && recordType(named) !== undefined ? named : word;
  if (recordType(type) === undefined) return undefined;
  return { node, type, time, seconds: 0, id, body, enriched: '', guessed };
}

/** Tags of lines that pass on what the audit system said. */
export const AUDIT_TAGS: ReadonlySet<string> = new Set(['audit', 'kernel', 'auditd', 'audispd', 'audisp-syslog']);
/** Lines within which the kernel's word of a record and the journal's follow one another. */
const TWICE_WITHIN = 256;
const WHOLE = /(?:node=\S{1,256} )?type=(?:\w+|UNKNOWN\[\d+\]) (?:msg=)?audit\(/;

/**
 * Records that stand, one a line, among what other programs say: the kernel's (`kernel: audit: type=1400 audit(…): …`), the journal's (`audit[7]: AVC …`),
 * the audit daemon's. Where the journal reads the kernel's records and its messages, each is there twice, and is taken once.
 */
export class LoneRecords {
  readonly #reader: RecordReader;
  readonly #said = new Recent<string, string>(TWICE_WITHIN);

  constructor(context: Context) {
    this.#reader = new RecordReader(context);
  }

  /** undefined: the line holds no record. */
  read(line: SyslogLine): Verdict | undefined {
    const record = this.#recordOf(line);
    if (record === undefined) return undefined;
    return this.isSecond(record, line.tag) ? noise('audit_twice') : verdictOf({ records: [record] });
  }

  /** Whether another than `tag` has said this record, and nobody since. */
  isSecond({ node, type, body }: AuditRecord, tag: string): boolean {
    const key = `${node} ${type} ${body}`;
    const before = this.#said.get(key);
    if (before !== undefined && before !== tag) {
      this.#said.delete(key);
      return true;
    }
    this.#said.set(key, tag);
    return false;
  }

  #recordOf({ tag, message, host, stamp }: SyslogLine): AuditRecord | undefined {
    const at = message.includes('audit(') ? message.search(WHOLE) : -1;
    if (at < 0)
      return tag === 'audit' && stamp !== undefined
        ? shownRecord(message, { time: stamp.text, guessed: stamp.guessed, node: host, id: '' })
        : undefined;
    const found = this.#reader.read(message, at);
    if (found === undefined) return undefined;
    const type = /^\d/.test(found.type) ? typeName(found.type, found.body) : found.type;
    return { ...found, type, node: found.node === '' ? host : found.node };
  }
}
