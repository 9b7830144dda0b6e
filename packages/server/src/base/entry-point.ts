import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface EntryPoint {
  readonly url: URL;
  readonly path: string;
  /** For `fork`, `spawn` and `new Worker`: what Node needs to run this file. */
  readonly execArgv: string[];
}

/**
 * A file that starts as a child process or a worker thread: `entryPoint(new URL('./engine-main.ts', import.meta.url))`. In a checkout it is
 * TypeScript and needs the loader of the repository; in a built package the `.js` beside it runs as it is.
 */
export function entryPoint(source: URL): EntryPoint {
  const fromSource = import.meta.url.endsWith('.ts');
  const url = fromSource ? source : new URL(source.href.replace(/\.ts$/, '.js'));
  return { url, path: fileURLToPath(url), execArgv: fromSource ? ['--import', checkoutLoader()] : [] };
}

function checkoutLoader(): string {
  // packages/server/src/base → the root of the repository.
  const loader = new URL('../../../../scripts/from-source.mjs', import.meta.url);
  if (!existsSync(loader))
    throw new Error('TypeScript sources run only inside a checkout of the repository: scripts/from-source.mjs is missing');
  return loader.href;
}
