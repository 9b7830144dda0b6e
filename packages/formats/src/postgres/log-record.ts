import type { Stamp } from '../time/stamps.ts';

/**
 * One message of PostgreSQL with what the log says of its session, whichever of the three destinations it was read from. Texts are '' when the log does
 * not say them. Names follow the columns of csvlog (config.sgml, "Using CSV-Format Log Output").
 */
export interface LogRecord {
  readonly time: Stamp | undefined;
  readonly user: string;
  readonly database: string;
  readonly pid: string;
  /** Address, host name or `[local]`. */
  readonly remoteHost: string;
  readonly remotePort: string;
  /** Start of the session and pid in hex: unique in a cluster. */
  readonly sessionId: string;
  /** Of the session, from 1. */
  readonly lineNumber: string;
  readonly commandTag: string;
  readonly sessionStart: string;
  readonly virtualTransaction: string;
  readonly transaction: string;
  /** LOG, ERROR …, in English. */
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string;
  readonly hint: string;
  readonly internalQuery: string;
  readonly context: string;
  readonly statement: string;
  readonly location: string;
  readonly application: string;
  readonly backendType: string;
  readonly leaderPid: string;
  readonly queryId: string;
  /** Of the server, when syslog said it. */
  readonly serverHost: string;
  /** What in the line can be read in two ways, one of them perhaps written by an attacker: left out, and named here. */
  readonly ambiguous: readonly string[];
  /** Whether a secret may be spelled out somewhere in it: looked for once in the whole, since most have none. */
  readonly suspect: boolean;
}

export const EMPTY_RECORD: LogRecord = {
  time: undefined,
  user: '',
  database: '',
  pid: '',
  remoteHost: '',
  remotePort: '',
  sessionId: '',
  lineNumber: '',
  commandTag: '',
  sessionStart: '',
  virtualTransaction: '',
  transaction: '',
  severity: '',
  sqlState: '',
  message: '',
  detail: '',
  hint: '',
  internalQuery: '',
  context: '',
  statement: '',
  location: '',
  application: '',
  backendType: '',
  leaderPid: '',
  queryId: '',
  serverHost: '',
  ambiguous: [],
  suspect: false,
};

/** What the server writes where it does not know a name yet (elog.c). */
export function known(name: string): string {
  return name === '[unknown]' ? '' : name;
}
