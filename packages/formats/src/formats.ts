import type { Format } from './format.ts';
import { pgauditCsv, pgauditJson, pgauditStderr } from './postgres/index.ts';

/** Every format that Daybook brings along, in the order in which equals are recognised. */
export const FORMATS: readonly Format[] = [pgauditCsv, pgauditJson, pgauditStderr];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
