import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { FindingList } from './findings.ts';
import {
  isBlobDir,
  isBlobName,
  isLogId,
  parseCheckpointName,
  parseQuarantineName,
  parseSegmentName,
  parseTileLevel,
  TEMP_ENDING,
} from './layout.ts';

/** Which names a directory of the ledger may hold. `file` and `dir` refuse a name by false, or by no directory of that name. */
interface Shelf {
  readonly file: (name: string) => boolean;
  readonly dir: (name: string) => Shelf | undefined;
}

const none = (): undefined => undefined;
const files = (file: (name: string) => boolean): Shelf => ({ file, dir: none });

const LOG: Shelf = {
  file: (name) => name === 'checkpoint',
  dir: (name) => LOG_DIRS.get(name),
};
const LOG_DIRS = new Map<string, Shelf>([
  ['segments', files((name) => parseSegmentName(name) !== undefined)],
  ['tiles', files((name) => parseTileLevel(name) !== undefined)],
  ['checkpoints', files((name) => parseCheckpointName(name) !== undefined)],
]);
const LEDGER_FILES = new Set(['FORMAT', 'lock', 'reserve', 'keys']);
const LEDGER_DIRS = new Map<string, Shelf>([
  ['last-signed', files(isLogId)],
  ['logs', { file: () => false, dir: (name) => (isLogId(name) ? LOG : undefined) }],
  [
    'blobs',
    { file: () => false, dir: (name) => (isBlobDir(name) ? files((blob) => isBlobName(blob) && blob.startsWith(name)) : undefined) },
  ],
  ['quarantine', files((name) => parseQuarantineName(name) !== undefined)],
]);
const LEDGER: Shelf = { file: (name) => LEDGER_FILES.has(name), dir: (name) => LEDGER_DIRS.get(name) };

/**
 * Walks the whole ledger: every file and directory that has no place in it is a finding. Returns the relative paths of writes that have not ended
 * (or never did): those belong to a place, under its name and `.tmp`.
 */
export function takeInventory(ledgerDir: string, findings: FindingList): string[] {
  const temps: string[] = [];
  walk({ dir: ledgerDir, below: '', shelf: LEDGER, findings, temps });
  return temps;
}

interface Walk {
  readonly dir: string;
  /** Path below the ledger. */
  readonly below: string;
  readonly shelf: Shelf;
  readonly findings: FindingList;
  readonly temps: string[];
}

function walk({ dir, below, shelf, findings, temps }: Walk): void {
  let entries;
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch {
    findings.add('file_unreadable', `${below === '' ? 'The directory itself' : below}.`);
    return;
  }
  for (const entry of entries) {
    const name = path.posix.join(below, entry.name);
    const inner = entry.isDirectory() ? shelf.dir(entry.name) : undefined;
    if (inner !== undefined) walk({ dir: path.join(dir, entry.name), below: name, shelf: inner, findings, temps });
    else if (entry.isFile() && shelf.file(entry.name)) continue;
    else if (entry.isFile() && entry.name.endsWith(TEMP_ENDING) && shelf.file(entry.name.slice(0, -TEMP_ENDING.length))) temps.push(name);
    else if (isThere(path.join(dir, entry.name))) findings.add('file_unknown', `${name}.`);
  }
}

/** Not renamed or removed since the directory was listed. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
