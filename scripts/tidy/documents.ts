import path from 'node:path';
import { type Complaint, lineAt, type Tree } from './tree.ts';

/** Where a path in ARCHITECTURE.md may begin: at the root, among the packages, or in the server. */
const ROOTS = ['', 'packages/', 'packages/server/src/'];

/** Folders and files that ARCHITECTURE.md names exist. */
export function namedPlaces(tree: Tree): Complaint[] {
  const file = 'ARCHITECTURE.md';
  const text = tree.get(file) ?? '';
  return [...text.matchAll(/`([a-z][\w./-]*\/[\w./-]*)`/g)].flatMap((match) => {
    const name = (match[1] ?? '').replace(/\/$/, '');
    return ROOTS.some((root) => exists(tree, root + name))
      ? []
      : [{ file, line: lineAt(text, match.index), message: `there is no ${match[1]}` }];
  });
}

function exists(tree: Tree, name: string): boolean {
  if (tree.has(name)) return true;
  for (const file of tree.keys()) if (file.startsWith(`${name}/`)) return true;
  return false;
}

/** One title per Markdown file, on its first line. */
export function oneTitle(tree: Tree): Complaint[] {
  return markdown(tree).flatMap(([file, text]) => {
    const prose = withoutCode(text);
    const titles = [...prose.matchAll(/^# .+$/gm)];
    if (titles.length === 1 && prose.startsWith('# ')) return [];
    const message =
      titles.length === 0
        ? 'has no title: begin with `# …`'
        : titles.length > 1
          ? `has ${titles.length} titles: one file, one title`
          : 'its title is not on the first line';
    return [{ file, line: lineAt(prose, titles[1]?.index ?? 0), message }];
  });
}

/** Links to files of the repository lead somewhere. */
export function links(tree: Tree): Complaint[] {
  return markdown(tree).flatMap(([file, text]) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
      const target = (match[1] ?? '').split('#', 1)[0] ?? '';
      if (target === '' || /^[a-z]+:/.test(target)) return [];
      const name = path.posix.join(path.posix.dirname(file), target).replace(/\/$/, '');
      return exists(tree, name) ? [] : [{ file, line: lineAt(text, match.index), message: `the link ${target} leads nowhere` }];
    }),
  );
}

function markdown(tree: Tree): (readonly [string, string])[] {
  return [...tree].filter(([file]) => file.endsWith('.md'));
}

/** Code blanked, so that a shell comment is no title. Line numbers and offsets stay. */
function withoutCode(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ' '));
}
