import type { Context, Emit, Format, Head, Parser } from '../format.ts';
import { joined, RECORD_BYTES_MAX, type TextRecord } from '../framing/framer.ts';
import { redactedCommand } from '../redaction/command-line.ts';
import { noise, quarantine } from '../result.ts';
import { SyslogReader } from '../syslog/index.ts';
import { verdictOf } from './audit-event.ts';
import { commandOf, withoutCommand } from './command.ts';
import { isLaurel, laurelLines } from './laurel.ts';
import { AUDIT_TAGS, shownRecord } from './lone-record.ts';
import { AUDIT_MAPPING } from './mapping.ts';
import { type AuditRecord, RecordReader } from './record.ts';
import { recordType, standsAlone, typeName } from './record-types.ts';

/** The log of the Linux audit daemon, raw or enriched, as `ausearch` prints it, or through syslog. */
export const AUDITD: Format = {
  name: 'auditd',
  title: 'Linux audit: /var/log/audit/audit.log, ausearch, audisp-syslog, LAUREL',
  source: 'auditd',
  framing: 'lines',
  keepsOriginal: true,
  recognise,
  open: (context) => new AuditParser(context),
  mapping: AUDIT_MAPPING,
};

/** Events that wait for more records: a machine has a few at a time, a collector's file a few per machine. Beyond it the oldest is given out as it is. */
const OPEN_MAX = 1024;
/** Records of one event: execve with thousands of arguments has the most, hundreds. Beyond it what follows is an event of its own, and both say so. */
const EVENT_RECORDS_MAX = 2048;
/** audit-userspace gives an event up for complete two seconds after its time (end_of_event_timeout in auditd.conf(5)). */
const LATE_SECONDS = 2;

interface Open {
  readonly first: TextRecord;
  last: TextRecord;
  readonly records: AuditRecord[];
  readonly texts: string[];
  readonly seconds: number;
  chars: number;
}

/**
 * Records with the same `audit(time:serial)` of one node are one event. They come one after another, but two processors' may mix. An event is whole at its
 * EOE or PROCTITLE, which the kernel writes last, or when the log's time has gone on by two seconds.
 */
class AuditParser implements Parser {
  readonly #reader: RecordReader;
  readonly #syslog: SyslogReader;
  readonly #open = new Map<string, Open>();

  constructor(context: Context) {
    this.#reader = new RecordReader(context);
    this.#syslog = new SyslogReader(context);
  }

  parse(record: TextRecord, emit: Emit): void {
    if (record.text.startsWith('{')) return this.#object(record, emit);
    const audit = this.#read(record.text);
    if (audit === undefined) {
      if (record.text === '----') this.end(emit);
      const shown = this.#shown(record.text);
      if (shown === undefined) emit(record, otherLine(record.text));
      else give({ first: record, last: record, records: [shown], texts: [record.text] }, emit);
      return;
    }
    if (recordType(audit.type) === undefined && !standsAlone(audit.type)) this.#unknownType(record, audit, emit);
    else if (standsAlone(audit.type)) give({ first: record, last: record, records: [audit], texts: [record.text] }, emit);
    else this.#add(record, audit, emit);
  }

  end(emit: Emit): void {
    for (const key of this.#open.keys()) this.#close(key, emit);
  }

  /** Plain, or behind the header of a syslog line: `audispd: node=…`, `kernel: [12.3] audit: type=1400 audit(…)`. */
  #read(text: string): AuditRecord | undefined {
    const direct = text.startsWith('type=') || text.startsWith('node=') ? this.#reader.read(text) : undefined;
    const audit = direct ?? this.#behindHeader(text);
    return audit === undefined || !/^\d/.test(audit.type) ? audit : { ...audit, type: typeName(audit.type, audit.body) };
  }

  /** An event of LAUREL's, which is whole. */
  #object(record: TextRecord, emit: Emit): void {
    const records: AuditRecord[] = [];
    for (const line of laurelLines(record.text) ?? []) {
      const audit = this.#reader.read(line);
      if (audit !== undefined) records.push(audit);
    }
    if (records.length === 0) emit(record, otherLine(record.text));
    else give({ first: record, last: record, records, texts: [record.text] }, emit);
  }

  /** journalctl's short output: `audit[7]: USER_LOGIN pid=7 …`. Without a serial number it stands alone. */
  #shown(text: string): AuditRecord | undefined {
    const line = this.#syslog.read(text);
    if (line?.tag !== 'audit' || line.stamp === undefined) return undefined;
    return shownRecord(line.message, { time: line.stamp.text, guessed: line.stamp.guessed, node: line.host, id: '' });
  }

  #behindHeader(text: string): AuditRecord | undefined {
    const at = text.search(/(?:node=\S{1,256} )?type=(?:\w+|UNKNOWN\[\d+\]) (?:msg=)?audit\(/);
    if (at <= 0) return undefined;
    const line = this.#syslog.read(text);
    if (line === undefined || (!AUDIT_TAGS.has(line.tag) && line.tag !== 'tag_audit_log')) return undefined;
    const audit = this.#reader.read(text, at);
    return audit === undefined || audit.node !== '' ? audit : { ...audit, node: line.host };
  }

  /** A type of a kernel that is newer than the table. In an open event it is a part; alone it is nothing that can be judged. */
  #unknownType(record: TextRecord, audit: AuditRecord, emit: Emit): void {
    if (this.#open.has(keyOf(audit))) this.#add(record, audit, emit);
    else emit(record, quarantine('unknown_audit_type', `audit records of type ${audit.type.slice(0, 40)} are not known`));
  }

  #add(record: TextRecord, audit: AuditRecord, emit: Emit): void {
    const key = keyOf(audit);
    let open = this.#open.get(key);
    if (open === undefined) {
      if (audit.type === 'EOE') {
        emit(record, noise('audit_end'));
        return;
      }
      this.#closeLate(audit, emit);
      open = { first: record, last: record, records: [], texts: [], seconds: audit.seconds, chars: 0 };
      this.#open.set(key, open);
    }
    open.last = record;
    open.records.push(audit);
    open.texts.push(record.text);
    open.chars += record.text.length;
    const full = open.records.length >= EVENT_RECORDS_MAX || open.chars >= RECORD_BYTES_MAX;
    // ausearch prints the title first, and a line of dashes behind the event.
    const ends = audit.type === 'EOE' || (audit.type === 'PROCTITLE' && open.records.length > 1);
    if (full || ends) this.#close(key, emit, full);
  }

  /** Only the same machine's clock says that an event is over. */
  #closeLate({ seconds, node }: AuditRecord, emit: Emit): void {
    for (const [key, open] of this.#open) {
      const late = open.records[0]?.node === node && Math.abs(seconds - open.seconds) > LATE_SECONDS;
      if (late || this.#open.size >= OPEN_MAX) this.#close(key, emit);
    }
  }

  #close(key: string, emit: Emit, cut = false): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    give({ ...open, cut }, emit);
  }
}

interface Given {
  readonly first: TextRecord;
  readonly last: TextRecord;
  readonly records: readonly AuditRecord[];
  readonly texts: readonly string[];
  readonly cut?: boolean;
}

function give({ first, last, records, texts, cut = false }: Given, emit: Emit): void {
  const verdict = verdictOf({ records, cut });
  const record = texts.length === 1 ? first : joined(first, last, texts.join('\n'));
  const resource = verdict.event?.['resource'];
  const secret = (typeof resource === 'string' && resource.includes('[redacted]')) || saysSecret(records);
  emit(secret ? { ...record, text: withoutCommand(record.text) } : record, verdict);
}

/** The title of the process stands beside what it did to a file, and holds its arguments. */
function saysSecret(records: readonly AuditRecord[]): boolean {
  const command = records.length > 1 ? commandOf(records) : undefined;
  return command !== undefined && redactedCommand(command) !== command;
}

/** Mixed events are told apart by machine, time and serial number. */
function keyOf({ node, id }: AuditRecord): string {
  return node === '' ? id : `${node} ${id}`;
}

/** `ausearch` writes a line of dashes and the event's time before each. */
function otherLine(text: string): ReturnType<typeof noise> {
  if (text === '----' || text.startsWith('time->') || text === '<no matches>') return noise('ausearch_mark');
  return quarantine('no_audit_record', 'this line is no record of the audit system');
}

function recognise({ lines }: Head): number {
  let read = 0;
  let looked = 0;
  for (const text of lines.slice(0, 50)) {
    if (text === '----' || text.startsWith('time->')) continue;
    looked++;
    if (isLaurel(text) || /^(?:[^=]{0,200} )?(?:node=\S+ )?type=\S+ (?:msg=)?audit\(/.test(text.slice(0, 600))) read++;
  }
  return looked > 0 && read * 2 > looked ? 0.95 : 0;
}
