import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const MAGIC = /[*?[{]/;
/** Deeper than any tree of logs; links that lead back up end here. */
const DEPTH_MAX = 32;

export function isPattern(name: string): boolean {
  return MAGIC.test(name);
}

/**
 * The files that a pattern names, sorted: `*` and `?` within a name, `[a-z]`, `{a,b}`, and `**` for any folders in between. Names that begin with a point
 * are matched only by patterns that do. Folders that can't be read are told to `unreadable`.
 */
export async function filesOf(pattern: string, unreadable: (dir: string, error: unknown) => void = () => undefined): Promise<string[]> {
  const found = new Set<string>();
  for (const one of alternatives(pattern)) {
    const parts = one.split('/');
    const root = parts[0] === '' ? '/' : '';
    await walk(root, parts[0] === '' ? parts.slice(1) : parts, { found, unreadable, depth: 0 });
  }
  return [...found].sort();
}

interface Walk {
  readonly found: Set<string>;
  readonly unreadable: (dir: string, error: unknown) => void;
  readonly depth: number;
}

async function walk(dir: string, parts: readonly string[], at: Walk): Promise<void> {
  const [part, ...rest] = parts;
  if (part === undefined || at.depth > DEPTH_MAX) return;
  const deeper = { ...at, depth: at.depth + 1 };
  if (part === '**') await walk(dir, rest, deeper);
  if (!isPattern(part)) return step(path.join(dir, part), rest, deeper);
  const wanted = part === '**' ? /^[^.]/ : nameOf(part);
  const names = await readdir(dir === '' ? '.' : dir, { withFileTypes: true }).catch((error: unknown) => {
    at.unreadable(dir, error);
    return [];
  });
  for (const name of names) {
    if (!wanted.test(name.name)) continue;
    const next = path.join(dir, name.name);
    // What a folder says of a file need not be asked of the file.
    if (rest.length === 0 && name.isFile()) at.found.add(next);
    else if (part !== '**') await step(next, rest, deeper);
    else if (name.isDirectory()) await walk(next, parts, deeper);
  }
}

async function step(name: string, rest: readonly string[], at: Walk): Promise<void> {
  if (rest.length > 0) return walk(name, rest, at);
  const found = await stat(name).catch(() => undefined);
  if (found?.isFile() === true) at.found.add(name);
}

/** `a{b,c}d` is `abd` and `acd`. */
function alternatives(pattern: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before = '', inner = '', after = ''] = match;
  return inner.split(',').flatMap((one) => alternatives(before + one + after));
}

function nameOf(part: string): RegExp {
  const hidden = part.startsWith('.') ? '' : '(?!\\.)';
  const body = part.replace(/\*+|\?|\[!?[^\]]*\]|[.+^${}()|\\[\]]/g, (token) => {
    if (token.startsWith('*')) return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 2 && token.startsWith('[')) return token.replace('[!', '[^').replaceAll('\\', '\\\\');
    return `\\${token}`;
  });
  return new RegExp(`^${hidden}${body}$`, 's');
}
