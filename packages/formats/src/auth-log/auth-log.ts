import { AUDIT_TAGS, LoneRecords } from '../auditd/lone-record.ts';
import type { Context, Emit, Format, Head, Parser } from '../format.ts';
import { containerLine } from '../framing/container-line.ts';
import { joined, RECORD_BYTES_MAX, type TextRecord } from '../framing/framer.ts';
import { redactedCommand } from '../redaction/command-line.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { repetitionOf, type SyslogLine, SyslogReader } from '../syslog/index.ts';
import { StampReader } from '../syslog/stamp-reader.ts';
import { Recent } from '../recent.ts';
import { assembled } from './claim.ts';
import { isSudoFile, lineOf, OwnFileReader, sudoRest } from './own-files.ts';
import { AUTH_MAPPING } from './mapping.ts';
import { type Judged, MessageJudge } from './message-judge.ts';
import { JUDGES, programOf } from './programs.ts';

/** Lines of syslog daemons about logins and rights: `/var/log/auth.log`, `/var/log/secure`, and what else is logged beside them. */
export const AUTH_LOG: Format = {
  name: 'auth-log',
  title: 'OpenSSH, PAM, sudo, su, cron and account tools in auth.log, secure or messages',
  source: 'linux',
  framing: 'lines',
  keepsOriginal: true,
  recognise,
  open: (context) => new AuthLogParser(context),
  mapping: AUTH_MAPPING,
};

/** Hosts whose last message is kept, for `last message repeated`: a collector's file has many; the one that was silent longest is forgotten. */
const HOSTS_MAX = 1000;
const DASHES = '---';
/** What journalctl writes between lines. */
const JOURNAL_MARK = /^-- (?:Logs begin at|Journal begins at|Reboot|Boot |No entries|Journal ends|Subject|The )/;

class AuthLogParser implements Parser {
  readonly #lines: LineReader;
  readonly #judge = new MessageJudge();
  readonly #audit: LoneRecords;
  readonly #last = new Recent<string, Judged>(HOSTS_MAX);
  #lastHost = '';
  #lastJudged: Judged | undefined;
  /** A line of sudo's own file, which may go on in the next. */
  #sudo: TextRecord | undefined;

  constructor(context: Context) {
    this.#lines = new LineReader(context);
    this.#audit = new LoneRecords(context);
  }

  parse(record: TextRecord, emit: Emit): void {
    const open = this.#sudo;
    if (open !== undefined) {
      const rest = sudoRest(record.text);
      if (rest !== undefined && open.text.length + rest.length < RECORD_BYTES_MAX) {
        this.#sudo = joined(open, record, `${open.text} ${rest}`);
        return;
      }
      this.end(emit);
    }
    const line = this.#lines.read(record);
    if (line?.tag === 'sudo' && isSudoFile(record.text)) this.#sudo = record;
    else this.#give(record, line, emit);
  }

  end(emit: Emit): void {
    const open = this.#sudo;
    this.#sudo = undefined;
    if (open !== undefined) this.#give(open, this.#lines.read(open), emit);
  }

  #give(record: TextRecord, line: SyslogLine | undefined, emit: Emit): void {
    const audit = line !== undefined && AUDIT_TAGS.has(line.tag) ? this.#audit.read(line) : undefined;
    const verdict = audit ?? (line === undefined ? unread(record.text) : this.#judged(line));
    emit(audit === undefined ? masked(record, verdict) : maskedAudit(record, verdict), verdict);
  }

  #judged(line: SyslogLine): Verdict {
    const repetition = repetitionOf(line.message);
    if (repetition === undefined) return verdictOf(line, this.#remember(line.host, this.#judge.judge(line)));
    if (repetition.message !== undefined)
      return verdictOf(line, this.#judge.judge({ ...line, message: repetition.message }), repetition.times);
    // macOS names no host, and has dashes where it would stand.
    const last = line.host === this.#lastHost || line.host === DASHES ? this.#lastJudged : this.#last.get(line.host);
    if (last === undefined) return quarantine('repeats_unknown', 'this line repeats one that stands before the beginning of the input');
    return verdictOf(line, last, repetition.times);
  }

  #remember(host: string, judged: Judged): Judged {
    if (host !== this.#lastHost) {
      if (this.#lastJudged !== undefined) this.#last.set(this.#lastHost, this.#lastJudged);
      this.#lastHost = host;
    }
    this.#lastJudged = judged;
    return judged;
  }
}

/** Reads lines of a syslog daemon, of programs' own files, and both out of what a container's runtime put around them. */
class LineReader {
  readonly #syslog: SyslogReader;
  readonly #own: OwnFileReader;
  readonly #stamps: StampReader;
  /** Of a file that a program writes itself, without syslog's header (`sshd -E`): that program. */
  readonly #program: string | undefined;

  constructor(context: Context) {
    this.#syslog = new SyslogReader(context);
    this.#own = new OwnFileReader(context);
    this.#stamps = new StampReader(context);
    this.#program = context.options['program'];
  }

  read({ text, takenAt = '' }: Pick<TextRecord, 'text' | 'takenAt'>): SyslogLine | undefined {
    const line = this.#syslog.read(text);
    if (line !== undefined && line.tag !== '') return line;
    const carried = containerLine(text);
    if (carried === undefined) return this.#own.read(text) ?? line ?? this.#bare(text, takenAt);
    const inner = this.#syslog.read(carried.line);
    if (inner !== undefined && inner.tag !== '') return inner;
    return this.#own.read(carried.line) ?? inner ?? this.#bare(carried.line, carried.time);
  }

  #bare(message: string, time: string): SyslogLine | undefined {
    return this.#program === undefined ? undefined : lineOf({ stamp: this.#stamps.read(time, 0)?.stamp, tag: this.#program, message });
  }
}

/** A line that stands for several says for how many; it is one event, for it has one time. */
function verdictOf({ stamp }: SyslogLine, { finding, message }: Judged, repeated?: number): Verdict {
  if (typeof finding === 'string') return noise(finding);
  return assembled(finding, { stamp, message, attributes: repeated === undefined ? undefined : { repeated } });
}

function unread(text: string): Verdict {
  return JOURNAL_MARK.test(text)
    ? noise('journal_mark')
    : quarantine('no_syslog_line', 'this line does not begin as a line of a syslog daemon');
}

/** Whoever gives a password on a command line has it in the log; it goes no further. */
function masked(record: TextRecord, { event }: Verdict): TextRecord {
  if (event?.['resource_type'] !== 'command' && event?.['action'] !== 'execute') return record;
  // What sudo writes before the command is no command: its PWD is a folder.
  const found = /(?: ; |: )(?:ENV|COMMAND)=/.exec(record.text);
  if (found === null && event['resource'] === 'sudo') return record;
  const head = found?.index ?? 0;
  const text = record.text.slice(0, head) + redactedCommand(record.text.slice(head));
  return text === record.text ? record : { ...record, text };
}

/** In such a record a command may stand in hexadecimal: what follows the header is left out whole. */
function maskedAudit(record: TextRecord, { event }: Verdict): TextRecord {
  const resource = event?.['resource'];
  if (typeof resource !== 'string' || !resource.includes('[redacted]')) return record;
  return { ...record, text: `${record.text.slice(0, record.text.indexOf(': ') + 2)}[redacted: the command of this record holds a secret]` };
}

/** As many lines tell. */
const LINES_LOOKED_AT = 50;

function recognise(head: Head): number {
  const context: Context = { writtenMs: Date.UTC(2100, 0, 1), zone: { name: 'UTC', offsetMinutes: () => 0 }, options: {} };
  const reader = new LineReader(context);
  const lines = head.lines.slice(0, LINES_LOOKED_AT);
  let read = 0;
  let known = 0;
  for (const text of lines) {
    const line = reader.read({ text });
    if (line === undefined || line.tag === '' || line.message.includes(' msg=audit(')) continue;
    read++;
    if (JUDGES.has(programOf(line.tag)) || line.message.startsWith('pam_')) known++;
  }
  if (read === 0 || read * 2 < lines.length) return 0;
  return known > 0 ? 0.9 : /auth|secure|syslog|messages/.test(head.name) ? 0.6 : 0.4;
}
