import { parseJson } from '@daybook/protocol';
import { createReadStream, lstatSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openFileSource, readSmallFile } from './byte-source.ts';
import type { FindingList } from './findings.ts';
import { listNames } from './heads.ts';
import { LEDGER_FORMAT, type LedgerPaths, parseQuarantineName, RESERVE_BYTES } from './layout.ts';
import { readable } from './readable.ts';

/** FORMAT, lock and reserve. Returns false when this is no ledger of this format at all. */
export function checkSmallFiles(paths: LedgerPaths, findings: FindingList): boolean {
  // The size alone: to open and close the file in the process that holds the lock would release it.
  const lock = lstatSync(paths.lock, { throwIfNoEntry: false });
  if (lock !== undefined && lock.size > 0) findings.add('lock_content');
  if (readable(findings, 'reserve', () => isZeros(paths.reserve)) === false) findings.add('reserve_content');
  const format = readable(findings, 'FORMAT', () => readSmallFile(paths.format, LEDGER_FORMAT.length));
  const isFormat = format?.toString('latin1') === LEDGER_FORMAT;
  if (!isFormat) findings.add('format_unknown');
  return isFormat;
}

const READ_BYTES = 1024 * 1024;

function isZeros(file: string): boolean {
  const source = openFileSource(file);
  try {
    if (source.size > RESERVE_BYTES) return false;
    const zeros = Buffer.alloc(READ_BYTES);
    for (let at = 0; at < source.size; at += READ_BYTES) {
      const bytes = source.read(at, READ_BYTES);
      if (!bytes.equals(zeros.subarray(0, bytes.length))) return false;
    }
    return true;
  } finally {
    source.close();
  }
}

export interface Quarantine {
  readonly lines: number;
  /** Numbers of producers' counters that were rejected: gaps that are explained. */
  readonly explained: (src: string, sseq: number) => boolean;
  /** A last line without its end. */
  readonly torn: boolean;
}

/** Reads every line of the quarantine. */
export async function readQuarantine(paths: LedgerPaths, findings: FindingList): Promise<Quarantine> {
  const rejected = new Set<string>();
  let lines = 0;
  let torn = false;
  for (const name of listNames(paths.quarantine)) {
    if (parseQuarantineName(name) === undefined) continue;
    const file = path.join(paths.quarantine, name);
    const endsWhole = readable(findings, `quarantine/${name}`, () => endsInLineFeed(file));
    if (endsWhole === undefined) continue;
    let bad = -1;
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      // A bad line may only be the last one, torn by a crash.
      if (bad >= 0) findings.add('quarantine_malformed', `Line ${bad + 1} of ${name}.`);
      bad = noteLine(text, rejected) ? -1 : line;
      line++;
    }
    if (bad >= 0 && !endsWhole) torn = true;
    else if (bad >= 0) findings.add('quarantine_malformed', `Line ${bad + 1} of ${name}.`);
    lines += line;
  }
  return { lines, torn, explained: (src, sseq) => rejected.has(`${sseq} ${src}`) };
}

/** false: no JSON object. */
function noteLine(text: string, rejected: Set<string>): boolean {
  let item: unknown;
  try {
    item = parseJson(text);
  } catch {
    return false;
  }
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false;
  if ('src' in item && typeof item.src === 'string' && 'sseq' in item && typeof item.sseq === 'number')
    rejected.add(`${item.sseq} ${item.src}`);
  return true;
}

function endsInLineFeed(file: string): boolean {
  const source = openFileSource(file);
  try {
    return source.size === 0 || source.read(source.size - 1, 1)[0] === 0x0a;
  } finally {
    source.close();
  }
}
