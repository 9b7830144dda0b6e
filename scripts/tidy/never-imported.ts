import path from 'node:path';
import { allImports } from './imports.ts';
import { type Complaint, isTest, type Tree } from './tree.ts';

/**
 * A file that nothing imports is dead, or forgotten; one that only tests import must be named as theirs, or it would be built and shipped. Faces of
 * packages are named in their package.json.
 */
export function neverImported(tree: Tree): Complaint[] {
  const imports = allImports(tree);
  const used = new Set(imports.map(({ target }) => target));
  const usedByCode = new Set(imports.filter(({ from }) => !isTest(from)).map(({ target }) => target));
  for (const [file, text] of tree) {
    if (!/^packages\/[a-z]+\/package\.json$/.test(file)) continue;
    for (const match of text.matchAll(/"(\.\/src\/[^"]+)"/g)) {
      const face = path.posix.join(path.posix.dirname(file), match[1] ?? '');
      used.add(face);
      usedByCode.add(face);
    }
  }
  return [...tree.keys()]
    .filter((file) => /^packages\/[a-z]+\/src\/.*\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .flatMap((file) => {
      const message = wrong(file, used, usedByCode);
      return message === undefined ? [] : [{ file, line: 1, message }];
    });
}

function wrong(file: string, used: ReadonlySet<string | undefined>, usedByCode: ReadonlySet<string | undefined>): string | undefined {
  if (isTest(file)) {
    if (usedByCode.has(file)) return 'what runs imports this file, and it is not built: take `test-` out of its name';
    return used.has(file) ? undefined : 'no test imports this file: delete it';
  }
  if (!used.has(file)) return 'nothing imports this file: use it or delete it';
  return usedByCode.has(file) ? undefined : 'only tests import this file: let its name begin with `test-`, so that it is not built';
}
