import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PUBLISHED } from '../../scripts/pack.ts';
import { ROOT, runCommand } from '../harness/daybook.ts';
import { installIn, mustSucceed, npx, packTo, serveByNpx } from '../harness/installed.ts';
import { until } from '../harness/until.ts';

/** Packing is seconds; installing unpacks 600 MB of engine. */
const INSTALL_MS = 240_000;
const node24 = process.env['DAYBOOK_TEST_NODE24'];

let dir: string;
let tarballs: readonly string[];
beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-packages-'));
  await packTo(path.join(dir, 'out'));
  const names = readdirSync(path.join(dir, 'out')).filter((name) => name.endsWith('.tgz'));
  tarballs = names.map((name) => path.join(dir, 'out', name));
  await installIn(path.join(dir, 'all'), tarballs);
  const withoutServer = tarballs.filter((file) => !path.basename(file).startsWith('daybook-server-'));
  await installIn(path.join(dir, 'cli'), withoutServer);
}, INSTALL_MS);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('every package has a tarball, and the sums are right', () => {
  expect(tarballs).toHaveLength(PUBLISHED.length);
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: path.join(dir, 'out') });
});

it.each([...PUBLISHED])('%s holds built files and nothing else', (folder) => {
  const staged = path.join(dir, 'out', 'packages', folder);
  const manifest = execFileSync('cat', [path.join(staged, 'package.json')], { encoding: 'utf8' });
  expect(manifest).not.toMatch(/"source"|\.\/src|workspace:|"scripts"/);
  const { name, version } = parseJson(manifest) as { name: string; version: string };
  const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
  const listed = execFileSync('tar', ['-tzf', path.join(dir, 'out', file)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(listed).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE', 'package/package.json']));
  const odd = listed.filter(
    (entry) =>
      !/^package\/(?:README\.md|LICENSE|package\.json|bin\/[\w-]+\.js|(?:dist|lib|console|assets|proto|schema)\/.+)$/.test(entry) ||
      /\.test\.|\/(?:test-|sandbox)|faulty|until-killed|\.map$|tsbuildinfo|(?<!\.d)\.[cm]?ts$/.test(entry),
  );
  expect(odd).toEqual([]);
  // No file names a map or a source that was left behind.
  const maps = spawnSync('grep', ['-rl', 'sourceMappingURL', staged], { encoding: 'utf8' });
  expect(maps).toMatchObject({ status: 1, stdout: '' });
});

it('a TypeScript program finds the types of every package', async () => {
  const names = [
    '@daybook/protocol',
    '@daybook/tlog',
    '@daybook/evidence',
    '@daybook/logfiles',
    '@daybook/server',
    '@daybook/sdk',
    'daybook',
  ];
  const lines = names.map(
    (name, i) => `import * as p${i} from '${name}';\n// @ts-expect-error it is no number\nexport const n${i}: number = p${i};\n`,
  );
  writeFileSync(path.join(dir, 'all', 'consumer.mts'), lines.join(''));
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', '--target', 'es2023', '--types', 'node'];
  const types = ['--typeRoots', path.join(ROOT, 'node_modules', '@types')];
  const command = [path.join(ROOT, 'node_modules', '.bin', 'tsc'), ...flags, ...types, 'consumer.mts'];
  const compiled = await runCommand(command, { cwd: path.join(dir, 'all'), env: { PATH: process.env['PATH'] ?? '' } });
  expect(compiled).toMatchObject({ status: 0, out: '' });
});

describe.each([
  ['this Node', process.execPath],
  ['Node 24', node24 ?? ''],
])('%s (24: DAYBOOK_TEST_NODE24; npm test installs it)', (label, node) => {
  it.skipIf(node === '')('serves from an empty directory; the command line works alone, too', async () => {
    const all = path.join(dir, 'all');
    const alone = path.join(dir, 'cli');
    // The second Node finds the data of the first.
    const event = { event_type: 'export', resource: `/reports/${label}`, outcome: 'success' };
    const server = await serveByNpx(all, node);
    try {
      const there = { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: server.token };
      const sent = await fetch(`${server.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...event, user_id: 'ada' }),
      });
      expect(sent.status).toBe(200);
      writeFileSync(path.join(alone, 'events.ndjson'), `${JSON.stringify({ ...event, user_id: 'bea' })}\n`);
      expect(mustSucceed(await npx(alone, node, ['import', '--format', 'json', 'events.ndjson'], there))).toContain('1 accepted');
      const question = `SELECT user_id FROM access_logs WHERE resource = '${event.resource}' ORDER BY user_id FORMAT TSV`;
      const ask = async () => (mustSucceed(await npx(alone, node, ['query', question], there)) === 'ada\nbea\n' ? true : undefined);
      await until('both events are queryable', ask, { ms: 30_000 });
      expect(mustSucceed(await npx(all, node, ['query', question]))).toBe('ada\nbea\n');
      expect(mustSucceed(await npx(alone, node, ['verify', server.url], there))).toContain('OK: nothing is wrong');
      expect(mustSucceed(await npx(all, node, ['verify', './data', '--index']))).toContain('OK: nothing is wrong');
    } finally {
      await server.stop();
    }
    expect(existsSync(path.join(all, 'data', 'control', 'local.json'))).toBe(false);
    expect(mustSucceed(await npx(alone, node, ['verify', path.join(all, 'data')]))).toContain('OK: nothing is wrong');
  });

  it.skipIf(node === '')('without the server, serve says what to install', async () => {
    const { status, out, err } = await npx(path.join(dir, 'cli'), node, ['serve']);
    expect({ status: status === 0, out }).toEqual({ status: false, out: '' });
    expect(err).toContain('The server is not installed here.');
    expect(err).toContain('npm install @daybook/server');
  });

  it.skipIf(node === '')('a CommonJS program may require the libraries', async () => {
    const script =
      "for (const name of ['protocol', 'tlog', 'logfiles', 'sdk']) if (Object.keys(require(`@daybook/${name}`)).length === 0) throw name";
    const command = [node, '--disable-warning=ExperimentalWarning', '-e', script];
    expect(await runCommand(command, { cwd: path.join(dir, 'all'), env: {} })).toMatchObject({ status: 0, err: '' });
  });
});
