import { postText } from '../base/post-text.ts';
import type { Base } from '../base/types.ts';
import path from 'node:path';
import { openLedgerWith } from './open-ledger.ts';
import type { Ledger } from './types.ts';

export type * from './types.ts';
export { openLedgerWith } from './open-ledger.ts';
export { type PreviousHead, type Restored, restoreNewOrigin } from './restore.ts';
export { LIMITS, type LedgerLimits, type LedgerOptions } from './options.ts';

/** Stage 3 keeps: opens, recovers and checks the ledger of this server. */
export function openLedger(base: Base): Promise<Ledger> {
  const { config } = base;
  return openLedgerWith({
    ledgerDir: path.join(config.dataDir, 'ledger'),
    signingKeyFile: config.signingKeyFile,
    origin: config.origin,
    originIsDefault: config.originIsDefault,
    lastSignedDir: config.lastSignedDir,
    checkpointSinks: config.checkpointSinks,
    logs: config.logs,
    clock: base.clock,
    files: base.files,
    randomText: (bytes) => base.random.text(bytes),
    postText,
    log: base.log,
    metrics: base.metrics,
    fatal: (error) => base.fatal(error),
  });
}
