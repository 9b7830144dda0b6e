import type { SyslogLine } from '../syslog/index.ts';
import { StampReader } from '../syslog/stamp-reader.ts';
import type { Context } from '../format.ts';

/** `Sat May 25 13:28:45 2013 `, as ctime(3) and strftime's `%a %b %d %T %Y` write it; what follows is a process id of vsftpd, or an entry of an xferlog. */
const VSFTPD = /^[A-Z][a-z]{2} (?=[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} \[pid \d{1,10}\] )/;
const XFERLOG =
  /^[A-Z][a-z]{2} (?=[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} \d{1,10} \S{1,256} \d{1,19} .* [ab] [CUT_]{1,3} [oid] [arg] )/;
const PID = /\[pid (\d{1,10})\] /y;

/** sudoers(5) `logfile`: the time, with the year when `log_year` asks for it, and what syslog would get (plugins/sudoers/logging.c do_logfile()). */
const SUDO = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\d{4} )?: (?=[^\s:][^:]{0,255} : )/;
/** `log_host`; what a caller can choose, his directory before all, stands behind the terminal. */
const SUDO_HOST = /^[^=]{1,600}? ; HOST=(\S{1,255}) ; |^[^=:]{1,256} : HOST=(\S{1,255}) ; /;
/** Behind the time of macOS' `log show`: thread, type, activity, process id, time to live, process, and maybe the library and the subsystem that spoke. */
const APPLE =
  /0x[\da-f]{1,16} +(?:Default|Info|Debug|Error|Fault|Activity) +0x[\da-f]{1,16} +(\d{1,10}) +\d{1,10} +([\w.-]{1,64}): (?:\([\w.+-]{1,64}\) )?(?:\[[\w.:-]{1,128}\] )?/y;
/** A longer line of sudo's file goes on behind four blanks (`loglinelen`). */
const GOES_ON = '    ';

/** Whether more of this line of sudo's own file may follow in the next. */
export const isSudoFile = (text: string): boolean => SUDO.test(text);

/** The rest of such a line; undefined when it is none. */
export function sudoRest(text: string): string | undefined {
  return text.startsWith(GOES_ON) && text.charCodeAt(GOES_ON.length) > BLANK ? text.slice(GOES_ON.length) : undefined;
}

const BLANK = 0x20;

/** Lines of files that a program writes itself, without a syslog daemon: vsftpd.log (vsftpd logging.c), xferlog(5) of all FTP servers, sudo's, macOS' log. */
export class OwnFileReader {
  readonly #stamps: StampReader;

  constructor(context: Context) {
    this.#stamps = new StampReader(context);
  }

  /** undefined: no such line. */
  read(text: string): SyslogLine | undefined {
    return this.#sudo(text) ?? this.#apple(text) ?? this.#ftp(text);
  }

  #sudo(text: string): SyslogLine | undefined {
    const head = SUDO.exec(text)?.[0];
    const found = head === undefined ? undefined : this.#stamps.read(text, 0);
    if (head === undefined || found === undefined) return undefined;
    const message = text.slice(head.length);
    const named = SUDO_HOST.exec(message);
    return lineOf({ stamp: found.stamp, tag: 'sudo', message, host: named?.[1] ?? named?.[2] ?? '' });
  }

  #apple(text: string): SyslogLine | undefined {
    const found = this.#stamps.read(text, 0);
    if (found === undefined) return undefined;
    APPLE.lastIndex = found.end;
    const head = APPLE.exec(text);
    return head === null
      ? undefined
      : lineOf({ stamp: found.stamp, tag: head[2] ?? '', pid: head[1], message: text.slice(APPLE.lastIndex) });
  }

  #ftp(text: string): SyslogLine | undefined {
    const isVsftpd = VSFTPD.test(text);
    if (!isVsftpd && !XFERLOG.test(text)) return undefined;
    const found = this.#stamps.read(text, 4);
    if (found === undefined) return undefined;
    PID.lastIndex = found.end;
    const pid = isVsftpd ? (PID.exec(text)?.[1] ?? '') : '';
    return lineOf({ stamp: found.stamp, tag: isVsftpd ? 'vsftpd' : 'xferlog', pid, message: text.slice(found.end) });
  }
}

type Parts = Pick<SyslogLine, 'stamp' | 'tag' | 'message'> & { readonly pid?: string | undefined; readonly host?: string };

/** The line as a syslog daemon would have written it. */
export function lineOf({ stamp, tag, message, pid = '', host = '' }: Parts): SyslogLine {
  return { priority: undefined, stamp, host, tag, pid, messageId: '', structured: undefined, message };
}
