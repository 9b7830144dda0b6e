import type { JsonRecord } from '@daybook/protocol';
import { verdictOf as auditVerdict } from '../auditd/audit-event.ts';
import { LoneRecords, shownRecord } from '../auditd/lone-record.ts';
import { typeName } from '../auditd/record-types.ts';
import { assembled, type Claim } from '../auth-log/claim.ts';
import { MessageJudge } from '../auth-log/message-judge.ts';
import { AUTH_LOG } from '../auth-log/auth-log.ts';
import type { Context, Emit, Format, Head, Parser } from '../format.ts';
import { joined, RECORD_BYTES_MAX, type TextRecord } from '../framing/framer.ts';
import { redactedCommand } from '../redaction/command-line.ts';
import { type EventFields, noise, quarantine, type Verdict } from '../result.ts';
import { entryOf, textOf, timeOf } from './entry.ts';
import { JOURNAL_MAPPING } from './mapping.ts';
import { isVerboseField, isVerboseHead, verboseEntry } from './verbose.ts';

/** `journalctl -o json`, `json-pretty`, `json-sse` and `json-seq`: an object per entry; `-o export`, `-o verbose`; `-o short` and its kin, as auth-log reads them. */
export const JOURNALD: Format = {
  name: 'journald',
  title: 'systemd journal: journalctl -o json, export, verbose, short',
  source: 'linux',
  framing: 'journal',
  keepsOriginal: false,
  recognise,
  open: (context) => new JournalParser(context),
  mapping: JOURNAL_MAPPING,
};

/** What the event says already, and what says nothing of an access. */
const DROPPED = new Set([
  'MESSAGE',
  '__REALTIME_TIMESTAMP',
  '_SOURCE_REALTIME_TIMESTAMP',
  '__CURSOR',
  '_HOSTNAME',
  'SYSLOG_IDENTIFIER',
  'SYSLOG_PID',
  '_PID',
  'SYSLOG_RAW',
  'SYSLOG_TIMESTAMP',
  '__MONOTONIC_TIMESTAMP',
  '_SOURCE_MONOTONIC_TIMESTAMP',
  '__SEQNUM',
  '__SEQNUM_ID',
  '_SELINUX_CONTEXT',
  '_CAP_EFFECTIVE',
  'CODE_FILE',
  'CODE_LINE',
  'CODE_FUNC',
  '_SYSTEMD_INVOCATION_ID',
  '_STREAM_ID',
  '_RUNTIME_SCOPE',
]);
const UNSET = '4294967295';
/** By which anyone writes what he likes in whatever program's name; the field is the journal's own (systemd.journal-fields(7), trusted fields). */
const ANYONES: ReadonlySet<string> = new Set(['logger', 'systemd-cat']);

class JournalParser implements Parser {
  readonly #judge = new MessageJudge();
  readonly #short: Parser;
  readonly #audit: LoneRecords;
  /** Lines of the verbose entry that is not known to be whole. */
  #lines: { readonly first: TextRecord; last: TextRecord; readonly texts: string[]; chars: number } | undefined;

  constructor(context: Context) {
    this.#short = AUTH_LOG.open(context);
    this.#audit = new LoneRecords(context);
  }

  parse(record: TextRecord, emit: Emit): void {
    const { text } = record;
    if (text.startsWith('{')) return this.#entry(record, entryOf(text), emit);
    const lines = this.#lines;
    if (lines !== undefined && isVerboseField(text) && lines.chars < RECORD_BYTES_MAX) {
      lines.last = record;
      lines.texts.push(text);
      lines.chars += text.length;
      return;
    }
    this.#giveLines(emit);
    if (isVerboseHead(text)) this.#lines = { first: record, last: record, texts: [text], chars: text.length };
    else this.#short.parse(record, emit);
  }

  end(emit: Emit): void {
    this.#giveLines(emit);
    this.#short.end(emit);
  }

  #giveLines(emit: Emit): void {
    const lines = this.#lines;
    if (lines === undefined) return;
    this.#lines = undefined;
    this.#entry(joined(lines.first, lines.last, lines.texts.join('\n')), verboseEntry(lines.texts), emit);
  }

  #entry(record: TextRecord, entry: JsonRecord | undefined, emit: Emit): void {
    if (entry === undefined) emit(record, quarantine('no_journal_entry', 'this is no entry of a journal'));
    else {
      const transport = textOf(entry['_TRANSPORT']);
      const kernel = transport === 'kernel' ? this.#kernel(entry) : undefined;
      const verdict = transport === 'audit' ? auditEntry(entry, this.#audit) : (kernel ?? this.#judged(entry));
      emit(masked(record, verdict), verdict);
    }
  }

  /** What the kernel itself says of records, where nobody takes these from it. */
  #kernel(entry: JsonRecord): Verdict | undefined {
    const message = textOf(entry['MESSAGE']);
    if (!message.includes('audit(')) return undefined;
    const line = { tag: 'kernel', message, host: textOf(entry['_HOSTNAME']) };
    const verdict = this.#audit.read({ ...line, priority: undefined, stamp: undefined, pid: '', messageId: '', structured: undefined });
    return verdict?.event === undefined ? verdict : withCursor(verdict.event, textOf(entry['__CURSOR']));
  }

  #judged(entry: JsonRecord): Verdict {
    const tag = textOf(entry['SYSLOG_IDENTIFIER']) || textOf(entry['_COMM']);
    const pid = textOf(entry['_PID']) || textOf(entry['SYSLOG_PID']);
    const judged = this.#judge.judge({ tag, pid, host: textOf(entry['_HOSTNAME']), message: textOf(entry['MESSAGE']) });
    const { message } = judged;
    if (typeof judged.finding === 'string') return noise(judged.finding);
    const finding = withUser(judged.finding, entry);
    if (ANYONES.has(textOf(entry['_COMM'])))
      return quarantine('forged_sender', `anyone may write this through ${textOf(entry['_COMM'])}: the program it names did not`);
    const time = timeOf(textOf(entry['_SOURCE_REALTIME_TIMESTAMP'])) ?? timeOf(textOf(entry['__REALTIME_TIMESTAMP']));
    return assembled(finding, {
      stamp: time === undefined ? undefined : { text: time },
      message,
      fields: { source_event_id: textOf(entry['__CURSOR']) || undefined, ...sessionOf(entry) },
      attributes: attributesOf(entry, finding.resourceType === 'command'),
    });
  }
}

/** systemd-logind says whose session it removed in a field of its own, also when the session's beginning was not read. */
function withUser(finding: Claim, entry: JsonRecord): Claim {
  const user = finding.user === undefined && textOf(entry['_COMM']) === 'systemd-logind' ? textOf(entry['USER_ID']) : '';
  return user === '' ? finding : { ...finding, user };
}

function sessionOf(entry: JsonRecord): Readonly<Record<string, unknown>> {
  const session = textOf(entry['_AUDIT_SESSION']) || textOf(entry['_SYSTEMD_SESSION']);
  return session === '' || session === UNSET ? {} : { session_id: session };
}

/** All fields of the entry that are not mapped. The command line of the program that spoke may hold what its message holds. */
function attributesOf(entry: JsonRecord, command: boolean): Readonly<Record<string, unknown>> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entry)) {
    if (DROPPED.has(name)) continue;
    const text = textOf(value);
    if (text === '' || text === UNSET) continue;
    kept[name] = command || name === '_CMDLINE' ? redactedCommand(text) : text;
  }
  return kept;
}

/**
 * `_TRANSPORT=audit`: the journal reads the kernel's audit records itself. MESSAGE is `USER_LOGIN pid=1 … msg='…'`, `_AUDIT_TYPE` its number, `_AUDIT_ID` the
 * serial. Records of one event come as entries of their own; what the kernel's call says is in its SYSCALL entry.
 */
function auditEntry(entry: JsonRecord, said: LoneRecords): Verdict {
  const named = textOf(entry['_AUDIT_TYPE_NAME']) || typeName(textOf(entry['_AUDIT_TYPE']));
  const time = timeOf(textOf(entry['_SOURCE_REALTIME_TIMESTAMP'])) ?? timeOf(textOf(entry['__REALTIME_TIMESTAMP']));
  const around = { node: textOf(entry['_HOSTNAME']), id: textOf(entry['_AUDIT_ID']), named };
  const record = time === undefined ? undefined : shownRecord(textOf(entry['MESSAGE']), { ...around, time });
  if (record === undefined) return noise('audit_unknown_type');
  if (said.isSecond(record, 'audit')) return noise('audit_twice');
  const verdict = auditVerdict({ records: [record] });
  return verdict.event === undefined ? verdict : withCursor(verdict.event, textOf(entry['__CURSOR']), record.id);
}

/** The entry's own id is its cursor; the serial number of a record is no more than its machine's. */
function withCursor(event: EventFields, cursor: string, id?: string): Verdict {
  const { source_event_id: own, attributes, ...others } = event;
  const made = typeof attributes === 'object' && attributes !== null ? attributes : {};
  const more = id === undefined ? {} : { audit_id: id };
  return { result: 'event', event: { ...others, source_event_id: cursor === '' ? own : cursor, attributes: { ...made, ...more } } };
}

/** In the text a secret may be escaped in another way than in the value: the message is left out whole. */
function masked(record: TextRecord, { event }: Verdict): TextRecord {
  const resource = event?.['resource'];
  if (typeof resource !== 'string' || !resource.includes('[redacted]')) return record;
  return { ...record, text: '[redacted: the command of this entry holds a secret]' };
}

/** A record separator, and white space. */
const FRAME_CHARS_MAX = 8;

function recognise({ text, lines }: Head): number {
  if (isExport(lines) || isVerbose(lines)) return 0.97;
  // Before the first object stands nothing, or a record separator.
  const open = text.indexOf('{');
  if (open < 0 || open > FRAME_CHARS_MAX) return 0;
  const first = lines.slice(0, 5).join('\n');
  const fields = ['__REALTIME_TIMESTAMP', '__CURSOR', '_HOSTNAME', '_BOOT_ID', 'SYSLOG_IDENTIFIER', '_TRANSPORT', '_MACHINE_ID'];
  const there = fields.filter((name) => (lines.length > 5 ? text : first).includes(`"${name}"`)).length;
  return there >= 2 ? 0.97 : 0;
}

function isExport([first = '', ...others]: readonly string[]): boolean {
  return first.startsWith('__CURSOR=') && others.slice(0, 5).some((line) => line.startsWith('__REALTIME_TIMESTAMP='));
}

/** Before the first entry may stand when the journal began. */
function isVerbose(lines: readonly string[]): boolean {
  const at = lines.slice(0, 3).findIndex(isVerboseHead);
  return at >= 0 && /^ {4}[A-Z_]/.test(lines[at + 1] ?? '');
}
