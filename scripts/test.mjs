// `npm test`: everything. Sets up the services that tests meet, builds, checks, runs all tests; ends with the line `N passed, N failed`.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setUpServices } from './services.mjs';
import { ROOT, runLanes, runStep, STATIC_STEPS } from './steps.mjs';

/** On the machine that judges changes, a test that could not run has not passed. */
const SKIPS_FAIL = (process.env['CI'] ?? '') !== '' && process.env['CI'] !== 'false';

const results = path.join(ROOT, 'node_modules', '.cache', 'daybook', 'results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const env = await setUpServices();
const steps = await runLanes([STATIC_STEPS]);
const counts = { passed: steps.filter(({ ok }) => ok).length, failed: steps.filter(({ ok }) => !ok).length, skipped: 0 };
const skipped = [];

for (const project of ['unit', 'built']) await runTests(project, { name: `${project} tests`, node: [], env });
if (env.DAYBOOK_TEST_NODE24 !== undefined)
  await runTests('unit-24', { name: 'unit tests on Node 24', node: [env.DAYBOOK_TEST_NODE24], env, project: 'unit' });
else skipped.push('unit tests on Node 24: it could not be installed');

for (const name of skipped) console.log(`skipped: ${name}`);
if (env.DAYBOOK_TEST_NODE24 === undefined) counts.skipped++;
if (SKIPS_FAIL && counts.skipped > 0) {
  console.log('In CI a skip is a failure.');
  counts.failed += counts.skipped;
}
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** Runs one project of vitest and adds what its report says. A run without a report is a failure, whatever it printed. */
async function runTests(label, { name, node, env, project = label }) {
  const file = path.join(results, `${label}.json`);
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const command = [
    node[0] ?? process.execPath,
    vitest,
    'run',
    '--project',
    project,
    '--reporter',
    'default',
    '--reporter',
    'json',
    '--outputFile',
    file,
  ];
  const run = await runStep({ name, command, env, live: true });
  const report = readReport(file);
  if (report === undefined) {
    counts.failed++;
    return;
  }
  counts.passed += report.numPassedTests;
  // A file that fails to load has no tests to count, and an error outside of tests none either.
  const failed =
    report.numFailedTests +
    report.testResults.filter((f) => f.status === 'failed' && !f.assertionResults.some((t) => t.status === 'failed')).length;
  counts.failed += failed === 0 && !run.ok ? 1 : failed;
  counts.skipped += report.numPendingTests + report.numTodoTests;
  for (const test of report.testResults.flatMap((f) => f.assertionResults))
    if (['pending', 'skipped', 'todo'].includes(test.status)) skipped.push(test.fullName);
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
