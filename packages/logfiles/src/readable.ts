import { isAbsent, isSystemError } from './byte-source.ts';
import type { FindingList } from './findings.ts';

/** What `read` gives; undefined, and a finding, when the file cannot be read; undefined alone when it is not there. */
export function readable<T>(findings: FindingList, name: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (!isAbsent(error)) findings.add('file_unreadable', `${name}: ${error.code}.`);
    return undefined;
  }
}
