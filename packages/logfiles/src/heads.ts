import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Checkpoint, openCheckpoint, sameHash, TlogError, type Verifier } from '@daybook/tlog';
import { isAbsent, isSystemError, readSmallFile } from './byte-source.ts';
import type { FindingList } from './findings.ts';
import { logPaths, parseCheckpointName } from './layout.ts';

export interface SignedHead extends Checkpoint {
  /** The signed note. */
  readonly note: string;
  /** Where it was found, for people. */
  readonly where: string;
}

export interface LogHeads {
  /** The commit point; undefined when there is no such record. */
  readonly lastSigned: SignedHead | undefined;
  /** All heads with a right signature, by size, one per size. */
  readonly heads: readonly SignedHead[];
  /** How many files with heads were read. */
  readonly count: number;
}

export interface HeadsOptions {
  readonly ledgerDir: string;
  readonly lastSignedDir: string;
  readonly log: string;
  readonly verifier: Verifier;
  readonly findings: FindingList;
}

/**
 * Reads and checks the signed heads of one log: signatures, names, and that no two of one size differ. The files are read in the reverse of the
 * order in which a server writes them, so a log that grows meanwhile never seems to have published more than it recorded.
 */
export function readHeads(options: HeadsOptions): LogHeads {
  const { findings, log } = options;
  const paths = logPaths(options.ledgerDir, log);
  const kept = listNames(paths.checkpoints).flatMap((name) => keptHead(options, paths.checkpoints, name));
  const published = readHead(options, paths.checkpoint, 'checkpoint');
  const recordFile = path.join(options.lastSignedDir, log);
  const lastSigned = readHead(options, recordFile, 'last-signed');
  const all = [...kept, ...(published === undefined ? [] : [published]), ...(lastSigned === undefined ? [] : [lastSigned])];
  const heads = uniqueHeads(all, findings);
  const newest = Math.max(0, ...[...kept, ...(published === undefined ? [] : [published])].map(({ size }) => size));
  if (lastSigned === undefined && newest > 0) findings.add('head_missing', `A head of size ${newest} was published.`);
  else if (lastSigned !== undefined && newest > lastSigned.size)
    findings.add('last_signed_behind', `The record says ${lastSigned.size}, published was ${newest}.`, {
      firstIdx: lastSigned.size,
      lastIdx: newest - 1,
    });
  return { lastSigned, heads, count: all.length };
}

function keptHead(options: HeadsOptions, dir: string, name: string): SignedHead[] {
  const size = parseCheckpointName(name);
  if (size === undefined) return [];
  const head = readHead(options, path.join(dir, name), `checkpoints/${name}`);
  if (head === undefined) return [];
  if (head.size !== size) options.findings.add('head_misnamed', `checkpoints/${name} is the head of size ${head.size}.`);
  return [head];
}

/** A signed note has some hundred bytes; tlog refuses more than a million characters. */
const NOTE_BYTES_MAX = 1_000_000;

function readHead({ verifier, findings }: HeadsOptions, file: string, where: string): SignedHead | undefined {
  let bytes: Buffer;
  try {
    bytes = readSmallFile(file, NOTE_BYTES_MAX);
  } catch (error) {
    // Kept heads are thinned out while we read; a missing record is told by whoever needs it.
    if (!isSystemError(error)) throw error;
    if (!isAbsent(error)) findings.add('file_unreadable', `${where}: ${error.code}.`);
    return undefined;
  }
  try {
    return { ...openCheckpoint(bytes, verifier), note: bytes.toString('utf8'), where };
  } catch (error) {
    if (!(error instanceof TlogError)) throw error;
    findings.add('head_malformed', `${where}: ${error.code}: ${error.message}`);
    return undefined;
  }
}

/** Sorted by size. Of two of one size with different roots, the first one read stays; the contradiction itself is the finding. */
export function uniqueHeads(heads: readonly SignedHead[], findings: FindingList): SignedHead[] {
  const bySize = new Map<number, SignedHead>();
  for (const head of heads) {
    const other = bySize.get(head.size);
    if (other === undefined) bySize.set(head.size, head);
    else if (!sameHash(other.root, head.root))
      findings.add('head_split', `Both ${other.where} and ${head.where} have size ${head.size}.`, range(0, head.size));
  }
  return [...bySize.values()].sort((a, b) => a.size - b.size);
}

/** Entries [from, to) as a place; none when there are none. */
export function range(from: number, to: number): { readonly firstIdx?: number; readonly lastIdx?: number } {
  return to > from ? { firstIdx: from, lastIdx: to - 1 } : {};
}

/** Names in a directory, sorted; none when it is absent or no directory. */
export function listNames(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}
