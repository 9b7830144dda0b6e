// What `npm run check` and `npm test` run: programs, each told by a name, their output kept and shown when they fail.
import { spawn } from 'node:child_process';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');

/** Programs of the workspace, without npx: it costs half a second each. */
export const bin = (name) => path.join(ROOT, 'node_modules', '.bin', name);

/** Checks the types of packages, and builds them. */
export const BUILD_STEP = { name: 'types of packages', command: [bin('tsc'), '-b'] };

/** What a browser is served: the tests of the built program look at it. */
export const CONSOLE_STEP = { name: 'console', command: [process.execPath, 'scripts/build-console.mjs', '--if-stale'] };

/** The checks that read code without running it. */
export const STATIC_STEPS = [
  { name: 'format', command: [bin('biome'), 'format', '.'] },
  BUILD_STEP,
  { name: 'types of tests', command: [bin('tsc'), '-p', 'tsconfig.test.json'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--quiet'] },
  { name: 'tidy', command: [process.execPath, 'scripts/run-ts.mjs', 'scripts/tidy.ts'] },
];

/** Runs one step; resolves with whether it went well. Its output is shown when it did not. */
export async function runStep({ name, command, env = {}, cwd = ROOT }) {
  const began = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += String(error);
      resolve(1);
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (code !== 0 && output !== '') console.log(output.trimEnd());
  return { name, ok: code === 0, output };
}

/** Runs steps one after the other. */
export async function runSteps(steps) {
  const done = [];
  for (const step of steps) done.push(await runStep(step));
  return done;
}

/** Runs lists of steps side by side. */
export async function runLanes(lanes) {
  return (await Promise.all(lanes.map(runSteps))).flat();
}
