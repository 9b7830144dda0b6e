import type { SyslogLine } from '../syslog/index.ts';
import { StampReader } from '../syslog/stamp-reader.ts';
import type { Context } from '../format.ts';

/** `Sat May 25 13:28:45 2013 `, as ctime(3) and strftime's `%a %b %d %T %Y` write it; what follows is a process id of vsftpd, or an entry of an xferlog. */
const VSFTPD = /^[A-Z][a-z]{2} (?=[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} \[pid \d{1,10}\] )/;
const XFERLOG =
  /^[A-Z][a-z]{2} (?=[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} \d{1,10} \S{1,256} \d{1,19} .* [ab] [CUT_]{1,3} [oid] [arg] )/;
const PID = /\[pid (\d{1,10})\] /y;

/** Lines of files that a server writes itself, without a syslog daemon: vsftpd.log (vsftpd logging.c), and xferlog(5) of all FTP servers. */
export class OwnFileReader {
  readonly #stamps: StampReader;

  constructor(context: Context) {
    this.#stamps = new StampReader(context);
  }

  /** undefined: no such line. */
  read(text: string): SyslogLine | undefined {
    const isVsftpd = VSFTPD.test(text);
    if (!isVsftpd && !XFERLOG.test(text)) return undefined;
    const found = this.#stamps.read(text, 4);
    if (found === undefined) return undefined;
    PID.lastIndex = found.end;
    const pid = isVsftpd ? (PID.exec(text)?.[1] ?? '') : '';
    const message = text.slice(found.end);
    const tag = isVsftpd ? 'vsftpd' : 'xferlog';
    return { priority: undefined, stamp: found.stamp, host: '', tag, pid, messageId: '', structured: undefined, message };
  }
}
