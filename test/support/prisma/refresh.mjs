// `node test/support/prisma/refresh.mjs`: has Prisma's own generator make the client of schema.prisma, and keeps of it in client.json what is no type: the
// configuration that its runtime gets. The generator is fetched into a temporary directory, without install scripts: it is 130 MB, and not among our
// dependencies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const here = import.meta.dirname;
const { version } = createRequire(import.meta.url)('@prisma/client/package.json');
const work = mkdtempSync(path.join(os.tmpdir(), 'daybook-prisma-'));
try {
  writeFileSync(path.join(work, 'package.json'), '{"private":true}');
  const packages = ['internals', 'client-generator-ts', 'client'].map((name) => `@prisma/${name}@${version}`);
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: work, stdio: 'inherit' });
  const config = await generated(createRequire(path.join(work, 'package.json')));
  writeFileSync(path.join(here, 'client.json'), `${JSON.stringify(config, null, 2)}\n`);
  execFileSync('npx', ['biome', 'format', '--write', path.join(here, 'client.json')], { stdio: 'inherit' });
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** What `prisma generate` does, without its command line: that one needs engines for its other commands. */
async function generated(require) {
  const { getConfig, getDMMF } = require('@prisma/internals');
  const { PrismaClientTsGenerator } = require('@prisma/client-generator-ts');
  const schemaPath = path.join(here, 'schema.prisma');
  const schema = readFileSync(schemaPath, 'utf8');
  const datamodel = [[schemaPath, schema]];
  const { datasources, generators } = await getConfig({ datamodel });
  const out = path.join(work, 'out');
  await new PrismaClientTsGenerator().generate({
    generator: { ...generators[0], output: { value: out, fromEnvVar: null } },
    otherGenerators: [],
    schemaPath,
    schemaContent: schema,
    datamodel: schema,
    dmmf: await getDMMF({ datamodel }),
    datasources,
    version: '',
    binaryPaths: {},
    allowNoModels: false,
  });
  const text = readFileSync(path.join(out, 'internal', 'class.ts'), 'utf8');
  const config = text
    .slice(text.indexOf('const config'), text.indexOf('async function'))
    .replace(/^const config: [^=]*=/, 'const config =');
  const file = path.join(work, 'config.mjs');
  writeFileSync(file, `${config}\nexport default config;`);
  return (await import(pathToFileURL(file).href)).default;
}
