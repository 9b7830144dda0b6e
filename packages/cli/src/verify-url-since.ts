import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from './cli-error.ts';

/** A directory of a checkpoint sink has one a minute: two years of it. */
const SINCE_FILES_MAX = 1_100_000;

export interface KeptHead {
  /** For people: where it lies. */
  readonly file: string;
  readonly note: Buffer;
}

/** `--since`: a checkpoint kept elsewhere, or a directory of them, such as a checkpoint sink. */
export async function readSince(since: string): Promise<KeptHead[]> {
  const kept: KeptHead[] = [];
  for (const file of await filesOf(since)) kept.push({ file, note: await readFile(file) });
  if (kept.length === 0) throw new CliError(`${since} holds no checkpoint.`);
  return kept;
}

async function filesOf(since: string): Promise<string[]> {
  if (!(await stat(since)).isDirectory()) return [since];
  const entries = await readdir(since, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
    .map((entry) => path.join(entry.parentPath, entry.name));
  if (files.length > SINCE_FILES_MAX) throw new CliError(`${since} holds more files than any checkpoint sink.`);
  return files.sort();
}
