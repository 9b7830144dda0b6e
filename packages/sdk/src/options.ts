import path from 'node:path';
import { SPOOL_BYTES_MAX } from './bounds.ts';
import { setting } from './outside.ts';
import type { OnProblem } from './report.ts';

export interface DaybookOptions {
  /** The producer: the name that the token was made with. Default: `DAYBOOK_NAME`. */
  readonly name?: string;
  /** Default: `DAYBOOK_URL`. */
  readonly url?: string;
  /** A token of role producer. Default: `DAYBOOK_TOKEN`. */
  readonly token?: string;
  /** The spool's directory, on a local disk that outlives the process. Several processes may share it. Default: `DAYBOOK_SPOOL`, else `./daybook-spool`. */
  readonly directory?: string;
  /** Bytes of the spool. Default: 256 MiB. */
  readonly spoolBytesMax?: number;
  /** Members that every event gets unless it says otherwise: `{ environment: 'production', tenant_id: 't1' }`. */
  readonly defaults?: object;
  /** Default: on, except to this machine. */
  readonly gzip?: boolean;
  /** A certificate authority of your own, PEM. */
  readonly ca?: string | Buffer;
  /** Told of trouble, at most every ten seconds per kind. Default: a process warning. */
  readonly onProblem?: OnProblem;
  /** false: nothing is recorded, for tests and development. */
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
export function mustSettings(options: DaybookOptions): Settings {
  const name = options.name ?? setting('DAYBOOK_NAME') ?? '';
  const url = options.url ?? setting('DAYBOOK_URL') ?? '';
  const token = options.token ?? setting('DAYBOOK_TOKEN') ?? '';
  const spoolBytesMax = options.spoolBytesMax ?? SPOOL_BYTES_MAX;
  if (!NAME.test(name))
    throw new TypeError('daybook: name is the name that the token was made with: letters, digits, _ and -, at most 64 (or DAYBOOK_NAME)');
  if (url === '') throw new TypeError('daybook: url is missing (or DAYBOOK_URL)');
  if (!TOKEN.test(token)) throw new TypeError('daybook: token is missing, or holds what no token holds (or DAYBOOK_TOKEN)');
  if (!(spoolBytesMax >= 0)) throw new TypeError('daybook: spoolBytesMax is a number of bytes');
  return { name, url, token, spoolBytesMax, directory: path.resolve(options.directory ?? setting('DAYBOOK_SPOOL') ?? 'daybook-spool') };
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** What may stand in a header. */
const TOKEN = /^[\x21-\x7e]{8,512}$/;
