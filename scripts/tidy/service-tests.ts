import { allImports, type Import } from './imports.ts';
import type { Complaint, Tree } from './tree.ts';

/** What starts an engine, a database or a server of several stages. */
const STARTERS = [
  'packages/server/src/main.ts',
  'packages/server/src/capture/test-server.ts',
  'packages/server/src/query/engine/engine.ts',
  'packages/server/src/query/test-query.ts',
  'test/support/postgres.ts',
  'test/support/sql-sandbox.ts',
  'test/support/web-server.ts',
];
const STARTER_PACKAGES = ['@daybook/server', 'chdb'];

/** `npm run check` runs unit tests, and has a minute: what starts services is named `x.service.test.ts`, which `npm test` runs. */
export function serviceTests(tree: Tree): Complaint[] {
  return allImports(tree)
    .filter((found) => /^packages\/.*\.test\.ts$/.test(found.from) && !found.from.endsWith('.service.test.ts') && starts(found))
    .map(({ from, line, specifier }) => ({
      file: from,
      line,
      message: `${specifier} starts a service: name this file ${from
        .split('/')
        .at(-1)
        ?.replace(/\.test\.ts$/, '.service.test.ts')}`,
    }));
}

function starts({ target, specifier, typeOnly }: Import): boolean {
  return !typeOnly && (STARTERS.includes(target ?? '') || STARTER_PACKAGES.includes(specifier));
}
