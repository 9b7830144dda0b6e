import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository's text files by path from its root, with `/`. A test brings a small tree of its own. */
export type Tree = ReadonlyMap<string, string>;

export interface Complaint {
  readonly file: string;
  readonly line: number;
  /** What is wrong, and what to do instead. */
  readonly message: string;
}

/** Not read, only known to be there: documents show them. */
const PICTURE = /\.png$/;
const TEXT = /\.(ts|tsx|mjs|js|json|md|proto)$/;

/** What git knows, and what it would take in: nothing that is ignored. */
export function readTree(root: string): Tree {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const files = listed
    .toString('utf8')
    .split('\0')
    .filter((file) => (TEXT.test(file) || PICTURE.test(file)) && existsSync(path.join(root, file)));
  return new Map(files.map((file) => [file, PICTURE.test(file) ? '' : readFileSync(path.join(root, file), 'utf8')]));
}

/** Tests, and what only tests use: `test-x.ts` beside the source, which no package builds. */
export function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file) || /(^|\/)test-[\w-]+\.ts$/.test(file) || file.startsWith('test/');
}

/** Code with comments blanked, so that what is only spoken of is not taken for done. Line numbers stay. */
export function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[\s;{(,])\/\/[^\n]*/g, (comment, before: string) => before + ' '.repeat(comment.length - before.length));
}

export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
