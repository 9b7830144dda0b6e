import { recordOf } from '@daybook/protocol';
import { findingOf, unpinnedNote } from '@daybook/evidence';
import { EntryScanner, finding, FindingList } from '@daybook/logfiles';
import {
  type Checkpoint,
  formatVerifierKey,
  fsck,
  type LogFetcher,
  openCheckpoint,
  parseNote,
  parseVerifierKey,
  TlogError,
  type Verifier,
} from '@daybook/tlog';
import { CliError } from './cli-error.ts';
import type { DaybookClient } from './client.ts';
import { type KnownHeads, openKnownHeads } from './known-heads.ts';
import { isPinned, type ListedLog, listLogs, parsePins, remoteLog } from './proof-source.ts';
import type { Progress } from './progress.ts';
import type { Finding, VerifyReport } from './report.ts';
import { type KeptHead, readSince } from './verify-url-since.ts';

export interface VerifyUrlOptions {
  readonly client: DaybookClient;
  /** Verifier key lines of the signers that must have signed. */
  readonly keys?: readonly string[];
  /** A checkpoint kept elsewhere, or a directory of them. */
  readonly since?: string;
  /** This log only. */
  readonly log?: string;
  readonly progress: Progress;
  /** Where newest heads are remembered: `knownHeadsFile`. */
  readonly headsFile: string;
}

/** Findings of one log beyond this say nothing new. */
const FINDINGS_MAX = 10_000;

/**
 * Checks a server from outside: each of its logs as a whole, against its signed head, and that every head seen before is the beginning of it.
 * What was found right is remembered, so that the next check notices a rollback or another history.
 */
export async function verifyUrl(options: VerifyUrlOptions): Promise<VerifyReport> {
  const { client, progress } = options;
  const check: UrlCheck = {
    options,
    pins: parsePins(options.keys),
    known: await openKnownHeads(options.headsFile),
    kept: options.since === undefined ? [] : await readSince(options.since),
    entries: await mayReadEntries(client),
    findings: [],
    notes: [],
    checked: { entries: 0, logs: 0, heads: 0 },
  };
  if (!check.entries) check.notes.push('Without a token of an auditor or admin only hashes were checked, not the entries themselves.');
  const listed = await listLogs(client);
  const chosen = listed.filter((one) => options.log === undefined || one.log === options.log);
  if (chosen.length === 0)
    throw new CliError(options.log === undefined ? 'The server has no log.' : `The server has no log ${options.log}.`);
  missingLogs(check, listed);
  try {
    for (const log of chosen) await verifyLog(check, log);
  } finally {
    progress.end();
  }
  return { subject: client.url, findings: check.findings, notes: check.notes, checked: check.checked };
}

interface UrlCheck {
  readonly options: VerifyUrlOptions;
  readonly pins: readonly Verifier[];
  readonly known: KnownHeads;
  readonly kept: readonly KeptHead[];
  readonly entries: boolean;
  readonly findings: Finding[];
  readonly notes: string[];
  readonly checked: { entries: number; logs: number; heads: number };
}

async function mayReadEntries(client: DaybookClient): Promise<boolean> {
  try {
    return ['admin', 'auditor'].includes(String(recordOf(await client.json('GET', '/v1/whoami'))['role']));
  } catch (error) {
    if (error instanceof CliError && (error.status === 401 || error.status === 403)) return false;
    throw error;
  }
}

/** A log that a pin or a kept head speaks of has to be there. */
function missingLogs(check: UrlCheck, listed: readonly ListedLog[]): void {
  const there = new Set(listed.map((one) => one.verifier.name));
  const expected = new Set(check.pins.map((pin) => pin.name));
  for (const kept of check.kept) {
    try {
      expected.add(parseNote(kept.note).text.split('\n', 1)[0] ?? '');
    } catch (error) {
      if (!(error instanceof TlogError)) throw error;
      check.findings.push(finding('head_foreign', `${kept.file}: ${error.message}`));
    }
  }
  for (const origin of expected) if (!there.has(origin)) check.findings.push(finding('log_missing', `${origin}.`));
}

async function verifyLog(check: UrlCheck, listed: ListedLog): Promise<void> {
  const { client, progress } = check.options;
  const before = check.findings.length;
  const heads = [...signerHeads(check, listed), ...keptHeads(check, listed)];
  const fetcher = remoteLog(client, listed.log);
  let note = '';
  const noting: LogFetcher = {
    tile: (tile) => fetcher.tile(tile),
    async checkpoint() {
      note = String(await fetcher.checkpoint());
      return note;
    },
  };
  const content = new ContentCheck(listed.log);
  let head: Checkpoint | undefined;
  const run = fsck(noting, {
    verifier: listed.verifier,
    heads,
    entries: check.entries,
    onHead(shown) {
      head = shown;
      progress.start(`verify ${listed.log}`, shown.size);
    },
    onEntries: (entries, firstIdx) => content.add(entries, firstIdx),
    onProgress: (done) => progress.set(done),
  });
  for await (const { code, message, first, last } of run) {
    if (check.findings.length - before >= FINDINGS_MAX) {
      check.findings.push(finding('findings_cut', 'The check of this log was ended.', { log: listed.log }));
      return;
    }
    check.findings.push({
      code,
      message,
      log: listed.log,
      ...(first === undefined || last === undefined ? {} : { firstIdx: first, lastIdx: last }),
    });
  }
  check.findings.push(...content.findings.all());
  check.checked.logs++;
  check.checked.heads += heads.length + 1;
  check.checked.entries += head?.size ?? 0;
  // A head with a finding must not displace the one that showed it.
  if (check.findings.length > before) return;
  check.known.set(listed.verifier.name, { verifierKey: listed.verifierKey, note });
  await check.known.save();
}

/** Whether the signer is the pinned one and the one of the last time; returns the head seen then. */
function signerHeads({ pins, known, findings, notes }: UrlCheck, { log, verifier, verifierKey }: ListedLog): Checkpoint[] {
  if (pins.length === 0) notes.push(unpinnedNote(verifier));
  else if (!isPinned(verifier, pins)) findings.push(finding('key_not_pinned', undefined, { log }));
  const last = known.get(verifier.name);
  if (last === undefined) {
    notes.push(`No head of ${verifier.name} was known before; from now on its newest one is remembered.`);
    return [];
  }
  // What we remember is opened by the key that we remember: the new one could have signed anything.
  const lastVerifier = parseVerifierKey(last.verifierKey);
  if (formatVerifierKey(lastVerifier) !== verifierKey) findings.push(finding('key_changed', undefined, { log }));
  try {
    return [openCheckpoint(last.note, lastVerifier)];
  } catch (error) {
    throw new CliError(`${known.file} holds a head of ${verifier.name} that is none.`, {
      advice: 'Put it back from a backup; or remove it, and heads seen before are forgotten.',
      cause: error,
    });
  }
}

function keptHeads({ kept, findings }: UrlCheck, { log, verifier }: ListedLog): Checkpoint[] {
  return kept.flatMap(({ file, note }) => {
    if (!Buffer.from(`${verifier.name}\n`).equals(note.subarray(0, Buffer.byteLength(verifier.name) + 1))) return [];
    try {
      return [openCheckpoint(note, verifier)];
    } catch (error) {
      findings.push({ ...finding('head_foreign', `${file}.`, { log }), message: `${file}: ${findingOf(error).message}` });
      return [];
    }
  });
}

/** What the hashes do not tell: whether entries are such as Daybook writes, in the order of their receive times. */
class ContentCheck {
  readonly findings: FindingList;
  readonly #scanner = new EntryScanner();

  constructor(log: string) {
    this.findings = new FindingList({ log });
  }

  add(entries: readonly Uint8Array[], firstIdx: number): void {
    for (const [i, entry] of entries.entries()) {
      const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
      const fault = this.#scanner.check(bytes, 0, bytes.length);
      if (fault !== undefined) this.findings.add(fault.code, fault.detail, { firstIdx: firstIdx + i });
    }
  }
}
