import { createHash } from 'node:crypto';
import path from 'node:path';
import { isAbsent, isSystemError, openFileSource } from './byte-source.ts';
import { type Finding, FindingList } from './findings.ts';
import { listNames } from './heads.ts';
import { isBlobName } from './layout.ts';

export interface BlobsJob {
  /** `blobs/` */
  readonly dir: string;
  /** Two hex digits. */
  readonly prefix: string;
}

export interface BlobsReport {
  /** Names of the blobs there. */
  readonly names: readonly string[];
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

const READ_BYTES = 1024 * 1024;

/** Hashes the blobs of one directory: a blob is named by the SHA-256 of its whole content. */
export function checkBlobs({ dir, prefix }: BlobsJob): BlobsReport {
  const findings = new FindingList();
  const names = listNames(path.join(dir, prefix)).filter((name) => isBlobName(name) && name.startsWith(prefix));
  let bytes = 0;
  for (const name of names) {
    try {
      const blob = hashFile(path.join(dir, prefix, name));
      bytes += blob.bytes;
      if (blob.hash !== name) findings.add('blob_mismatch', `blobs/${prefix}/${name}.`);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!isAbsent(error)) findings.add('file_unreadable', `blobs/${prefix}/${name}: ${error.code}.`);
    }
  }
  return { names, bytes, findings: findings.all() };
}

function hashFile(file: string): { readonly hash: string; readonly bytes: number } {
  const source = openFileSource(file);
  try {
    const hash = createHash('sha256');
    for (let at = 0; at < source.size; at += READ_BYTES) hash.update(source.read(at, READ_BYTES));
    return { hash: hash.digest('hex'), bytes: source.size };
  } finally {
    source.close();
  }
}
