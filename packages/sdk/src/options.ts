import path from 'node:path';
import { SPOOL_BYTES_MAX } from './bounds.ts';
import { setting } from './outside.ts';
import type { OnProblem } from './report.ts';

export interface DaybookOptions {
  /** The name that the token was made with. Default: `DAYBOOK_NAME`. */
  readonly name?: string;
  /** Default: `DAYBOOK_URL`. */
  readonly url?: string;
  /** A token of role producer. Default: `DAYBOOK_TOKEN`. */
  readonly token?: string;
  /** Of the spool, on a local disk that outlives the process; processes may share it. Default: `DAYBOOK_SPOOL`, else `./daybook-spool`. */
  readonly directory?: string;
  /** Default: 256 MiB. */
  readonly spoolBytesMax?: number;
  /** Members of every event: `{ environment: 'production' }`. */
  readonly defaults?: object;
  /** Default: on, except to this machine. */
  readonly gzip?: boolean;
  /** A certificate authority of your own, PEM. */
  readonly ca?: string | Buffer;
  /** Default: a process warning. */
  readonly onProblem?: OnProblem;
  /** false: nothing is recorded. */
  readonly enabled?: boolean;
}

export interface Settings {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly directory: string;
  readonly spoolBytesMax: number;
}

/** Throws TypeError when something is missing or can't be: at the start of the application, where somebody sees it. */
export function mustSettings({ name, url, token, directory, spoolBytesMax = SPOOL_BYTES_MAX }: DaybookOptions): Settings {
  const settings = {
    name: mustText(name, 'DAYBOOK_NAME', NAME, 'name is the name that the token was made with: letters, digits, _ and -, at most 64'),
    url: mustText(url, 'DAYBOOK_URL', ANYTHING, 'url is missing'),
    token: mustText(token, 'DAYBOOK_TOKEN', TOKEN, 'token is missing, or holds what no token holds'),
    directory: path.resolve(directory ?? setting('DAYBOOK_SPOOL') ?? 'daybook-spool'),
    spoolBytesMax,
  };
  if (!(spoolBytesMax >= 0)) throw new TypeError('daybook: spoolBytesMax is a number of bytes');
  return settings;
}

function mustText(option: string | undefined, variable: string, pattern: RegExp, problem: string): string {
  const value = option ?? setting(variable) ?? '';
  if (!pattern.test(value)) throw new TypeError(`daybook: ${problem} (or ${variable})`);
  return value;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** What may stand in a header. */
const TOKEN = /^[\x21-\x7e]{8,512}$/;
const ANYTHING = /./;
