// `npm test`: everything. Sets up the services that tests meet, builds, checks, runs all tests; ends with the line `N passed, N failed`.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setUpServices } from './services.mjs';
import { BUILD_STEP, CONSOLE_STEP, ROOT, runStep, runSteps, STATIC_STEPS } from './steps.mjs';

/** On the machine that judges changes, a test that could not run has not passed. */
const SKIPS_FAIL = (process.env['CI'] ?? '') !== '' && process.env['CI'] !== 'false';

/** What they run is the sources: on this Node, and on the other that Daybook is for. */
const SOURCE_PROJECTS = ['unit', 'service'];

const results = path.join(ROOT, 'node_modules', '.cache', 'daybook', 'results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const env = await setUpServices();
const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
// What is built is tested by both lanes, so it comes first. Tests of the built program wait more than they compute, one file at a time:
// beside them everything else has room, and those in a browser come last in the shorter lane.
await runStatic([BUILD_STEP, CONSOLE_STEP]);
await Promise.all([
  runTests('built', { name: 'tests of the built program', projects: ['built'] }),
  runStatic(STATIC_STEPS.filter((step) => step !== BUILD_STEP))
    .then(() => runTests('sources', { name: 'unit and service tests', projects: SOURCE_PROJECTS }))
    .then(runOnNode24)
    .then(() => runTests('browser', { name: 'tests in a browser', projects: ['browser'] })),
]);

for (const name of skipped) console.log(`skipped: ${name}`);
if (SKIPS_FAIL && counts.skipped > 0) {
  console.log('In CI a skip is a failure.');
  counts.failed += counts.skipped;
}
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

async function runStatic(steps) {
  for (const { ok } of await runSteps(steps)) counts[ok ? 'passed' : 'failed']++;
}

async function runOnNode24() {
  const node = env.DAYBOOK_TEST_NODE24;
  const name = 'unit and service tests on Node 24';
  if (node !== undefined) return runTests('sources-24', { name, node, projects: SOURCE_PROJECTS });
  counts.skipped++;
  skipped.push(`${name}: it could not be installed`);
}

/** Runs projects of vitest and adds what its report says. A run without a report is a failure, whatever it printed. */
async function runTests(label, { name, node = process.execPath, projects }) {
  const file = path.join(results, `${label}.json`);
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const chosen = projects.flatMap((project) => ['--project', project]);
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile', file];
  const run = await runStep({ name, command: [node, vitest, 'run', ...chosen, ...reporters], env });
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
