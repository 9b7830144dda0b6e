import { LEDGER_FORMAT, ledgerPaths } from '@daybook/logfiles';
import { DaybookError } from '@daybook/protocol';
import { openKeys } from './keys.ts';
import { OpenedLedger } from './ledger.ts';
import { lockLedger } from './lock.ts';
import type { LedgerOptions } from './options.ts';
import { finishRestore } from './restoring.ts';
import type { Ledger } from './types.ts';

/** Recovers and checks a ledger, takes its lock and begins to sign. Refuses with a DaybookError that says what to do. */
export async function openLedgerWith(options: LedgerOptions): Promise<Ledger> {
  const { ledgerDir, files } = options;
  await finishRestore(options);
  await files.makeDir(ledgerDir);
  const lock = (options.lock ?? lockLedger)(ledgerPaths(ledgerDir).lock);
  let ledger: OpenedLedger;
  try {
    await checkFormat(options);
    ledger = new OpenedLedger(options, await openKeys(options), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
  try {
    await ledger.recover();
  } catch (error) {
    await ledger.abandon();
    throw error;
  }
  return ledger;
}

async function checkFormat({ ledgerDir, files }: LedgerOptions): Promise<void> {
  const file = ledgerPaths(ledgerDir).format;
  const found = (await files.read(file))?.toString('utf8');
  if (found === LEDGER_FORMAT) return;
  if (found !== undefined)
    throw new DaybookError(
      'ledger_unavailable',
      `${file} names a format that this version does not know: start the version of Daybook that wrote it`,
    );
  await files.replace(file, Buffer.from(LEDGER_FORMAT));
}
