// `npm run check`: format, types, lint, tidy and unit tests, in less than a minute. Two lanes, for two cores.
import { bin, runLanes, STATIC_STEPS } from './steps.mjs';

const unit = { name: 'unit tests', command: [bin('vitest'), 'run', '--project', 'unit', '--reporter', 'dot'] };
const results = await runLanes([STATIC_STEPS, [unit]]);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
