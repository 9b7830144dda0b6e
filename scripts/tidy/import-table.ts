import { allImports, type Import } from './imports.ts';
import { type Complaint, isTest, type Tree } from './tree.ts';

/**
 * Who may import whom, and nothing else. A part is a package, or a stage of the server. `base` is not a stage: it is what stages stand on,
 * and may be entered by any of its files.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  tlog: [],
  evidence: ['protocol', 'tlog'],
  logfiles: ['protocol', 'tlog'],
  formats: ['protocol'],
  wire: ['protocol'],
  sigma: ['protocol'],
  sdk: ['protocol'],
  cli: ['protocol', 'tlog', 'evidence', 'logfiles', 'formats', 'sigma', 'sdk'],
  console: ['protocol', 'tlog', 'evidence'],
  'server/base': ['protocol'],
  'server/capture': ['server/base', 'server/intake', 'formats', 'wire', 'protocol'],
  'server/intake': ['server/base', 'server/ledger', 'protocol'],
  'server/ledger': ['server/base', 'tlog', 'logfiles', 'protocol'],
  'server/query': ['server/base', 'server/ledger', 'protocol'],
  'server/watch': ['server/base', 'server/ledger', 'server/query', 'sigma', 'protocol'],
  'server/web': ['server/base', 'server/capture', 'server/intake', 'server/ledger', 'server/query', 'server/watch', 'protocol'],
  // The composition root opens and closes every stage.
  'server/main': [
    'server/base',
    'server/capture',
    'server/intake',
    'server/ledger',
    'server/query',
    'server/watch',
    'server/web',
    'protocol',
  ],
};

/** The server is an optional peer of the command line, loaded in one place, only by the commands that run it. */
const SERVER_LOADERS = ['packages/cli/src/server-package.ts'];

/** Packages without any I/O: they open nothing, and run where Node is not. */
const PURE = ['protocol', 'tlog', 'evidence', 'formats', 'wire', 'sigma'];
/** The one file of a pure package that knows Node, chosen by an import condition. */
const PURE_EXCEPT = ['packages/tlog/src/crypto-node.ts'];

export function importTable(tree: Tree): Complaint[] {
  return allImports(tree)
    .filter(({ from }) => partOf(from) !== undefined && !isTest(from))
    .flatMap((found) => {
      const message = wrong(found);
      return message === undefined ? [] : [{ file: found.from, line: found.line, message }];
    });
}

function wrong(found: Import): string | undefined {
  const from = partOf(found.from) ?? '';
  const [name] = from.split('/');
  if (found.specifier.startsWith('node:') && PURE.includes(name ?? '') && !PURE_EXCEPT.includes(found.from))
    return `${from} opens nothing and runs without Node: take ${found.specifier} out, let the caller bring what it needs`;
  const to = targetPart(found);
  if (to === undefined || to === from) return undefined;
  if (to.startsWith('server') && name === 'cli') {
    return SERVER_LOADERS.includes(found.from) || found.typeOnly
      ? undefined
      : 'only `serve` and `restore` load the server: everything else works without it';
  }
  if (!(MAY_IMPORT[from] ?? []).includes(to))
    return `${from} may not import ${to} (${found.specifier}); see MAY_IMPORT in scripts/tidy/import-table.ts`;
  return throughFace(found, to);
}

/** A stage is entered through its index.ts; its types.ts too, for types only, since nothing runs by that. */
function throughFace(found: Import, to: string): string | undefined {
  if (found.target === undefined || to === 'server/base') return undefined;
  if (found.target.endsWith('/index.ts') || (found.typeOnly && found.target.endsWith('/types.ts'))) return undefined;
  return `${to} is entered through its index.ts (types also through types.ts, by \`import type\`), not through ${found.specifier}`;
}

function targetPart(found: Import): string | undefined {
  if (found.target !== undefined) return partOf(found.target);
  const match = /^@daybook\/([a-z]+)(\/.*)?$/.exec(found.specifier);
  return match?.[1];
}

/** `packages/server/src/ledger/x.ts` → server/ledger; `packages/tlog/src/x.ts` → tlog. */
export function partOf(file: string): string | undefined {
  const stage = /^packages\/server\/src\/([a-z]+)\//.exec(file)?.[1];
  if (stage !== undefined) return `server/${stage}`;
  if (file.startsWith('packages/server/src/')) return 'server/main';
  return /^packages\/([a-z]+)\/src\//.exec(file)?.[1];
}
