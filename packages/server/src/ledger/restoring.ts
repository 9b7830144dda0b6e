import path from 'node:path';
import { ledgerPaths } from '@daybook/logfiles';
import type { Files } from '../base/files.ts';

/** Where `restore --new-origin` makes the new ledger before it takes the old one's place. */
export function restoringDir(ledgerDir: string): string {
  return `${ledgerDir}.restoring`;
}

/**
 * The last steps of `restore --new-origin`: when the old ledger was moved aside and the new one is not in its place yet, puts it there. A start
 * calls it too, since the process may have died between the two. Else does nothing.
 */
export async function finishRestore(options: {
  readonly files: Files;
  readonly ledgerDir: string;
  readonly lastSignedDir: string | undefined;
}): Promise<void> {
  const { files, ledgerDir, lastSignedDir } = options;
  const fresh = ledgerPaths(restoringDir(ledgerDir));
  const old = await files.list(ledgerDir);
  if (old.length > 0 || (await files.read(fresh.keys)) === undefined) return;
  if (lastSignedDir !== undefined) {
    for (const log of await files.list(fresh.lastSigned)) {
      const note = await files.read(path.join(fresh.lastSigned, log));
      if (note !== undefined) await files.replace(path.join(lastSignedDir, log), note);
    }
  }
  await files.rename(restoringDir(ledgerDir), ledgerDir);
  await files.syncDir(path.dirname(ledgerDir));
}
