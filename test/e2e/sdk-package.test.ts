import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daybook, ROOT, runCommand } from '../harness/daybook.ts';
import { packTo } from '../harness/installed.ts';

/** What an application installs must be less: code and types of all middlewares and wrappers, with licence, manifest and README. */
const INSTALLED_BYTES_MAX = 60_000;
/** The build, and all tarballs. */
const PACK_MS = 120_000;
const NODES: readonly (readonly [string, string])[] = [
  ['Node of the tests', process.execPath],
  ...(process.env['DAYBOOK_TEST_NODE24'] === undefined ? [] : [['Node 24', process.env['DAYBOOK_TEST_NODE24']] as const]),
];

let daybook: Daybook;
let home: string;
let token = '';
beforeAll(async () => {
  daybook = await Daybook.start();
  const made = await daybook.cli(['token', 'create', '--role', 'producer', '--name', 'shop', '--json']);
  token = /dbk_[\w-]+/.exec(made.out)?.[0] ?? '';
  home = mkdtempSync(path.join(os.tmpdir(), 'daybook-installed-'));
  const out = path.join(home, 'out');
  await packTo(out);
  const file = path.join(out, readdirSync(out).find((name) => name.startsWith('daybook-sdk-')) ?? '');
  writeFileSync(path.join(home, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', file], { cwd: home, stdio: 'pipe' });
}, PACK_MS);
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
  rmSync(home, { recursive: true, force: true });
});

const USE = `
const client = daybook({ name: 'shop' });
client.record({ user_id: 'installed', event_type: 'document.read', resource: FILE, outcome: 'success' });
client.close().then((done) => process.exitCode = done ? 0 : 1);
`;
const FACES = ['express', 'fastify', 'koa', 'hono', 'nest', 'http', 'pg', 'prisma', 'drizzle'];
const functionsOf = (load: (face: string) => string) =>
  FACES.map((face) => `if (typeof ${load(face)}.${face}Audit !== 'function') throw new Error('${face}');`).join('\n');

describe('@daybook/sdk, packed and installed in an empty directory', () => {
  it('is small, and brings nothing else', () => {
    const installed = path.join(home, 'node_modules', '@daybook', 'sdk');
    const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
    expect(bytes).toBeLessThan(INSTALLED_BYTES_MAX);
    const lock = parseJson(readFileSync(path.join(home, 'package-lock.json'), 'utf8')) as { packages: object };
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/@daybook/sdk']);
  });

  it.each(NODES)('is required by CommonJS and imported by modules: %s', async (_name, node) => {
    const files: Record<string, string> = {
      'use.cjs': `const { daybook } = require('@daybook/sdk');\n${functionsOf((face) => `require('@daybook/sdk/${face}')`)}\nconst FILE = 'cjs ' + process.version;${USE}`,
      'use.mjs': `import { daybook } from '@daybook/sdk';\n${functionsOf((face) => `(await import('@daybook/sdk/${face}'))`)}\nconst FILE = 'esm ' + process.version;${USE}`,
    };
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(path.join(home, file), text);
      const env = { PATH: process.env['PATH'] ?? '', DAYBOOK_URL: daybook.url, DAYBOOK_TOKEN: token };
      const { status, err } = await runCommand([node, file], { cwd: home, env });
      expect({ file, status, err: err.replace(/.*ExperimentalWarning.*\n.*\n?/, '') }).toEqual({ file, status: 0, err: '' });
    }
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    await daybook.indexed();
    const resources = await daybook.sql(
      `SELECT resource FROM access_logs WHERE user_id = 'installed' AND endsWith(resource, '${version}') ORDER BY resource`,
    );
    expect(resources.split('\n')).toEqual([`cjs ${version}`, `esm ${version}`]);
  });

  // Under node16 a CommonJS file may not require a module, as far as the compiler knows; the one of Node ≥ 20.19 does.
  it.each(['node16', 'nodenext'])('brings its types: %s', async (module) => {
    const source = `import { daybook, annotate, type DaybookEvent } from '@daybook/sdk';
${FACES.map((face) => `import { ${face}Audit } from '@daybook/sdk/${face}';`).join('\n')}
const client = daybook({ name: 'shop' });
const event: DaybookEvent = { user_id: 'u', action: 'read' };
const kept: boolean = client.record(event);
const seven: number = client.audited('x', { resource: 'r' }, () => 7);
annotate({ row_count: seven });
// @ts-expect-error: no such action
client.record({ action: 'peek' });
export default [kept, ${FACES.map((face) => `${face}Audit`).join(', ')}];
`;
    mkdirSync(path.join(home, 'types'), { recursive: true });
    // The same text as a module and as CommonJS.
    const files = ['types/use.mts', 'types/use.cts'];
    for (const file of files) writeFileSync(path.join(home, file), source);
    const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022'];
    const types = ['--types', 'node', '--typeRoots', path.join(ROOT, 'node_modules', '@types')];
    const compiled = await runCommand([path.join(ROOT, 'node_modules', '.bin', 'tsc'), ...strict, ...types, '--module', module, ...files], {
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(compiled).toMatchObject({ status: 0, out: '' });
  });

  it('does what its sources do', async () => {
    const config = path.join(ROOT, 'test', 'harness', 'packed-sdk.config.ts');
    const env = { ...process.env, DAYBOOK_TEST_SDK: path.join(home, 'node_modules', '@daybook', 'sdk') } as Record<string, string>;
    const { status, out } = await runCommand([path.join(ROOT, 'node_modules', '.bin', 'vitest'), 'run', '--config', config], {
      cwd: ROOT,
      env,
    });
    expect({ status, out: status === 0 ? '' : out }).toEqual({ status: 0, out: '' });
    expect(out).toMatch(/Tests .*passed/);
  });
});
