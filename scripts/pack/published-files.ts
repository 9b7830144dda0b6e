import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { importsOf } from '../tidy/imports.ts';
import { codeOf } from '../tidy/tree.ts';

/** A module that is chosen while the program runs can't be followed from here. */
const CHOSEN_LATER = /\bimport\(\s*[^'"\s)]/;
/** What these choose is never ours: modules of formats that the operator names. */
const LOADS_OTHERS: ReadonlySet<string> = new Set(['dist/import/modules.js']);
const REQUIRED = /\brequire\(\s*['"]([^'"]+)['"]\s*\)/g;
const CODE = /\.[cm]?js$/;

export interface PublishedFiles {
  /** Paths in the package, sorted. */
  readonly files: readonly string[];
  /** Names of the packages that they import. */
  readonly packages: readonly string[];
}

/**
 * What can be reached from the faces of a built package, declarations by the imports of declarations: tests, what only tests use, and what is
 * left of a deleted source can't. Throws where a way leads nowhere.
 */
export function reachableFiles(dir: string, entries: readonly string[]): PublishedFiles {
  const found = new Set<string>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    if (!existsSync(path.join(dir, file))) throw new Error(`${path.basename(dir)}: ${file} is meant to be there, and is not`);
    found.add(file);
    for (const specifier of specifiersOf(dir, file)) {
      if (!specifier.startsWith('.')) packages.add(packageOf(specifier));
      else waiting.push(...targetsOf(file, specifier));
    }
  }
  const outside = [...packages].filter((name) => !isBuiltin(name) && !name.startsWith('#'));
  return { files: [...found].sort(), packages: outside.sort() };
}

function specifiersOf(dir: string, file: string): string[] {
  // The program of a package is a few lines around one of its faces; what it does in a checkout is not published.
  if (!file.startsWith('dist/')) return [];
  const text = readFileSync(path.join(dir, file), 'utf8');
  if (CODE.test(file) && !LOADS_OTHERS.has(file) && CHOSEN_LATER.test(codeOf(text)))
    throw new Error(`${file} imports what it chooses while it runs`);
  const imported = importsOf(file, text).map(({ specifier }) => specifier);
  const required = [...codeOf(text).matchAll(REQUIRED)].map((match) => match[1] ?? '');
  return [...imported, ...required];
}

/** Sources name one another by `.ts`, and so do declarations and addresses of workers after the build. */
function targetsOf(file: string, specifier: string): string[] {
  const target = path.posix.join(path.posix.dirname(file), specifier);
  // The loader of a checkout: looked for, and not found where the package is installed.
  if (target.startsWith('../') || !target.startsWith('dist/')) return [];
  if (/\.d\.[cm]?ts$/.test(file)) return [target.replace(/\.([cm]?)[jt]s$/, '.d.$1ts')];
  const code = target.replace(/\.ts$/, '.js');
  return [code];
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

const SOURCE_MAP = /\n?\/\/# sourceMappingURL=.*\s*$/;
/** In declarations, where the compiler leaves the source's name: older compilers look for just that file. */
const TYPESCRIPT_NAME = /((?:from|import\()\s*['"]\.[^'"]*)\.ts(['"])/g;

/** A built file as it is published: it names no file that is not. */
export function publishedText(file: string, text: string): string {
  const bare = text.replace(SOURCE_MAP, '\n');
  return file.endsWith('.d.ts') ? bare.replace(TYPESCRIPT_NAME, '$1.js$2') : bare;
}
