import { parseJson } from '@daybook/protocol';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isRecord } from '../json.ts';

/**
 * Who can read the data directory can read everything in it anyway: so a command of the same user, beside the server, needs no token. The file
 * holds a credential that lives as long as this process and is in no database.
 */
export interface LocalCredentials {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** The producer name under which its events are kept. */
  readonly name: string;
}

export function localCredentialsFile(dataDir: string): string {
  return path.join(dataDir, 'control', 'local.json');
}

/** Writes the file, mode 0600; returns the function that removes it, if it is still this process's. */
export function offerLocally(dataDir: string, credentials: LocalCredentials): () => void {
  const file = localCredentialsFile(dataDir);
  const temp = `${file}.${credentials.pid}.tmp`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  rmSync(temp, { force: true });
  // `wx`: never through a link that someone else has put there.
  writeFileSync(temp, `${JSON.stringify(credentials)}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(temp, 0o600);
  renameSync(temp, file);
  return () => {
    try {
      const now: unknown = parseJson(readFileSync(file, 'utf8'));
      if (isRecord(now) && now['token'] === credentials.token) rmSync(file, { force: true });
    } catch {
      // Gone already, or no longer ours: nothing to take back.
    }
  };
}
