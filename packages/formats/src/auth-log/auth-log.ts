import type { Context, Emit, Format, Head, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { redactedCommand } from '../redaction/command-line.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { repetitionOf, type SyslogLine, SyslogReader } from '../syslog/index.ts';
import { Recent } from '../recent.ts';
import { assembled } from './claim.ts';
import { OwnFileReader } from './own-files.ts';
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
/** What journalctl writes between lines. */
const JOURNAL_MARK = /^-- (?:Logs begin at|Journal begins at|Reboot|Boot |No entries|Journal ends|Subject|The )/;

class AuthLogParser implements Parser {
  readonly #syslog: SyslogReader;
  readonly #own: OwnFileReader;
  readonly #judge = new MessageJudge();
  readonly #last = new Recent<string, Judged>(HOSTS_MAX);
  /** Of a file that a program writes itself, without syslog's header (`sshd -E`): that program. */
  readonly #program: string | undefined;
  #lastHost = '';
  #lastJudged: Judged | undefined;

  constructor(context: Context) {
    this.#syslog = new SyslogReader(context);
    this.#own = new OwnFileReader(context);
    this.#program = context.options['program'];
  }

  parse(record: TextRecord, emit: Emit): void {
    const line = this.#syslog.read(record.text) ?? this.#own.read(record.text) ?? this.#bare(record.text);
    const verdict = line === undefined ? unread(record.text) : this.#judged(line);
    emit(masked(record, verdict), verdict);
  }

  end(): void {
    // Every line was judged when it came.
  }

  #bare(text: string): SyslogLine | undefined {
    if (this.#program === undefined) return undefined;
    return {
      priority: undefined,
      stamp: undefined,
      host: '',
      tag: this.#program,
      pid: '',
      messageId: '',
      structured: undefined,
      message: text,
    };
  }

  #judged(line: SyslogLine): Verdict {
    const repetition = repetitionOf(line.message);
    if (repetition === undefined) return verdictOf(line, this.#remember(line.host, this.#judge.judge(line)));
    if (repetition.message !== undefined)
      return verdictOf(line, this.#judge.judge({ ...line, message: repetition.message }), repetition.times);
    const last = line.host === this.#lastHost ? this.#lastJudged : this.#last.get(line.host);
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

/** As many lines tell. */
const LINES_LOOKED_AT = 50;

function recognise(head: Head): number {
  const context: Context = { writtenMs: Date.UTC(2100, 0, 1), zone: { name: 'UTC', offsetMinutes: () => 0 }, options: {} };
  const reader = new SyslogReader(context);
  const own = new OwnFileReader(context);
  const lines = head.lines.slice(0, LINES_LOOKED_AT);
  let read = 0;
  let known = 0;
  for (const text of lines) {
    const line = reader.read(text) ?? own.read(text);
    if (line === undefined || line.tag === '' || line.message.includes(' msg=audit(')) continue;
    read++;
    if (JUDGES.has(programOf(line.tag)) || line.message.startsWith('pam_')) known++;
  }
  if (read === 0 || read * 2 < lines.length) return 0;
  return known > 0 ? 0.9 : /auth|secure|syslog|messages/.test(head.name) ? 0.6 : 0.4;
}
