import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { rolledUp } from './declarations.ts';
import { type PublishedFiles, reachableFiles } from './published-files.ts';

/** The oldest Node that packages of ours run on: the engines of their manifests. */
const TARGET = 'node20.19';
/** All code, and all declarations: not in `dist`, of which the manifest opens each file. */
const CODE = 'lib/code.js';
const TYPES = 'lib/types.d.cts';

/** The published files of a package by their paths, and the packages that they import. */
export interface Bundle extends Pick<PublishedFiles, 'packages'> {
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * A package that applications install, small: its code minified in one file, its declarations (only what the faces show of them) in another, and each
 * face shows its part of both. Comments stay in the declarations, where editors show them.
 */
export async function bundled(dir: string, entries: readonly string[]): Promise<Bundle> {
  const faces = entries.filter((file) => file.endsWith('.d.ts'));
  const { packages } = reachableFiles(dir, entries);
  const declared = reachableFiles(dir, faces).files.map((file) => [file, readFileSync(path.join(dir, file), 'utf8')] as const);
  const code = await minified(
    dir,
    entries.filter((file) => file.endsWith('.js')),
  );
  return { packages, texts: new Map([...code, ...rolledUp(new Map(declared), faces, TYPES)]) };
}

async function minified(dir: string, faces: readonly string[]): Promise<[string, string][]> {
  const build = await rolldown({
    input: Object.fromEntries(faces.map((face) => [face, path.join(dir, face)])),
    // What is no path is somebody else's.
    external: /^[^./]/,
    platform: 'node',
    transform: { target: TARGET },
  });
  const { output } = await build.generate({
    format: 'esm',
    minify: true,
    comments: false,
    entryFileNames: '[name]',
    chunkFileNames: CODE,
    codeSplitting: { groups: [{ name: CODE }] },
  });
  await build.close();
  return output.flatMap((file): [string, string][] => (file.type === 'chunk' ? [[file.fileName, statementPerLine(file.code)]] : []));
}

/** Node shows the line of an error: one of 40 kB would hide its message. */
function statementPerLine(code: string): string {
  const texts = parseAst(code).body.map(({ start, end }) => code.slice(start, end));
  return `${texts.join('\n')}\n`;
}
