import { existsSync } from 'node:fs';

/**
 * A file of this package that starts as a worker thread. In a checkout it is TypeScript and needs the repository's loader; in a built package
 * the `.js` beside it runs as it is.
 */
export function workerEntry(source: URL): { readonly url: URL; readonly execArgv: string[] } {
  if (!import.meta.url.endsWith('.ts')) return { url: new URL(source.href.replace(/\.ts$/, '.js')), execArgv: [] };
  // packages/logfiles/src → the root of the repository.
  const loader = new URL('../../../scripts/from-source.mjs', import.meta.url);
  if (!existsSync(loader))
    throw new Error('TypeScript sources run only inside a checkout of the repository: scripts/from-source.mjs is missing');
  return { url: source, execArgv: ['--import', loader.href] };
}
