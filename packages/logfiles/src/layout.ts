import path from 'node:path';

/**
 * Names and paths of a ledger, format `daybook-ledger/1`. The README of this package draws the tree; here is the one place that builds a name
 * or takes one apart. Everything below `ledger/` has a name that one of these parsers knows; any other file is a finding.
 */

/** Content of `ledger/FORMAT`. */
export const LEDGER_FORMAT = 'daybook-ledger/1\n';
/** Entries of a C2SP entry bundle, and hashes of a tile. */
export const BUNDLE_ENTRIES = 256;
export const BUNDLES_PER_SEGMENT = 256;
export const SEGMENT_ENTRIES = BUNDLE_ENTRIES * BUNDLES_PER_SEGMENT;
export const HASH_BYTES = 32;
/** Random bytes at the beginning of a blob, so that its name does not give its content away. */
export const BLOB_NONCE_BYTES = 32;
/** The reserve that serves control entries on a full disk. It is never larger, and holds zeros. */
export const RESERVE_BYTES = 64 * 1024 * 1024;
/** A write that has not ended, or never did: `<name>.tmp`. Recovery removes it. */
export const TEMP_ENDING = '.tmp';

/** Digits of a segment's number: names then sort as numbers do, up to 655 trillion entries. */
const SEGMENT_DIGITS = 10;
/** Level 7 counts 256^7 = 2^56 entries a hash: a log of 2^53 entries has no hash of it. */
export const TILE_LEVEL_MAX = 6;
const LOG_ID = /^[a-z][a-z0-9_-]{0,31}$/;
const SEGMENT_NAME = /^(\d{10})\.(open|seg)$/;
const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;
const BLOB_NAME = /^[0-9a-f]{64}$/;
const QUARANTINE_NAME = /^(\d{4}-\d\d-\d\d)\.ndjson$/;

export interface LedgerPaths {
  readonly dir: string;
  readonly format: string;
  readonly lock: string;
  readonly reserve: string;
  readonly keys: string;
  /** Holds one signed note per log: the commit point. May lie elsewhere (DAYBOOK_LAST_SIGNED_DIR). */
  readonly lastSigned: string;
  readonly logs: string;
  readonly blobs: string;
  readonly quarantine: string;
}

export function ledgerPaths(dir: string): LedgerPaths {
  const at = (name: string): string => path.join(dir, name);
  return {
    dir,
    format: at('FORMAT'),
    lock: at('lock'),
    reserve: at('reserve'),
    keys: at('keys'),
    lastSigned: at('last-signed'),
    logs: at('logs'),
    blobs: at('blobs'),
    quarantine: at('quarantine'),
  };
}

export interface LogPaths {
  readonly dir: string;
  readonly segments: string;
  readonly tiles: string;
  readonly checkpoints: string;
  /** The newest published head. */
  readonly checkpoint: string;
}

/** `ledgerDir`: the directory with `FORMAT` in it. */
export function logPaths(ledgerDir: string, log: string): LogPaths {
  const dir = path.join(ledgerDir, 'logs', log);
  return {
    dir,
    segments: path.join(dir, 'segments'),
    tiles: path.join(dir, 'tiles'),
    checkpoints: path.join(dir, 'checkpoints'),
    checkpoint: path.join(dir, 'checkpoint'),
  };
}

export function isLogId(name: string): boolean {
  return LOG_ID.test(name);
}

export type SegmentKind = 'open' | 'seg';

export function segmentName(number: number, kind: SegmentKind): string {
  return `${String(number).padStart(SEGMENT_DIGITS, '0')}.${kind}`;
}

export function parseSegmentName(name: string): { readonly number: number; readonly kind: SegmentKind } | undefined {
  const match = SEGMENT_NAME.exec(name);
  return match === null ? undefined : { number: Number(match[1]), kind: match[2] === 'seg' ? 'seg' : 'open' };
}

/** Level of a file below `tiles/`: 1 … 6. Level 0 is never stored, it is recomputed from the entries. */
export function parseTileLevel(name: string): number | undefined {
  return /^[1-9]$/.test(name) && Number(name) <= TILE_LEVEL_MAX ? Number(name) : undefined;
}

/** Size of a kept head, from its name below `checkpoints/`. */
export function parseCheckpointName(name: string): number | undefined {
  return DECIMAL.test(name) && Number.isSafeInteger(Number(name)) ? Number(name) : undefined;
}

/** Path of a blob below `blobs/`. */
export function blobPath(blobsDir: string, name: string): string {
  return path.join(blobsDir, name.slice(0, 2), name);
}

export function isBlobName(name: string): boolean {
  return BLOB_NAME.test(name);
}

/** The first two digits of the names of the blobs in it. */
export function isBlobDir(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}

/** UTC date of a file below `quarantine/`. */
export function parseQuarantineName(name: string): string | undefined {
  return QUARANTINE_NAME.exec(name)?.[1];
}

/** How many complete hashes of a tile level a tree of `size` entries has. */
export function hashCount(size: number, level: number): number {
  return Math.floor(size / BUNDLE_ENTRIES ** level);
}
