import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, Daybook, environment, ROOT, runCommand } from '../harness/daybook.ts';
import { furnish, placeFiles, placed } from '../harness/log-machine.ts';

/**
 * What a reader copies from the documents must work: every `sh` block is run, in order, document by document, against one server, on a machine whose logs are where
 * the documents say.
 */
const DOCUMENTS = ['README.md', ...readdirSync(path.join(ROOT, 'docs', 'guides')).map((name) => path.join('docs', 'guides', name))].filter(
  (document) => blocksOf(document).length > 0,
);

let daybook: Daybook;
beforeAll(async () => {
  daybook = await Daybook.start();
  furnish(daybook.home);
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
});

function blocksOf(document: string): string[] {
  const text = readFileSync(path.join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

it('README has blocks to run', () => {
  expect(blocksOf('README.md').length).toBeGreaterThan(1);
});

// The others have programs, which a test of their own runs (send-from.test.ts).
describe.each(DOCUMENTS.filter((document) => blocksOf(document).length > 0))('%s', (document) => {
  const blocks = blocksOf(document);
  // A reader of one document has not made the tokens of another.
  beforeAll(async () => {
    const { tokens } = (await (await daybook.fetch('/v1/tokens')).json()) as {
      readonly tokens: readonly { readonly id: string }[];
    };
    for (const { id } of tokens) await daybook.fetch(`/v1/tokens/${id}`, { method: 'DELETE' });
    const text = readFileSync(path.join(ROOT, document), 'utf8');
    placeFiles(text, { home: daybook.home, url: daybook.url, name: path.basename(document, '.md') });
  });
  it.each(blocks.map((block, i) => [i + 1, block] as const))('block %i', async (_number, block) => {
    await daybook.indexed();
    const script = placed(block, daybook.home, daybook.url).replaceAll(
      'npx daybook',
      `${process.execPath} ${path.join(ROOT, 'packages/cli/bin/daybook.js')}`,
    );
    const env = environment(daybook.home, { DAYBOOK_URL: daybook.url, DAYBOOK_TOKEN: ADMIN });
    const { status, out, err } = await runCommand(['bash', '-euo', 'pipefail', '-c', script], { cwd: daybook.home, env });
    expect(status, `${out}\n${err}`).toBe(0);
    // curl's own status does not tell of refusals. Records of a dry run have codes of their own.
    expect(out.replace(/^\{.*"line":.*$/gm, '')).not.toMatch(/"code":|DB::Exception/);
  });
});
