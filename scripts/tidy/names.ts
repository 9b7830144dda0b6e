import { type Complaint, codeOf, isTest, lineAt, type Tree } from './tree.ts';

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.(?:ts|tsx|mjs|js)$/;
/** Names that say nothing of what is inside. */
const EMPTY_NAMES = /(^|[/-])(utils?|helpers?|manager|common|misc|v\d+)(\.|-|\/)/;
/** Usually under 300 lines; beyond this a file has a second idea. Tests are lists of cases and may be longer. */
const LINES_MAX = 350;
const TEST_LINES_MAX = 700;

export function fileNames(tree: Tree): Complaint[] {
  return codeFiles(tree).flatMap(([file]) => {
    const name = file.split('/').at(-1) ?? '';
    if (!KEBAB.test(name)) return [{ file, line: 1, message: 'file names are kebab-case' }];
    return EMPTY_NAMES.test(file) ? [{ file, line: 1, message: 'this name says nothing: name the file after its one idea' }] : [];
  });
}

export function fileLengths(tree: Tree): Complaint[] {
  return codeFiles(tree).flatMap(([file, text]) => {
    const lines = text.split('\n').length - 1;
    const max = isTest(file) ? TEST_LINES_MAX : LINES_MAX;
    return lines > max ? [{ file, line: max, message: `${lines} lines, ${max} at most: give its second idea a file of its own` }] : [];
  });
}

/** Things that are begun and not ended. */
export function unfinished(tree: Tree): Complaint[] {
  return codeFiles(tree)
    .filter(([file]) => !file.startsWith('scripts/tidy'))
    .flatMap(([file, text]) => {
      const marks = [...text.matchAll(/\b(?:TODO|FIXME|XXX)\b/g)].map((match) => ({
        file,
        line: lineAt(text, match.index),
        message: `${match[0]}: finish it, or open an issue`,
      }));
      const code = codeOf(text);
      const tests = isTest(file) ? [...code.matchAll(/\b(?:it|test|describe)\.(?:only|skip|todo)\(/g)] : [];
      return [
        ...marks,
        ...tests.map((match) => ({
          file,
          line: lineAt(code, match.index),
          message: `${match[0]}…): every test runs; skip by \`skipIf\` with the reason in the name`,
        })),
      ];
    });
}

function codeFiles(tree: Tree): (readonly [string, string])[] {
  return [...tree].filter(([file]) => /\.(ts|tsx|mjs|js)$/.test(file));
}
