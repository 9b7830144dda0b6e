import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES, tidy } from './tidy.ts';
import { readTree } from './tidy/tree.ts';

/** What one rule says of a small tree. */
function complaints(rule: string, files: Readonly<Record<string, string>>): string[] {
  const check = RULES[rule];
  if (check === undefined) throw new Error(`no rule ${rule}`);
  return check(new Map(Object.entries(files))).map(({ file, line, message }) => `${file}:${line} ${message}`);
}

function fires(rule: string, files: Readonly<Record<string, string>>, what: string): void {
  expect(complaints(rule, files).join('\n')).toContain(what);
}

function silent(rule: string, files: Readonly<Record<string, string>>): void {
  expect(complaints(rule, files)).toEqual([]);
}

const SERVER = 'packages/server/src';

describe('import-table', () => {
  const rule = 'import-table';
  it('holds the direction of the stages', () => {
    fires(rule, { [`${SERVER}/ledger/x.ts`]: "import { a } from '../intake/index.ts';" }, 'server/ledger may not import server/intake');
    fires(rule, { [`${SERVER}/base/x.ts`]: "import { a } from '../ledger/index.ts';" }, 'server/base may not import server/ledger');
    silent(rule, { [`${SERVER}/intake/x.ts`]: "import { a } from '../ledger/index.ts';\nimport { b } from '../base/clock.ts';" });
  });
  it('sees imports of every form', () => {
    const bad = '../web/index.ts';
    for (const text of [
      `import '${bad}';`,
      `export * from '${bad}';`,
      `const a = await import('${bad}');`,
      `import {\n  a,\n} from '${bad}';`,
    ])
      fires(rule, { [`${SERVER}/query/x.ts`]: text }, 'may not import server/web');
  });
  it('lets a stage be entered only through its index.ts, or its types.ts for types', () => {
    fires(rule, { [`${SERVER}/intake/x.ts`]: "import { a } from '../ledger/frame.ts';" }, 'through its index.ts');
    fires(rule, { [`${SERVER}/intake/x.ts`]: "import { a } from '../ledger/types.ts';" }, 'through its index.ts');
    silent(rule, { [`${SERVER}/intake/x.ts`]: "import type { A } from '../ledger/types.ts';" });
  });
  it('holds the packages', () => {
    fires(rule, { 'packages/tlog/src/x.ts': "import { a } from '@daybook/protocol';" }, 'tlog may not import protocol');
    fires(rule, { 'packages/logfiles/src/x.ts': "import { a } from '@daybook/server';" }, 'logfiles may not import server');
    silent(rule, { 'packages/logfiles/src/x.ts': "import { a } from '@daybook/tlog';" });
  });
  it('lets only serve and restore load the server', () => {
    const text = "const s = await import('@daybook/server');";
    fires(rule, { 'packages/cli/src/commands/query.ts': text }, 'only `serve` and `restore`');
    silent(rule, { 'packages/cli/src/server-package.ts': text });
  });
  it('keeps Node out of the pure packages', () => {
    fires(rule, { 'packages/tlog/src/x.ts': "import { readFile } from 'node:fs/promises';" }, 'opens nothing');
    silent(rule, { 'packages/tlog/src/crypto-node.ts': "import { hash } from 'node:crypto';" });
  });
  it('passes over comments', () => {
    silent(rule, { [`${SERVER}/ledger/x.ts`]: "// import { a } from '../web/index.ts';\n/* import '../web/index.ts'; */" });
  });
});

describe('never-imported', () => {
  const rule = 'never-imported';
  const pack = { 'packages/tlog/package.json': '{"exports":{".":{"source":"./src/index.ts"}}}' };
  it('finds a file that nothing uses', () => {
    fires(rule, { ...pack, 'packages/tlog/src/index.ts': '', 'packages/tlog/src/old.ts': '' }, 'packages/tlog/src/old.ts');
  });
  it('finds a file that only tests use and that would be built', () => {
    const tests = {
      ...pack,
      'packages/tlog/src/index.ts': '',
      'packages/tlog/src/a.test.ts': "import './fake.ts';\nimport './test-kit.ts';",
    };
    fires(rule, { ...tests, 'packages/tlog/src/fake.ts': '' }, 'packages/tlog/src/fake.ts:1 only tests import this file');
    silent(rule, { ...tests, 'packages/tlog/src/test-kit.ts': '' });
    fires(
      rule,
      { ...pack, 'packages/tlog/src/index.ts': "import './test-kit.ts';", 'packages/tlog/src/test-kit.ts': '' },
      'it is not built',
    );
  });
  it('knows faces of packages, workers by URL, and dynamic imports', () => {
    const index = "export * from './a.ts';\nnew Worker(new URL('./worker.ts', import.meta.url));\nawait import('./lazy.ts');";
    silent(rule, {
      ...pack,
      'packages/tlog/src/index.ts': index,
      'packages/tlog/src/a.ts': '',
      'packages/tlog/src/worker.ts': '',
      'packages/tlog/src/lazy.ts': '',
    });
  });
});

describe('service-tests', () => {
  const rule = 'service-tests';
  const text = "import { openSandbox } from '../../../test/support/sql-sandbox.ts';";
  it('names tests that start services', () => {
    fires(rule, { 'packages/cli/src/a.test.ts': text }, 'name this file a.service.test.ts');
    fires(rule, { [`${SERVER}/a.test.ts`]: "import { serve } from './main.ts';" }, 'a.service.test.ts');
    silent(rule, { 'packages/cli/src/a.service.test.ts': text, 'test/e2e/a.test.ts': text.replace('../../../test', '..') });
    silent(rule, { 'packages/cli/src/a.test.ts': text.replace('import', 'import type') });
  });
});

describe('banned-calls', () => {
  const rule = 'banned-calls';
  it.each([
    ['Date.now()', 'base.clock'],
    ['new Date()', 'base.clock'],
    ['performance.now()', 'monotonicMs'],
    ['Math.random()', 'base.random'],
    ['randomBytes(4)', 'base.random'],
    ["console.log('x')", 'base.log'],
    ['process.env', 'base.config'],
    ['process.exit(1)', 'base.fatal'],
    ["import { open } from 'node:fs/promises';", 'base.files'],
    ["import { createServer } from 'node:net';", 'base.http'],
    ["execSync('ls')", 'spawn'],
    ['JSON.parse(text)', 'parseJson'],
    ['lines.map(JSON.parse)', 'parseJson'],
    ['const { parse } = JSON;', 'parseJson'],
    ['await response.json()', 'parseJson'],
    ['x as any', 'unknown'],
    ['// @ts-ignore', 'unknown'],
  ])('%s', (text, instead) => {
    fires(rule, { [`${SERVER}/ledger/x.ts`]: text }, instead);
  });
  it('holds for what drives tests and benchmarks; not for the parser itself, nor for tests of packages', () => {
    fires(rule, { 'test/harness/x.ts': 'JSON.parse(text)' }, 'parseJson');
    fires(rule, { 'bench/x.ts': 'JSON.parse(text)' }, 'parseJson');
    silent(rule, {
      'packages/protocol/src/parse-json.ts': 'JSON.parse(text)',
      'packages/protocol/src/json-string.ts': 'JSON.parse(text)',
      'packages/protocol/src/x.test.ts': 'JSON.parse(text)',
    });
  });
  it('lets base do it, and a comment speak of it', () => {
    silent(rule, {
      [`${SERVER}/base/clock.ts`]: 'Date.now()',
      [`${SERVER}/ledger/x.ts`]: '// not Date.now()\nimport type { Stats } from "node:fs";',
    });
    silent(rule, { [`${SERVER}/ledger/x.ts`]: "import type { Stats } from 'node:fs';" });
  });
});

describe('names', () => {
  it('file-names', () => {
    fires('file-names', { 'packages/tlog/src/fooBar.ts': '' }, 'kebab-case');
    fires('file-names', { 'packages/tlog/src/string-utils.ts': '' }, 'says nothing');
    silent('file-names', { 'packages/tlog/src/tile-reader.ts': '', 'scripts/run-ts.mjs': '', 'vitest.config.ts': '' });
  });
  it('file-lengths', () => {
    fires('file-lengths', { 'packages/tlog/src/a.ts': 'x\n'.repeat(351) }, '351 lines');
    silent('file-lengths', { 'packages/tlog/src/a.ts': 'x\n'.repeat(350), 'packages/tlog/src/a.test.ts': 'x\n'.repeat(700) });
  });
  it('unfinished', () => {
    fires('unfinished', { 'packages/tlog/src/a.ts': '// TODO: later' }, 'finish it');
    fires('unfinished', { 'packages/tlog/src/a.test.ts': "it.only('x', f);" }, 'every test runs');
    silent('unfinished', { 'packages/tlog/src/a.test.ts': "it.skipIf(noGo)('x', f);" });
  });
});

describe('documents', () => {
  it('named-places', () => {
    fires('named-places', { 'ARCHITECTURE.md': '# A\n\nSee `ledger/gone/`.' }, 'ARCHITECTURE.md:3 there is no ledger/gone/');
    silent('named-places', {
      'ARCHITECTURE.md': '# A\n\n`ledger/` and `packages/tlog`',
      [`${SERVER}/ledger/index.ts`]: '',
      'packages/tlog/package.json': '',
    });
  });
  it('one-title', () => {
    fires('one-title', { 'a.md': '# A\n\n# B\n' }, '2 titles');
    fires('one-title', { 'a.md': 'text' }, 'no title');
    silent('one-title', { 'a.md': '# A\n\n```sh\n# a comment\n```\n' });
  });
  it('links', () => {
    fires('links', { 'docs/a.md': '# A\n[x](gone.md)' }, 'leads nowhere');
    silent('links', { 'docs/a.md': '# A\n[x](../b.md#part) [y](https://example.com)', 'b.md': '# B' });
  });
});

it('the repository is tidy', () => {
  expect(tidy(readTree(path.resolve(import.meta.dirname, '..')))).toEqual([]);
});
