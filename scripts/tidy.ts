/**
 * `node scripts/run-ts.mjs scripts/tidy.ts`: holds what no other tool does: who imports whom, files that nothing uses, calls that belong in one
 * place, names, and documents that tell of things that are not there.
 */
import path from 'node:path';
import { bannedCalls } from './tidy/banned.ts';
import { links, namedPlaces, oneTitle } from './tidy/documents.ts';
import { importTable } from './tidy/import-table.ts';
import { fileLengths, fileNames, unfinished } from './tidy/names.ts';
import { neverImported } from './tidy/never-imported.ts';
import { serviceTests } from './tidy/service-tests.ts';
import { type Complaint, readTree, type Tree } from './tidy/tree.ts';

export const RULES: Readonly<Record<string, (tree: Tree) => Complaint[]>> = {
  'import-table': importTable,
  'never-imported': neverImported,
  'service-tests': serviceTests,
  'banned-calls': bannedCalls,
  'file-names': fileNames,
  'file-lengths': fileLengths,
  unfinished,
  'named-places': namedPlaces,
  'one-title': oneTitle,
  links,
};

export function tidy(tree: Tree): string[] {
  return Object.entries(RULES).flatMap(([rule, check]) =>
    check(tree).map(({ file, line, message }) => `${file}:${line} [${rule}] ${message}`),
  );
}

if (process.argv[1] === import.meta.filename) {
  const complaints = tidy(readTree(path.resolve(import.meta.dirname, '..')));
  for (const complaint of complaints) console.log(complaint);
  if (complaints.length > 0) console.log(`tidy: ${complaints.length} to put right`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
