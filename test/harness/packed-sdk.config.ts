import path from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * The SDK's own tests, with the code that is published in place of its sources: what a bundler and a minifier made of them does the same.
 * `DAYBOOK_TEST_SDK` is the folder where the package is installed.
 */
const dist = path.join(process.env['DAYBOOK_TEST_SDK'] ?? '', 'dist');
const SOURCES = /\/packages\/sdk\/src\/[^/]*$/;
/** What tests import and the package shows; `client` and `context` by its main face. */
const FACE = /^\.\/(client|context|express|fastify|hono|http|koa|nest|pg|prisma|drizzle)\.ts$/;

export default defineConfig({
  root: path.resolve(import.meta.dirname, '../..'),
  plugins: [
    {
      name: 'packed-sdk',
      enforce: 'pre',
      resolveId: (id, importer = '') => {
        const face = SOURCES.test(importer) ? FACE.exec(id)?.[1] : undefined;
        return face === undefined ? undefined : path.join(dist, `${['client', 'context'].includes(face) ? 'index' : face}.js`);
      },
    },
  ],
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'], externalConditions: ['source'] } },
  test: {
    include: ['packages/sdk/src/{express,frameworks,databases.service,prisma.service}.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
