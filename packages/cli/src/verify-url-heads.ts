import { mkdir, readFile, rename, stat, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openCheckpoint, parseVerifierKey } from '@daybook/tlog';
import { CliError } from './cli-error.ts';
import { codeOf, isRecord, listOf, parseRecord, textOf } from './json-shape.ts';

/** The newest head of a log that this user has verified. An older head, or another history, is then found the next time. */
export interface KnownHead {
  readonly origin: string;
  /** Verifier key line. */
  readonly key: string;
  /** The server that showed it. */
  readonly url: string;
  /** Signed note. */
  readonly note: string;
}

const FORMAT = 'daybook-heads/1';
/** A directory of a checkpoint sink has one a minute: two years of it. */
const SINCE_FILES_MAX = 1_100_000;

/** Where a user's state lies (XDG); made for this user alone. */
export function defaultHeadsFile(env: Readonly<Record<string, string | undefined>>): string {
  const state = env['XDG_STATE_HOME'];
  return path.join(state === undefined || state === '' ? path.join(os.homedir(), '.local', 'state') : state, 'daybook', 'heads.json');
}

export async function readKnownHeads(file: string): Promise<KnownHead[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const value = parseRecord(text);
  const heads = listOf(value?.['heads']).filter(isRecord);
  if (value?.['format'] !== FORMAT)
    throw new CliError(`${file} does not hold the heads that earlier checks have seen.`, {
      advice: 'Put back a copy of it. Without it a rollback since then would not be noticed; remove it only if you accept that.',
    });
  return heads.map(({ origin, key, url, note }) => ({ origin: textOf(origin), key: textOf(key), url: textOf(url), note: textOf(note) }));
}

/** Adds heads to those known. Another check may have written meanwhile: the larger head of an origin stays. */
export async function rememberHeads(file: string, heads: readonly KnownHead[]): Promise<void> {
  if (heads.length === 0) return;
  const merged = new Map((await readKnownHeads(file)).map((head) => [head.origin, head]));
  for (const head of heads) {
    const known = merged.get(head.origin);
    if (known === undefined || sizeOf(known) <= sizeOf(head)) merged.set(head.origin, head);
  }
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temp = `${file}.${process.pid}.tmp`;
  await writeFile(temp, `${JSON.stringify({ format: FORMAT, heads: [...merged.values()] }, undefined, 2)}\n`, { mode: 0o600, flush: true });
  await rename(temp, file);
}

function sizeOf(head: KnownHead): number {
  return openCheckpoint(head.note, parseVerifierKey(head.key)).size;
}

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
