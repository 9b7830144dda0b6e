import type { Context } from '../format.ts';
import type { Stamp } from '../time/stamps.ts';
import { pastBlanks, StampReader } from './stamp-reader.ts';
import { readStructuredData, type StructuredData } from './structured-data.ts';

/** What stands before a syslog message. Absent texts are empty. */
export interface SyslogLine {
  /** Facility × 8 + severity. */
  readonly priority: number | undefined;
  /** undefined: the line has none, or RFC 5424's `-`. */
  readonly stamp: Stamp | undefined;
  readonly host: string;
  /** The program: TAG, or APP-NAME. */
  readonly tag: string;
  readonly pid: string;
  /** MSGID of RFC 5424. */
  readonly messageId: string;
  readonly structured: StructuredData | undefined;
  readonly message: string;
}

/** A mailbox of the kernel, the largest facility 23 with severity 7 (RFC 5424 section 6.2.1). */
const PRIORITY_MAX = 191;
const PRIORITY = /^<(\d{1,3})>/;
/** RFC 5424 section 6.2.2. */
const VERSION = /([1-9]\d{0,2}) (?=- |\d{4}-)/y;
/** FreeBSD's `syslogd -v`: facility and severity behind the stamp. */
const BSD_PRIORITY = /<[a-z0-9]+\.[a-z0-9]+> /y;
/** Busybox's syslogd: facility and level before the tag, and `logread` of OpenWrt has them and no host; AIX has a colon between them, and `auth|security`. */
const BUSYBOX_PRIORITY =
  /(?:kern|user|mail|daemon|auth(?:\|security)?|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])[.:](?:emerg|alert|crit|err(?:or)?|warn(?:ing)?|notice|info|debug) /y;
/** `Sat Jan 10 10:00:00 2026 `: only where the facility follows, for other programs begin their own lines so. */
const WEEKDAY = /[A-Z][a-z]{2} (?=[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} (?:\[\d{9,11}\.\d{1,6}\] )?[a-z\d]{3,8}\.[a-z]{3,6} )/y;
/** `logread -t` writes the time once more. */
const EPOCH = /\[\d{9,11}\.\d{1,6}\] /y;
/** AIX's syslogd, of what another machine's sent it. */
const FORWARDED = /Message forwarded from (\S{1,255}): /y;
/** RFC 5424 from HOST on, without what stands before the stamp: as syslogd of Alpine and others write their files. */
const BARE_STRUCTURED = /\S{1,255} [\x21-\x7e]{1,48} (?:\d{1,10}|-) \S{1,32} (?:-(?: |$)|\[[^\s\]="]{1,32}[\] ])/y;
/** Solaris puts an id of the message text before it. */
const SOLARIS_ID = /^\[ID \d+ [a-z0-9]+\.[a-z0-9]+\] /;
const BYTE_ORDER_MARK = '\uFEFF';

const STRUCTURED = /^<\d{1,3}>1 /;

/** Whether a line begins as RFC 5424 has it. Only a reader knows such a header whole: daemons put structured data into it, and a blank before the message. */
export function isStructured(line: string): boolean {
  return STRUCTURED.test(line);
}

/**
 * Reads the lines of one input:
 *
 *     [<PRI>] STAMP [HOST] TAG[PID]: MESSAGE                        RFC 3164, and what rsyslog, syslog-ng, BSD and systemd write into files
 *     STAMP HOST FACILITY.LEVEL TAG[PID]: MESSAGE                   Busybox
 *     [<PRI>] VERSION STAMP HOST APP-NAME PROCID MSGID DATA MESSAGE RFC 5424
 *     STAMP HOST APP-NAME PROCID MSGID DATA MESSAGE                 RFC 5424 without its beginning, in files
 *     <PRI> MESSAGE                                                 RFC 3164 section 4.3.3: a device that says nothing else
 *
 * Only what the syslog daemon writes is taken for the header; everything behind it is the program's, and whoever can make a program write.
 */
export class SyslogReader {
  readonly #stamps: StampReader;

  constructor(context: Context) {
    this.#stamps = new StampReader(context);
  }

  /** undefined: no syslog line, for it has neither a stamp nor a priority, or is broken. */
  read(text: string): SyslogLine | undefined {
    let at = 0;
    let priority: number | undefined;
    if (text.charCodeAt(0) === 0x3c) {
      const found = PRIORITY.exec(text);
      if (found === null || Number(found[1]) > PRIORITY_MAX) return undefined;
      priority = Number(found[1]);
      at = found[0].length;
    }
    VERSION.lastIndex = at;
    const version = VERSION.exec(text);
    if (version !== null) return this.#readStructured(text, at + version[0].length, priority);
    const found = this.#stamps.read(text, at) ?? this.#stamps.read(text, pastWeekday(text, at));
    if (found !== undefined) {
      const line = readTail(text, found.end, priority, found.stamp);
      if (line.tag !== '' || line.host === '') return line;
      BARE_STRUCTURED.lastIndex = found.end;
      const whole = isDigit(text.charCodeAt(at)) && BARE_STRUCTURED.test(text) ? this.#readStructured(text, at, priority) : undefined;
      return whole ?? line;
    }
    return priority === undefined ? undefined : readTag(text, { at: pastBlanks(text, at), priority, stamp: undefined, host: '' });
  }

  #readStructured(text: string, from: number, priority: number | undefined): SyslogLine | undefined {
    const absent = text.startsWith('- ', from);
    const found = absent ? undefined : this.#stamps.read(text, from);
    if (found === undefined && !absent) return undefined;
    const words: string[] = [];
    let at = found?.end ?? from + 2;
    for (let word = 0; word < 4; word++) {
      const blank = text.indexOf(' ', at);
      if (blank < 0) return undefined;
      const value = text.slice(at, blank);
      words.push(value === '-' ? '' : value);
      at = blank + 1;
    }
    const data = readStructuredData(text, at);
    if (data === undefined || (data.end < text.length && text[data.end] !== ' ')) return undefined;
    const [host = '', tag = '', pid = '', messageId = ''] = words;
    // rsyslog keeps the blank behind a classic tag as the first of the message.
    const said = text.startsWith('  ', data.end) ? data.end + 2 : data.end + 1;
    const message = text.slice(said);
    return {
      priority,
      stamp: found?.stamp,
      host,
      tag,
      pid,
      messageId,
      structured: data.data,
      message: message.startsWith(BYTE_ORDER_MARK) ? message.slice(1) : message,
    };
  }
}

/** Behind the stamp. A first word that ends as a tag does is the tag: the host is missing, as in what programs write into /dev/log. */
function readTail(text: string, from: number, priority: number | undefined, stamp: Stamp): SyslogLine {
  BSD_PRIORITY.lastIndex = from;
  const past = BSD_PRIORITY.test(text) ? BSD_PRIORITY.lastIndex : from;
  const at = text.charCodeAt(past) === OPEN ? pastEpoch(text, past) : past;
  const blank = text.indexOf(' ', at);
  const word = blank < 0 ? text.slice(at) : text.slice(at, blank);
  if (isTag(word)) return readTag(text, { at, priority, stamp, host: '' });
  const facility = pastFacility(text, at);
  if (facility > at) return readTag(text, { at: facility, priority, stamp, host: '' });
  const header = { at: blank < 0 ? text.length : pastFacility(text, pastBlanks(text, blank)), priority, stamp, host: word };
  const line = readTag(text, header);
  return line.tag === '' ? (readRelayed(text, at, header) ?? line) : line;
}

/** Relays that do not know a host's name from a tag write their own before it, or before all: `HOST HOST TAG:`, `[HOST ]Message forwarded from HOST: TAG:`. */
function readRelayed(text: string, first: number, header: Header): SyslogLine | undefined {
  for (const at of [first, header.at]) {
    FORWARDED.lastIndex = at;
    const sender = FORWARDED.exec(text)?.[1];
    // Behind a host the words may be a program's: what the daemon wrote stays the host.
    if (sender !== undefined) return readTag(text, { ...header, at: FORWARDED.lastIndex, host: at === first ? sender : header.host });
  }
  const blank = text.indexOf(' ', header.at);
  const again = blank < 0 ? '' : text.slice(header.at, blank);
  const { host } = header;
  return again !== '' && (again === host || again.startsWith(`${host}.`) || host.startsWith(`${again}.`))
    ? readTag(text, { ...header, at: pastBlanks(text, blank) })
    : undefined;
}

function pastEpoch(text: string, at: number): number {
  EPOCH.lastIndex = at;
  return EPOCH.test(text) ? EPOCH.lastIndex : at;
}

const OPEN = 0x5b;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function pastFacility(text: string, at: number): number {
  BUSYBOX_PRIORITY.lastIndex = at;
  return BUSYBOX_PRIORITY.test(text) ? BUSYBOX_PRIORITY.lastIndex : at;
}

function pastWeekday(text: string, at: number): number {
  WEEKDAY.lastIndex = at;
  return WEEKDAY.test(text) ? WEEKDAY.lastIndex : at;
}

/** An IPv6 address may end in `::`, and is a host. */
function isTag(word: string): boolean {
  return (word.endsWith(':') && !word.endsWith('::')) || word.includes(']:');
}

interface Header {
  readonly at: number;
  readonly priority: number | undefined;
  readonly stamp: Stamp | undefined;
  readonly host: string;
}

/** `sshd[12]:`, `su:`, `/usr/sbin/cron[7]:`, `sshd(pam_unix)[3]:`, `polkitd(authority=local)[4]:`, `gdm-password][5]:`. Without one all is message. */
function readTag(text: string, { at, priority, stamp, host }: Header): SyslogLine {
  const blank = text.indexOf(' ', at);
  const word = blank < 0 ? text.slice(at) : text.slice(at, blank);
  const bracket = word.indexOf(']:');
  const colon = bracket < 0 ? word.indexOf(':') : bracket + 1;
  let name = colon < 0 ? '' : word.slice(0, colon);
  let pid = '';
  if (name.endsWith(']')) {
    const open = name.lastIndexOf('[');
    if (open >= 0) {
      pid = name.slice(open + 1, -1);
      name = name.slice(0, open);
    }
  }
  const from = colon < 0 ? at : at + colon + 1;
  const message = text.charCodeAt(from) === 0x20 && colon >= 0 ? text.slice(from + 1) : text.slice(from);
  const plain = message.startsWith('[ID ') ? message.replace(SOLARIS_ID, '') : message;
  return { priority, stamp, host, tag: name, pid, messageId: '', structured: undefined, message: plain };
}
