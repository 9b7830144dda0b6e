// Builds the console into packages/server/console, where the server finds it and from where it is published. A second's work, so that `npm start` in a
// fresh checkout does it by itself (`--if-stale`).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');
const SOURCE = path.join(ROOT, 'packages', 'console', 'src');
const OUT = path.join(ROOT, 'packages', 'server', 'console');
const FONT = path.join(ROOT, 'node_modules', '@fontsource-variable', 'inter');
/** What the console is made of. */
const SOURCES = [
  'packages/console',
  'packages/evidence/src',
  'packages/protocol/src',
  'packages/tlog/src',
  'scripts/build-console.mjs',
  // Which React, and which font.
  'package-lock.json',
];

if (process.argv.includes('--if-stale') && isFresh()) process.exit(0);
await buildConsole();

async function buildConsole() {
  const temp = `${OUT}.tmp-${process.pid}`;
  rmSync(temp, { recursive: true, force: true });
  mkdirSync(temp, { recursive: true });
  const { metafile } = await build({
    entryPoints: [path.join(SOURCE, 'main.tsx'), path.join(SOURCE, 'embed', 'embed.tsx')],
    outdir: temp,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    conditions: ['source'],
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: { '#font': path.join(FONT, 'files', 'inter-latin-wght-normal.woff2') },
    loader: { '.woff2': 'file' },
    publicPath: '/console',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const outputs = Object.entries(metafile.outputs).map(([file, output]) => ({ name: path.basename(file), ...output }));
  const entryOf = (name) => outputs.find(({ entryPoint }) => entryPoint?.endsWith(name));
  const font = outputs.find(({ name }) => name.endsWith('.woff2'));
  const icon = readFileSync(path.join(SOURCE, 'mark.svg'));
  const iconName = `mark-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
  writeFileSync(path.join(temp, iconName), icon);
  // Neither a script nor a style stands in the page: its policy allows none.
  const writePage = (source, entry) => {
    const page = readFileSync(path.join(SOURCE, source), 'utf8')
      .replaceAll('%SCRIPT%', entry.name)
      .replaceAll('%STYLE%', path.basename(entry.cssBundle))
      .replaceAll('%FONT%', font.name)
      .replaceAll('%ICON%', iconName);
    writeFileSync(path.join(temp, path.basename(source)), page);
  };
  writePage('index.html', entryOf('main.tsx'));
  writePage('embed/embed.html', entryOf('embed.tsx'));
  await buildEmbedScript(temp);
  writeFileSync(path.join(temp, 'licenses.txt'), licenses());
  for (const name of readdirSync(temp)) if (!name.endsWith('.woff2')) compress(path.join(temp, name));
  rmSync(OUT, { recursive: true, force: true });
  renameSync(temp, OUT);
}

/** What pages of others load: one classic script, its name the same for ever. */
async function buildEmbedScript(dir) {
  await build({
    entryPoints: [path.join(SOURCE, 'embed', 'host.ts')],
    outfile: path.join(dir, 'embed-host.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    conditions: ['source'],
    logLevel: 'warning',
  });
}

function compress(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

/** What is bundled and asks to be named with its licence. */
function licenses() {
  return ['react', 'react-dom', 'scheduler', '@noble/curves', '@noble/hashes', '@fontsource-variable/inter']
    .map((name) => `${name}\n\n${readFileSync(path.join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8').trim()}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function isFresh() {
  const built = path.join(OUT, 'index.html');
  if (!existsSync(built)) return false;
  const at = statSync(built).mtimeMs;
  return SOURCES.every((source) => newest(path.join(ROOT, source)) <= at);
}

function newest(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(
    ...readdirSync(file)
      .filter((name) => name !== 'node_modules' && name !== 'dist' && !/\.test\.tsx?$/.test(name))
      .map((name) => newest(path.join(file, name))),
    0,
  );
}
