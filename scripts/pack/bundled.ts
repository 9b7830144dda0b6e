import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { publicDeclarations } from './declarations.ts';
import { type PublishedFiles, reachableFiles } from './published-files.ts';

/** The oldest Node that packages of ours run on: the engines of their manifests. */
const TARGET = 'node20.19';

/** The published files of a package by their paths, and the packages that they import. */
export interface Bundle extends Pick<PublishedFiles, 'packages'> {
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * A package that applications install, small: its faces as minified bundles that share what they have in common, and of its declarations only what
 * the faces show. Comments stay in the declarations, where editors show them.
 */
export function bundled(dir: string, entries: readonly string[]): Bundle {
  const faces = entries.filter((file) => file.endsWith('.d.ts'));
  const code = entries.filter((file) => file.endsWith('.js'));
  const { packages } = reachableFiles(dir, entries);
  const declared = reachableFiles(dir, faces).files.map((file) => [file, readFileSync(path.join(dir, file), 'utf8')] as const);
  return { packages, texts: new Map([...minified(dir, code), ...publicDeclarations(new Map(declared), faces)]) };
}

function minified(dir: string, entries: readonly string[]): [string, string][] {
  const { outputFiles } = buildSync({
    entryPoints: entries.map((file) => path.join(dir, file)),
    outdir: path.join(dir, 'dist'),
    write: false,
    bundle: true,
    splitting: true,
    packages: 'external',
    minify: true,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    logLevel: 'error',
  });
  return outputFiles.map((file) => [path.relative(dir, file.path), file.text]);
}
