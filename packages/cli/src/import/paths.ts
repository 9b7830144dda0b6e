import { stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';
import { filesOf, isPattern } from './glob.ts';

/** A folder that could not be read. */
export interface Unread {
  readonly name: string;
  readonly reason: string;
}

/** The files that the arguments of a command mean: files, folders with everything below them, patterns, `-`. */
export async function expandPaths(names: readonly string[], unread: (what: Unread) => void): Promise<string[]> {
  const files: string[] = [];
  const tell = (dir: string, error: unknown) => unread({ name: dir, reason: codeOf(error) ?? 'it can not be read' });
  for (const name of names) {
    const found = name === '-' ? undefined : await stat(name).catch(() => undefined);
    if (name === '-' || found?.isDirectory() === false) files.push(name);
    else if (found !== undefined) files.push(...(await filesOf(path.join(escaped(name), '**', '*'), tell)));
    else if (isPattern(name)) files.push(...(await matches(name, tell)));
    else throw new CliError(`Can't read ${name}: there is no such file.`, { code: 'no_file' });
  }
  return files;
}

async function matches(pattern: string, tell: (dir: string, error: unknown) => void): Promise<string[]> {
  const files = await filesOf(pattern, tell);
  if (files.length === 0) throw new CliError(`No file matches ${pattern}.`, { code: 'no_file' });
  return files;
}

/** A folder's own name may look like a pattern. */
function escaped(name: string): string {
  return name.replaceAll(/[*?[{]/g, (one) => (one === '{' ? '?' : `[${one}]`));
}
