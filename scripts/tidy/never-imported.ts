import path from 'node:path';
import { allImports } from './imports.ts';
import { type Complaint, isTest, type Tree } from './tree.ts';

/** A file that nothing imports is dead, or forgotten. Faces of packages are named in their package.json. */
export function neverImported(tree: Tree): Complaint[] {
  const used = new Set(allImports(tree).map(({ target }) => target));
  for (const [file, text] of tree) {
    if (!/^packages\/[a-z]+\/package\.json$/.test(file)) continue;
    for (const match of text.matchAll(/"(\.\/src\/[^"]+)"/g)) used.add(path.posix.join(path.posix.dirname(file), match[1] ?? ''));
  }
  return [...tree.keys()]
    .filter((file) => /^packages\/[a-z]+\/src\/.*\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !used.has(file))
    .map((file) => ({
      file,
      line: 1,
      message: isTest(file) ? 'no test imports this file: delete it' : 'nothing imports this file: use it or delete it',
    }));
}
