import path from 'node:path';
import { DaybookError, FIELDS } from '@daybook/protocol';
import { systemClock } from './base/clock.ts';
import { openFiles } from './base/files-real.ts';
import { openLog } from './base/log.ts';
import { openMetrics } from './base/metrics.ts';
import { type ConfigInput, parseConfig } from './base/parse-config.ts';
import { postText } from './base/post-text.ts';
import { systemRandom } from './base/random.ts';
import { type Restored, restoreNewOrigin } from './ledger/index.ts';

export type RestoreOptions = Omit<ConfigInput, 'eventFields'> & { readonly newOrigin: string };

/**
 * Goes on with a ledger that came from a backup, under a new name. Takes the settings of the server, and no more of it than its ledger: no engine, no
 * port, no control state.
 */
export async function restore({ newOrigin, ...input }: RestoreOptions): Promise<Restored> {
  const config = parseConfig({ ...input, flags: { ...input.flags, origin: newOrigin }, eventFields: FIELDS.map((field) => field.name) });
  const random = systemRandom();
  return restoreNewOrigin({
    ledgerDir: path.join(config.dataDir, 'ledger'),
    signingKeyFile: config.signingKeyFile,
    origin: config.origin,
    originIsDefault: false,
    lastSignedDir: config.lastSignedDir,
    checkpointSinks: [],
    logs: config.logs,
    clock: systemClock(),
    files: openFiles(),
    randomText: (bytes) => random.text(bytes),
    postText,
    log: openLog('silent'),
    metrics: openMetrics(),
    fatal: (error) => {
      throw new DaybookError('ledger_unavailable', 'The new ledger could not be made; the old one stands as it was.', { cause: error });
    },
  });
}
