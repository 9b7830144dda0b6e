import { FIELDS } from '@daybook/protocol';
import { openBase } from './base/base.ts';
import type { Config } from './base/config.ts';
import { type LocalCredentials, offerLocally } from './base/control/local-credentials.ts';
import { TOKEN_PREFIX } from './base/control/tokens.ts';
import { type ConfigInput, parseConfig as parse } from './base/parse-config.ts';
import { signInUrl } from './base/sign-in-url.ts';
import { type ProcessEnd, processEnd } from './base/process-end.ts';
import type { Base } from './base/types.ts';
import { openLedger } from './ledger/index.ts';
import { FORMAT_NAMES, openCapture, readLine } from './capture/index.ts';
import { openIntake, redactText } from './intake/index.ts';
import { closeAll, type Closer, running } from './running.ts';
import { openQuery } from './query/index.ts';
import { openWatch } from './watch/index.ts';
import { openWeb } from './web/index.ts';

export { localCredentialsFile, type LocalCredentials } from './base/control/local-credentials.ts';
export { SETTINGS, type Setting, settingsReference } from './base/settings.ts';
export type { Config } from './base/config.ts';
export { restore, type RestoreOptions } from './restore.ts';

/** 256 bits, like every token. */
const LOCAL_TOKEN_BYTES = 32;

export type ServeOptions = Omit<ConfigInput, 'eventFields' | 'formats'> & {
  /** How the process ends; for tests. */
  readonly end?: ProcessEnd;
};

export interface RunningServer {
  readonly url: string;
  readonly dataDir: string;
  readonly origin: string;
  /** The admin token that this start made, to be shown once; undefined when there was one. */
  readonly adminToken: string | undefined;
  /** Where people and programs elsewhere reach it, when the settings say so. */
  readonly publicUrl: string | undefined;
  /** Where the first admin signs in, once; undefined when somebody did. The secret stands in the fragment, which browsers send nowhere. */
  readonly signInLink: string | undefined;
  /** Resolves with the exit code when the server has ended. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/** The settings from flags, environment and daybook.yaml; throws one `bad_setting` that names everything wrong. */
export function parseConfig(options: Omit<ConfigInput, 'eventFields' | 'formats'>): Config {
  return parse({ ...options, eventFields: FIELDS.map((field) => field.name), formats: FORMAT_NAMES });
}

/** The whole product: opens the stages back to front, closes them front to back. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const end = options.end ?? processEnd;
  const config = parseConfig(options);
  const closers: Closer[] = [];
  const opened = async <T extends { close(): Promise<void> }>(name: string, stage: Promise<T>): Promise<T> => {
    const value = await stage;
    closers.unshift({ name, close: () => value.close() });
    return value;
  };
  try {
    const base = await opened('base', openBase(config, end));
    const ledger = await opened('ledger', openLedger(base));
    const query = await opened('query', openQuery(base, ledger, { redact: redactText(config) }));
    const intake = await opened('intake', openIntake(base, ledger, { readLine }));
    await opened('capture', openCapture(base, intake));
    const watch = await opened('watch', openWatch(base, ledger, query, intake));
    await opened('web', openWeb(base, ledger, { query, intake, watch }));
    closers.unshift({ name: 'http', close: () => base.drain() });
    const url = await base.listen();
    closers.unshift({ name: 'local credentials', close: offerLocally(config.dataDir, localCredentials(base, url)) });
    const { ended, stop } = running({ end, closers, log: base.log });
    const adminToken = base.control.firstAdminToken?.reveal();
    const signInLink = base.control.firstSignIn === undefined ? undefined : signInUrl(config, url, base.control.firstSignIn.reveal());
    return {
      url,
      dataDir: config.dataDir,
      publicUrl: config.publicUrl,
      signInLink,
      origin: ledger.state('routine').origin.replace(/\/routine$/, ''),
      adminToken,
      ended,
      stop,
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** A credential of this start for the same user beside the server. */
function localCredentials(base: Base, url: string): LocalCredentials {
  const token = TOKEN_PREFIX + base.random.text(LOCAL_TOKEN_BYTES);
  base.control.tokens.addTransient(token, { tokenId: 'local', name: 'local' });
  return { url, token, pid: base.pid, name: 'local' };
}
