import { existsSync } from 'node:fs';
import path from 'node:path';
import { checkLedger, type CheckResult, parseKey } from '@daybook/logfiles';
import type { Verifier } from '@daybook/tlog';
import { CliError, usageError } from './cli-error.ts';
import { type KnownHeads, openKnownHeads } from './known-heads.ts';
import type { Progress } from './progress.ts';
import type { VerifyReport } from './report.ts';

export interface VerifyDirectoryOptions {
  /** Verifier key lines that the signer must have. */
  readonly keys?: readonly string[];
  /** Texts of signed notes that were kept elsewhere. */
  readonly since?: string | readonly string[];
  /** Where the last-signed records lie (DAYBOOK_LAST_SIGNED_DIR), when not in the ledger. */
  readonly lastSignedDir?: string;
  /** Where seen heads are remembered: `knownHeadsFile(env)`. */
  readonly stateFile: string;
  readonly progress: Progress;
  readonly workers?: number;
}

/**
 * Checks a data directory, or the ledger in it, without a server and without its engine. A head without findings is remembered: the next check of a
 * log of this name, wherever it lies, must contain it.
 */
export async function verifyDirectory(dir: string, options: VerifyDirectoryOptions): Promise<VerifyReport> {
  const ledgerDir = findLedger(dir);
  const known = await openKnownHeads(options.stateFile);
  const pins = (options.keys ?? []).map(parsePin);
  const notes = typeof options.since === 'string' ? [options.since] : (options.since ?? []);
  const { lastSignedDir } = options;
  const started = performance.now();
  const result = await withProgress(options.progress, (onProgress) =>
    checkLedger({
      ledgerDir,
      pins,
      since: notes.map((note, i) => ({ note, where: notes.length === 1 ? 'the head given' : `head ${i + 1} given` })),
      known: (origin) => known.get(origin),
      onProgress,
      nowMs: performance.timeOrigin + performance.now(),
      ...(lastSignedDir === undefined || lastSignedDir === '' ? {} : { lastSignedDir }),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
    }),
  );
  const trust = trustNotes(result, known, pins.length > 0);
  await remember(result, known);
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round((result.checked['entries'] ?? 0) / Math.max(seconds, 0.001));
  return {
    subject: dir,
    findings: result.findings,
    notes: [...trust, ...result.notes, `took ${seconds.toFixed(1)} s, ${rate.toLocaleString('en-US')} entries/s`],
    checked: result.checked,
  };
}

/** DATA or DATA/ledger. */
function findLedger(dir: string): string {
  const inner = path.join(dir, 'ledger');
  if (existsSync(path.join(dir, 'FORMAT'))) return dir;
  if (existsSync(inner)) return inner;
  // A ledger that lost its FORMAT is still one to check.
  if (existsSync(path.join(dir, 'logs'))) return dir;
  throw new CliError(`there is no ledger in ${dir}`, {
    code: 'not_found',
    advice: 'Give the data directory (DAYBOOK_DATA) or the ledger directory in it.',
  });
}

function parsePin(line: string): Verifier {
  const verifier = parseKey(line.trim());
  if (verifier === undefined)
    throw usageError(
      '--key is no verifier key',
      'It is a line such as origin/routine+1a2b3c4d+AY…; `GET /logs` and the keys file show it.',
    );
  return verifier;
}

async function withProgress(
  progress: Progress,
  work: (onProgress: (done: number, total: number) => void) => Promise<CheckResult>,
): Promise<CheckResult> {
  progress.start('verify');
  try {
    return await work((done, total) => {
      progress.total(total);
      progress.set(done);
    });
  } finally {
    progress.end();
  }
}

function trustNotes({ heads }: CheckResult, known: KnownHeads, pinsGiven: boolean): string[] {
  const notes: string[] = [];
  for (const { origin, size, verifierKey, pinned } of heads) {
    const seen = known.get(origin);
    const trust = pinned
      ? 'pinned by --key'
      : seen === undefined
        ? 'unpinned'
        : seen.verifierKey === verifierKey
          ? 'as at the last check'
          : 'changed';
    notes.push(`${origin}: ${size.toLocaleString('en-US')} entries signed by ${verifierKey} (${trust})`);
  }
  if (!pinsGiven && heads.some(({ origin }) => known.get(origin) === undefined))
    notes.push(
      'the signer is unpinned: whoever could write here could have replaced entries, heads and key together. Compare the key with one you got elsewhere, and give it by --key; ' +
        'the heads of this check are remembered for the next one',
    );
  return notes;
}

async function remember(result: CheckResult, known: KnownHeads): Promise<void> {
  // A head with a finding must not displace the one that showed it.
  if (result.findings.length > 0) return;
  for (const { origin, verifierKey, note } of result.heads) known.set(origin, { verifierKey, note });
  await known.save();
}
