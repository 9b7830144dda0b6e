import { configDefaults, defineConfig } from 'vitest/config';

// Packages import one another from source (the `source` export condition), so nothing is built before a test.
const source = {
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'], externalConditions: ['source'] } },
};

/** Minutes each, a clean Debian among them: asked for by DAYBOOK_LONG=1, and else not there, so that they are no skips. */
const long = process.env['DAYBOOK_LONG'] === '1' ? [] : ['test/long/**'];

export default defineConfig({
  ...source,
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        ...source,
        test: {
          name: 'built',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...long],
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
