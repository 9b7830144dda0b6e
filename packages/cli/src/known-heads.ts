import { parseJson } from '@daybook/protocol';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import { CliError } from './cli-error.ts';

/** What a check saw of a log: its key and its newest head. */
export interface SeenHead {
  /** Verifier key line. */
  readonly verifierKey: string;
  /** Signed note: proves itself, so this file need not be trusted for more than its age. */
  readonly note: string;
}

/** The newest head of each log that this user has seen, by origin: so that a log which shows less, or another past, is found out. */
export interface KnownHeads {
  readonly file: string;
  get(origin: string): SeenHead | undefined;
  set(origin: string, head: SeenHead): void;
  /** Replaces the file, if anything changed. */
  save(): Promise<void>;
}

const VERSION = 1;

/** `$XDG_STATE_HOME/daybook/heads.json`, by default below `~/.local/state`. */
export function knownHeadsFile(env: NodeJS.ProcessEnv): string {
  const state = env['XDG_STATE_HOME'];
  return path.join(state === undefined || state === '' ? path.join(homedir(), '.local', 'state') : state, 'daybook', 'heads.json');
}

export async function openKnownHeads(file: string): Promise<KnownHeads> {
  const heads = new Map<string, SeenHead>(Object.entries(parse(await readText(file), file)));
  let changed = false;
  return {
    file,
    get: (origin) => heads.get(origin),
    set(origin, head) {
      const old = heads.get(origin);
      if (old?.note === head.note && old.verifierKey === head.verifierKey) return;
      heads.set(origin, { verifierKey: head.verifierKey, note: head.note });
      changed = true;
    },
    async save() {
      if (!changed) return;
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      const temp = `${file}.${randomUUID()}.tmp`;
      await writeFile(temp, `${JSON.stringify({ version: VERSION, heads: Object.fromEntries(heads) }, undefined, 2)}\n`, { mode: 0o600 });
      await rename(temp, file);
      changed = false;
    },
  };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file that is not ours stops the check: to begin a new memory silently is what an attacker would wish for. */
function parse(text: string | undefined, file: string): Record<string, SeenHead> {
  if (text === undefined) return {};
  const wrong = new CliError(`${file} is not the memory of earlier checks`, {
    advice: 'Put it back from a backup; or remove it, and heads seen before are forgotten.',
  });
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw wrong;
  }
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== VERSION || !('heads' in value)) throw wrong;
  const { heads } = value;
  if (typeof heads !== 'object' || heads === null) throw wrong;
  const seen: Record<string, SeenHead> = {};
  for (const [origin, head] of Object.entries(heads)) {
    if (!isSeenHead(head)) throw wrong;
    seen[origin] = head;
  }
  return seen;
}

function isSeenHead(head: unknown): head is SeenHead {
  if (typeof head !== 'object' || head === null) return false;
  return 'verifierKey' in head && typeof head.verifierKey === 'string' && 'note' in head && typeof head.note === 'string';
}
