import { configDefaults, defineConfig } from 'vitest/config';

// Packages import one another from source (the `source` export condition), so nothing is built before a test.
const source = {
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'], externalConditions: ['source'] } },
};

/** Minutes each, a clean Debian among them: asked for by DAYBOOK_LONG=1, and else not there, so that they are no skips. */
const long = process.env['DAYBOOK_LONG'] === '1' ? [] : ['test/long/**'];
/** Bounds for tests that hang. They say nothing of speed: a busy machine may take many times what an idle one does. */
const TEST_MS_MAX = { testTimeout: 60_000, hookTimeout: 60_000 };
const BUILT_TEST_MS_MAX = { testTimeout: 120_000, hookTimeout: 120_000 };
/** Of packages: what starts an engine, a database or a whole server is named so, and is no unit. */
const SERVICE_TESTS = ['packages/*/src/**/*.service.test.ts'];
/** Of the built program, by a real browser: apart from the rest for the two lanes of `npm test` to be of about one length. */
const BROWSER_TESTS = ['test/browser/**/*.test.ts'];

export default defineConfig({
  ...source,
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts', 'demo/**/*.test.ts'],
          exclude: SERVICE_TESTS,
          pool: 'forks',
          maxWorkers: 2,
          ...TEST_MS_MAX,
        },
      },
      {
        ...source,
        test: {
          name: 'service',
          include: SERVICE_TESTS,
          pool: 'forks',
          maxWorkers: 2,
          ...TEST_MS_MAX,
        },
      },
      {
        ...source,
        test: {
          name: 'built',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...BROWSER_TESTS, ...long],
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
          ...BUILT_TEST_MS_MAX,
        },
      },
      {
        ...source,
        test: {
          name: 'browser',
          include: BROWSER_TESTS,
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
          ...BUILT_TEST_MS_MAX,
        },
      },
    ],
  },
});
