import { quoteString } from '../sql/lexer.ts';
import type { IndexState } from '../types.ts';

/** The rows that are there now, as a condition: what is counted beforehand is then what is written, whatever comes in meanwhile. Of other nodes' logs this one knows no end. */
export function indexedSoFar(logs: readonly IndexState[]): string {
  const own = logs.map(({ log, indexed }) => `(log = ${quoteString(log)} AND idx < ${indexed})`);
  return `(log NOT IN (${logs.map(({ log }) => quoteString(log)).join(', ')}) OR ${own.join(' OR ')})`;
}
