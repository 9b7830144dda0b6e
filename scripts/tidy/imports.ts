import path from 'node:path';
import { codeOf, lineAt, type Tree } from './tree.ts';

export interface Import {
  readonly from: string;
  /** As written. */
  readonly specifier: string;
  /** File in the tree, for relative ones. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** An import for its effect alone has the quotes that our format has: one with others is a line of a .proto text. */
const STATIC = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+['"]|')([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
/** `new URL('./x.ts', import.meta.url)`: children and workers are entered by their file. */
const BY_URL = /new URL\(\s*['"](\.[^'"]+)['"]\s*,\s*import\.meta\.url/g;
const TYPE_QUERY = /\btypeof\s+$/;

export function importsOf(file: string, text: string): Import[] {
  const code = codeOf(text);
  const found: Import[] = [];
  const add = (specifier: string, offset: number, typeOnly: boolean) =>
    found.push({ from: file, specifier, target: targetOf(file, specifier), typeOnly, line: lineAt(code, offset) });
  for (const match of code.matchAll(STATIC)) add(match[2] ?? '', match.index, match[1] !== undefined);
  for (const match of code.matchAll(DYNAMIC)) add(match[1] ?? '', match.index, TYPE_QUERY.test(code.slice(0, match.index)));
  for (const match of code.matchAll(BY_URL)) add(match[1] ?? '', match.index, false);
  return found;
}

export function allImports(tree: Tree): Import[] {
  return [...tree].filter(([file]) => /\.(ts|tsx|mjs|js)$/.test(file)).flatMap(([file, text]) => importsOf(file, text));
}

function targetOf(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : undefined;
}
