import { parseVerifierKey, sameHash, type Verifier } from '@daybook/tlog';
import type { FindingList } from './findings.ts';
import { isLogId } from './layout.ts';

/** The origin that all logs of a ledger share: the name of a log's key is `<origin>/<log>`. */
export function originOf(keyName: string): string {
  return keyName.slice(0, Math.max(0, keyName.lastIndexOf('/')));
}

export function logOf(keyName: string): string {
  return keyName.slice(keyName.lastIndexOf('/') + 1);
}

/** Keys files have a line per log; a line is below 400 bytes. */
export const KEYS_BYTES_MAX = 1024 * 1024;

/** The verifier keys of the logs, by log. */
export function parseKeys(bytes: Buffer, findings: FindingList): ReadonlyMap<string, Verifier> {
  const keys = new Map<string, Verifier>();
  const lines = bytes.toString('utf8').split('\n');
  if (lines.pop() !== '') findings.add('keys_malformed', 'Its last line does not end.');
  for (const line of lines) {
    const verifier = parseKey(line);
    if (verifier === undefined || !isLogId(logOf(verifier.name))) findings.add('keys_malformed', 'A line is no verifier key of a log.');
    else if (keys.has(logOf(verifier.name))) findings.add('keys_malformed', 'A log has two keys.', { log: logOf(verifier.name) });
    else keys.set(logOf(verifier.name), verifier);
  }
  if (new Set([...keys.values()].map(({ name }) => originOf(name))).size > 1)
    findings.add('keys_malformed', 'Its logs have different origins.');
  return keys;
}

export function parseKey(line: string): Verifier | undefined {
  try {
    return parseVerifierKey(line);
  } catch {
    return undefined;
  }
}

/**
 * Holds the ledger's keys against pinned ones. One pinned key speaks for all logs of its origin, as one signing key signs them all. Returns the
 * logs whose key is pinned.
 */
export function checkPins(keys: ReadonlyMap<string, Verifier>, pins: readonly Verifier[], findings: FindingList): ReadonlySet<string> {
  const pinned = new Set<string>();
  for (const [log, key] of keys) {
    const same = pins.filter((pin) => originOf(pin.name) === originOf(key.name));
    if (same.some((pin) => sameHash(pin.publicKey, key.publicKey))) pinned.add(log);
    else if (pins.length > 0) findings.add('key_not_pinned', `The keys file says ${key.name}.`, { log });
  }
  for (const pin of pins)
    if (!keys.has(logOf(pin.name))) findings.add('log_missing', `A pinned key is that of ${pin.name}.`, { log: logOf(pin.name) });
  return pinned;
}
