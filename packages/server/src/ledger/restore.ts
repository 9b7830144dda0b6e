import { ledgerPaths } from '@daybook/logfiles';
import { DaybookError } from '@daybook/protocol';
import { openCheckpoint, parseVerifierKey } from '@daybook/tlog';
import path from 'node:path';
import type { Files } from '../base/files.ts';
import { openLedgerWith } from './open-ledger.ts';
import { lockLedger } from './lock.ts';
import type { LedgerOptions } from './options.ts';
import { finishRestore, restoringDir } from './restoring.ts';
import type { LogId } from './types.ts';

/** The head that a log had before it was begun anew; named in the first entry of the new log. */
export interface PreviousHead {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** The signed note. */
  readonly checkpoint: string;
}

export interface Restored {
  /** Where the old ledger lies now: whole, and readable by `daybook verify` and `daybook import`. */
  readonly movedTo: string;
  readonly previous: ReadonlyMap<LogId, PreviousHead>;
}

/**
 * Goes on after a restore from backup, or after the signing key was lost: as a new ledger under `options.origin`, which must be a new name. The old
 * one is moved aside whole. The first entry of each new log names the newest head known of the old one, so that the break is on the record.
 *
 * Order: make the new ledger complete beside the old one; move the old one aside; put the new one in its place. A crash before the first rename
 * changes nothing; after it, the next start finds no ledger but a complete new one, and finishes.
 */
export async function restoreNewOrigin(options: LedgerOptions): Promise<Restored> {
  const { files, ledgerDir } = options;
  const old = ledgerPaths(ledgerDir);
  if ((await files.read(old.keys)) === undefined) throw new DaybookError('bad_setting', `there is no ledger in ${ledgerDir} to go on from`);
  const lock = (options.lock ?? lockLedger)(old.lock);
  try {
    const previous = await previousHeads(options);
    for (const { origin } of previous.values()) {
      if (!origin.startsWith(`${options.origin}/`)) continue;
      throw new DaybookError(
        'bad_setting',
        `the new origin must be another name than ${options.origin}, under which heads were signed already`,
      );
    }
    await keepLastSigned(options);
    const fresh = await openLedgerWith({
      ...options,
      ledgerDir: restoringDir(ledgerDir),
      lastSignedDir: undefined,
      previous,
      checkpointSinks: [],
    });
    await fresh.close();
    const movedTo = await freeName(files, ledgerDir);
    await files.rename(ledgerDir, movedTo);
    await files.syncDir(path.dirname(ledgerDir));
    await finishRestore(options);
    return { movedTo, previous };
  } finally {
    lock.release();
  }
}

/** The newest head of each log that its key signed, wherever it is found; a log that never signed one has none. */
async function previousHeads({ files, ledgerDir, lastSignedDir }: LedgerOptions): Promise<Map<LogId, PreviousHead>> {
  const paths = ledgerPaths(ledgerDir);
  const heads = new Map<LogId, PreviousHead>();
  const keys = ((await files.read(paths.keys)) ?? Buffer.alloc(0)).toString('utf8').split('\n').filter(Boolean);
  for (const key of keys) {
    const verifier = parseVerifierKey(key);
    const log = verifier.name.slice(verifier.name.lastIndexOf('/') + 1);
    const dir = path.join(paths.logs, log);
    const kept = (await files.list(path.join(dir, 'checkpoints'))).map((name) => path.join(dir, 'checkpoints', name));
    for (const file of [
      path.join(lastSignedDir ?? paths.lastSigned, log),
      path.join(paths.lastSigned, log),
      path.join(dir, 'checkpoint'),
      ...kept,
    ]) {
      const checkpoint = (await files.read(file))?.toString('utf8');
      const head = checkpoint === undefined ? undefined : opened(checkpoint, key);
      if (checkpoint === undefined || head === undefined || head.size <= (heads.get(log)?.size ?? -1)) continue;
      heads.set(log, { origin: verifier.name, size: head.size, root: Buffer.from(head.root).toString('base64'), checkpoint });
    }
  }
  return heads;
}

/** A damaged head is one of the reasons to be here: it is passed over. */
function opened(note: string, key: string): { readonly size: number; readonly root: Uint8Array } | undefined {
  try {
    return openCheckpoint(note, parseVerifierKey(key));
  } catch {
    return undefined;
  }
}

/** The old ledger takes its last-signed records along when they lie elsewhere. */
async function keepLastSigned({ files, ledgerDir, lastSignedDir }: LedgerOptions): Promise<void> {
  if (lastSignedDir === undefined) return;
  const inside = ledgerPaths(ledgerDir).lastSigned;
  await files.makeDir(inside);
  for (const log of await files.list(lastSignedDir)) {
    const note = await files.read(path.join(lastSignedDir, log));
    if (note !== undefined) await files.replace(path.join(inside, log), note);
  }
}

/** `ledger.before-1`, `ledger.before-2` … */
async function freeName(files: Files, ledgerDir: string): Promise<string> {
  const taken = new Set(await files.list(path.dirname(ledgerDir)));
  let k = 1;
  while (taken.has(`${path.basename(ledgerDir)}.before-${k}`)) k++;
  return `${ledgerDir}.before-${k}`;
}
