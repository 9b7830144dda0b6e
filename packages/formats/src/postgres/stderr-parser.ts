import type { Context, Emit, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { noise, quarantine } from '../result.ts';
import type { Stamp } from '../time/stamps.ts';
import { AUDIT } from './audit.ts';
import { withoutCarrier } from './carrier.ts';
import { PgClock } from './clock.ts';
import { judge } from './judge.ts';
import { redactedRecord } from './kept-text.ts';
import { EMPTY_RECORD, known, type LogRecord } from './log-record.ts';
import { Pending } from './pending.ts';
import type { PrefixValues } from './prefix-match.ts';
import { recordMayHoldSecrets } from './secret-names.ts';
import { Sessions } from './sessions.ts';
import { type LineReading, type StderrLine, StderrLines } from './stderr-line.ts';
import { SyslogReader } from '../syslog/syslog.ts';
import { type SyslogLine, syslogLine } from './syslog-line.ts';

const NO_PREFIX = quarantine(
  'no_prefix',
  'this line begins with no log_line_prefix and severity that we know; set log_line_prefix as it is in postgresql.conf',
);
const AMBIGUOUS = quarantine('ambiguous_line', 'a name or a statement in this line imitates the log: it can be read in more than one way');
const APART = noise('detail_apart');
/** Messages whose further lines are waited for at once: lines of several processes mix in syslog only. */
const PENDING_MAX = 8;

/**
 * Reads the text log (send_message_to_server_log in elog.c). A message is one line, or several: line ends in it are followed by a tab; its DETAIL, HINT,
 * QUERY, CONTEXT and STATEMENT are lines with a prefix of their own, written at once with it.
 */
export class StderrParser implements Parser {
  readonly #context: Context;
  readonly #clock: PgClock;
  readonly #syslog: SyslogReader;
  readonly #lines: StderrLines;
  readonly #sessions = new Sessions();
  readonly #pending = new Map<string, Pending>();
  #latest: Pending | undefined;

  constructor(context: Context) {
    this.#context = context;
    this.#clock = new PgClock(context);
    this.#syslog = new SyslogReader(context);
    this.#lines = new StderrLines(context.options['log_line_prefix']);
  }

  parse(record: TextRecord, emit: Emit): void {
    const own = withoutCarrier(record.text);
    const syslog = syslogLine(own, this.#context, this.#syslog);
    if (syslog !== undefined && this.#continuesSyslog(record, syslog)) return;
    const text = syslog?.text ?? own;
    if (syslog === undefined && text.charCodeAt(0) === TAB && this.#latest !== undefined)
      return this.#latest.append(record, `\n${text.slice(1)}`);
    const reading = this.#lines.read(text);
    if (reading.kind === 'none') this.#unread(record, text, syslog, emit);
    else this.#read(record, reading, syslog, emit);
  }

  end(emit: Emit): void {
    for (const pending of this.#pending.values()) this.#give(pending, emit);
    this.#pending.clear();
    this.#latest = undefined;
  }

  /** Whether this is a further piece of a message that syslog cut. */
  #continuesSyslog(record: TextRecord, { pid, sequence, piece, text }: SyslogLine): boolean {
    const pending = this.#pending.get(pid);
    const further = pending !== undefined && pending.sequence === sequence && (piece > 1 || (sequence === '' && text.startsWith('\t')));
    if (!further) return false;
    if (text.startsWith('\t')) {
      pending.append(record, `\n${text.slice(1)}`);
      return true;
    }
    const reading = this.#lines.read(text);
    if (reading.kind === 'one' && reading.line.label !== undefined) pending.add(record, reading.line.label, reading.line.message);
    else if (reading.kind === 'one' && reading.line.severity !== undefined) return false;
    else pending.append(record, text);
    return true;
  }

  #read(record: TextRecord, reading: LineReading, syslog: SyslogLine | undefined, emit: Emit): void {
    if (reading.kind === 'none') return;
    const pid = syslog?.pid ?? '';
    // What waits may be the line that tells who the session is.
    if (reading.kind === 'several' && reading.lines.every(({ label }) => label === undefined)) this.#flush(pid, emit);
    const resolved = this.#resolved(reading);
    if (resolved === undefined) {
      this.#flush(pid, emit);
      return emit(redactedRecord(record), AMBIGUOUS);
    }
    const { line, ambiguous } = resolved;
    const log = this.#logOf(line, ambiguous, syslog);
    const owner = log.sessionId === '' ? log.pid : log.sessionId;
    const pending = this.#pending.get(pid);
    if (line.label === undefined) this.#begin(new Pending(record, log, { owner, sequence: syslog?.sequence ?? '' }), pid, emit);
    else if (pending !== undefined && (pending.owner === owner || owner === '' || pending.owner === ''))
      pending.add(record, line.label, line.message);
    else emit(redactedRecord(record), APART);
  }

  #begin(pending: Pending, key: string, emit: Emit): void {
    this.#flush(key, emit);
    if (this.#pending.size >= PENDING_MAX)
      for (const [oldest] of this.#pending) if (this.#pending.size >= PENDING_MAX) this.#flush(oldest, emit);
    this.#pending.set(key, pending);
    this.#latest = pending;
  }

  #flush(key: string, emit: Emit): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#pending.delete(key);
    if (this.#latest === pending) this.#latest = undefined;
    this.#give(pending, emit);
  }

  #give(pending: Pending, emit: Emit): void {
    const { log, record } = pending;
    // Of one line the message alone; of several the texts are most of the whole.
    const suspect = recordMayHoldSecrets(record.text, 'result' in log || record.line !== record.lastLine ? record.text : log.message);
    emit(suspect ? redactedRecord(record) : record, 'result' in log ? log : judge(suspect ? { ...log, suspect } : log, this.#sessions));
  }

  /** No prefix: a bare record of pgaudit, the rest of one, or something that is not PostgreSQL's. */
  #unread(record: TextRecord, text: string, syslog: SyslogLine | undefined, emit: Emit): void {
    const key = syslog?.pid ?? '';
    const pending = this.#pending.get(key);
    if (text.startsWith(AUDIT)) {
      const log = {
        ...EMPTY_RECORD,
        severity: 'LOG',
        time: syslog?.time ?? this.#fileTime(),
        pid: key,
        serverHost: syslog?.host ?? '',
        message: text,
      };
      return this.#begin(new Pending(record, log, { owner: key, sequence: syslog?.sequence ?? '' }), key, emit);
    }
    if (pending !== undefined && (pending.isOpenAudit || /^\s{2}/.test(text))) return pending.append(record, `\n${text}`);
    this.#flush(key, emit);
    emit(redactedRecord(record), NO_PREFIX);
  }

  #logOf(line: StderrLine, ambiguous: readonly string[], syslog: SyslogLine | undefined): LogRecord {
    const { values } = line;
    const remote =
      values.remoteHost === undefined
        ? splitRemote(values.remote ?? '')
        : { host: values.remoteHost, port: splitRemote(values.remote ?? '').port };
    const state = STATE.test(line.message) ? line.message.slice(0, 5) : '';
    return {
      ...EMPTY_RECORD,
      time: this.#timeOf(values) ?? syslog?.time ?? this.#fileTime(),
      user: known(values.user ?? ''),
      database: known(values.database ?? ''),
      pid: values.pid ?? syslog?.pid ?? pidOf(values.sessionId),
      remoteHost: known(remote.host),
      remotePort: remote.port,
      sessionId: values.sessionId ?? '',
      lineNumber: values.lineNumber ?? '',
      commandTag: values.commandTag ?? '',
      sessionStart: values.sessionStart ?? '',
      virtualTransaction: values.virtualTransaction ?? '',
      transaction: values.transaction === '0' ? '' : (values.transaction ?? ''),
      severity: line.severity ?? '',
      sqlState: values.sqlState ?? state,
      // log_error_verbosity = verbose writes the state before the message.
      message: state === '' ? line.message : line.message.slice(7),
      application: known(values.application ?? ''),
      backendType: values.backendType ?? '',
      leaderPid: values.leaderPid ?? '',
      queryId: values.queryId === '0' ? '' : (values.queryId ?? ''),
      serverHost: syslog?.host ?? '',
      ambiguous,
    };
  }

  #timeOf(values: PrefixValues): Stamp | undefined {
    if (values.time !== undefined) return this.#clock.read(values.time);
    if (values.epoch === undefined) return undefined;
    const [seconds = '', fraction = ''] = values.epoch.split('.');
    const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    return { text: fraction === '' ? `${text}Z` : `${text}.${fraction}Z` };
  }

  /** The log says no time: when the file was written is the nearest to it. */
  #fileTime(): Stamp {
    return { text: new Date(this.#context.writtenMs).toISOString(), guessed: ['time'] };
  }

  /** Of several readings the one that the session confirms; of readings of one message what they agree on. */
  #resolved(
    reading: Exclude<LineReading, { kind: 'none' }>,
  ): { readonly line: StderrLine; readonly ambiguous: readonly string[] } | undefined {
    if (reading.kind === 'one') return { line: reading.line, ambiguous: [] };
    const confirmed = reading.lines.filter((line) => this.#isConfirmed(line));
    const [only] = confirmed;
    if (confirmed.length === 1 && only !== undefined) return { line: only, ambiguous: [] };
    const [first, ...others] = reading.lines;
    if (first === undefined || others.some((line) => line.message.length !== first.message.length)) return undefined;
    return agreed(first, others);
  }

  #isConfirmed({ values }: StderrLine): boolean {
    const session = this.#sessions.of({ ...EMPTY_RECORD, pid: values.pid ?? '', sessionId: values.sessionId ?? '' });
    if (session.user === '') return false;
    const host = values.remoteHost ?? (values.remote === undefined ? undefined : splitRemote(values.remote).host);
    return (
      (values.user === undefined || values.user === session.user) &&
      (values.database === undefined || values.database === session.database) &&
      (host === undefined || session.host === '' || host === session.host)
    );
  }
}

function agreed(first: StderrLine, others: readonly StderrLine[]): { readonly line: StderrLine; readonly ambiguous: readonly string[] } {
  const values: Record<string, string> = {};
  const ambiguous: string[] = [];
  for (const [name, value] of Object.entries(first.values)) {
    if (others.every((line) => Object.entries(line.values).some(([other, text]) => other === name && text === value))) values[name] = value;
    else ambiguous.push(name);
  }
  return { line: { ...first, values }, ambiguous };
}

/** `%r`: `10.0.0.1(52526)`, `::1(52526)`, `[local]`. */
function splitRemote(remote: string): { readonly host: string; readonly port: string } {
  const match = /^(.{0,255})\((\d{1,5})\)$/.exec(remote);
  return match === null ? { host: remote, port: '' } : { host: match[1] ?? '', port: match[2] ?? '' };
}

/** The second half of a session's id is its pid in hex. */
function pidOf(sessionId: string | undefined): string {
  const hex = sessionId === undefined ? '' : sessionId.slice(sessionId.indexOf('.') + 1);
  return hex === '' ? '' : String(Number.parseInt(hex, 16));
}

const STATE = /^(?=[A-Z]{0,4}\d)[\dA-Z]{5}: /;
const TAB = 0x09;
