import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { metricsIn } from './reference/metrics.ts';
import { REFERENCE_DIR, referencePages } from './reference.ts';

it.each([...referencePages()])('docs/reference/%s is what the code says (else: npm run reference)', (name, text) => {
  const file = path.join(REFERENCE_DIR, name);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'missing').toBe(text);
});

it('reads metrics from declarations of every form', () => {
  const source =
    "new Counter({ name: 'a_total', help: 'It\\'s one.', registers });\nnew Gauge<'log'>({\n  name: 'b',\n  help: \"Two's.\",\n});";
  expect(metricsIn(source)).toEqual([
    { name: 'a_total', type: 'counter', help: "It's one." },
    { name: 'b', type: 'gauge', help: "Two's." },
  ]);
});
