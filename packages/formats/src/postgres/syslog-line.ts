import type { Context } from '../format.ts';
import { isStructured, SyslogReader } from '../syslog/syslog.ts';
import { type Stamp, monthOf, stampOf, stampWithoutYear } from '../time/stamps.ts';

/**
 * A line that PostgreSQL sent to syslog (`log_destination = 'syslog'`, write_syslog in elog.c): long messages and their lines are sent piece by piece,
 * numbered `[<message>-<piece>] ` when `syslog_sequence_numbers` is on; tabs arrive as `#011` from daemons that escape control characters.
 */
export interface SyslogLine {
  readonly time: Stamp | undefined;
  readonly host: string;
  readonly pid: string;
  /** Of the message; '' without sequence numbers. */
  readonly sequence: string;
  /** From 1. */
  readonly piece: number;
  readonly text: string;
}

const CLASSIC = /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\S{1,255}) [^\s[\]:]{1,64}\[(\d{1,10})\]: /;
const ISO =
  /^(?:<\d{1,3}>)?(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d) (\S{1,255}) [^\s[\]:]{1,64}\[(\d{1,10})\]: /;
const PID = /^\d{1,10}$/;
const PIECE = /^\[(\d{1,10})-(\d{1,6})\] ?/;

/** `reader`: of this context, where there are many lines. */
export function syslogLine(line: string, context: Context, reader = new SyslogReader(context)): SyslogLine | undefined {
  const first = line.charCodeAt(0);
  // `<`, a capital, or a date with T: others are not from syslog.
  if (first !== 0x3c && !(first >= 0x41 && first <= 0x5a) && line[10] !== 'T') return undefined;
  if (isStructured(line)) {
    const said = reader.read(line);
    return said === undefined || !PID.test(said.pid)
      ? undefined
      : pieceOf(said.message, { time: said.stamp, host: said.host, pid: said.pid });
  }
  const classic = CLASSIC.exec(line);
  if (classic !== null) {
    const [whole, month = '', day, hour, minute, second, host = '', pid = ''] = classic;
    const reading = { month: monthOf(month) ?? 12, day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second) };
    return pieceOf(line.slice(whole.length), { time: stampWithoutYear(reading, context), host, pid });
  }
  const iso = ISO.exec(line);
  if (iso === null) return undefined;
  const [whole, year, month, day, hour, minute, second, fraction, zone = 'Z', host = '', pid = ''] = iso;
  const reading = {
    year: Number(year),
    month: Number(month) - 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
  const time = stampOf(fraction === undefined ? reading : { ...reading, fraction }, context, minutesOf(zone));
  return pieceOf(line.slice(whole.length), { time, host, pid });
}

function pieceOf(rest: string, from: Pick<SyslogLine, 'time' | 'host' | 'pid'>): SyslogLine {
  const numbered = PIECE.exec(rest);
  const text = numbered === null ? rest : rest.slice(numbered[0].length);
  const plain = text.includes('#0') ? text.replaceAll('#011', '\t').replaceAll('#012', '\n') : text;
  return { ...from, sequence: numbered?.[1] ?? '', piece: Number(numbered?.[2] ?? 1), text: plain };
}

function minutesOf(zone: string): number {
  if (zone === 'Z') return 0;
  return (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
}
