import type { KeyObject } from 'node:crypto';
import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import type { Files } from '../base/files.ts';
import { LogSigner } from './log-signer.ts';
import { createSigningKey, readSigningKey } from './signing-key.ts';
import type { LogId } from './types.ts';

export interface LedgerKeys {
  readonly signers: ReadonlyMap<LogId, LogSigner>;
  /** No ledger was here before. */
  readonly isNew: boolean;
}

export interface KeyOptions {
  readonly ledgerDir: string;
  readonly signingKeyFile: string;
  readonly origin: string;
  readonly originIsDefault: boolean;
  readonly logs: readonly LogId[];
  readonly files: Files;
}

/**
 * The signing key and the frozen names of the logs. `keys` in the ledger (one verifier key line per log) says what was used so far: another key or
 * another origin would make a second history that nobody can tell from a forgery, so either stops the start.
 */
export async function openKeys(options: KeyOptions): Promise<LedgerKeys> {
  const { files, signingKeyFile, ledgerDir } = options;
  const file = path.join(ledgerDir, 'keys');
  const lines = ((await files.read(file)) ?? Buffer.alloc(0)).toString('utf8').split('\n').filter(Boolean);
  const isNew = lines.length === 0;
  const found = await readSigningKey(files, signingKeyFile);
  if (found === undefined && !isNew) throw lostKey(signingKeyFile);
  const key = found ?? (await createSigningKey(files, signingKeyFile));
  const origin = isNew ? options.origin : frozenOrigin(lines, options);
  // Logs that are no longer configured stay open: their entries are still to be read and proven.
  const logs = new Set([...options.logs, ...lines.map((line) => logOf(line))]);
  const signers = new Map([...logs].map((log) => [log, new LogSigner(`${origin}/${log}`, key)]));
  checkKeys(lines, signers, signingKeyFile, key);
  const wanted = [...signers.values()].map((signer) => `${signer.verifierKey}\n`).join('');
  if (lines.length !== signers.size) await files.replace(file, Buffer.from(wanted));
  return { signers, isNew };
}

function frozenOrigin(lines: readonly string[], { origin, originIsDefault }: KeyOptions): string {
  const name = nameOf(lines[0] ?? '');
  const frozen = name.slice(0, name.lastIndexOf('/'));
  if (frozen === origin || originIsDefault) return frozen;
  throw new DaybookError(
    'bad_setting',
    `this ledger was begun as ${frozen}, and its heads are known by that name: set DAYBOOK_ORIGIN=${frozen}, or begin a new log by \`daybook restore --new-origin\``,
    { field: 'DAYBOOK_ORIGIN' },
  );
}

function checkKeys(lines: readonly string[], signers: ReadonlyMap<LogId, LogSigner>, file: string, _key: KeyObject): void {
  for (const line of lines) {
    const signer = signers.get(logOf(line));
    if (signer?.verifierKey === line) continue;
    throw new DaybookError(
      'bad_setting',
      `the key in ${file} is not the one that signed this ledger (${nameOf(line)}): put the right key file back, or begin a new log by \`daybook restore --new-origin\``,
      { field: 'DAYBOOK_SIGNING_KEY' },
    );
  }
}

function lostKey(file: string): DaybookError {
  return new DaybookError(
    'bad_setting',
    `the signing key ${file} is missing, but this ledger was signed with it: put it back from a backup. If it is lost for good, \`daybook restore --new-origin\` ` +
      'goes on as a new log with a new key',
    { field: 'DAYBOOK_SIGNING_KEY' },
  );
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf('+'));
}

function logOf(line: string): LogId {
  const name = nameOf(line);
  return name.slice(name.lastIndexOf('/') + 1);
}
