/**
 * `npm run pack`: builds, and makes in dist/ a tarball of each package as it is published, with SHA256SUMS. `--out DIR`: elsewhere. The unpacked
 * packages stay in `packages/` beside the tarballs; the container image is made of these.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type Bundle, bundled } from './pack/bundled.ts';
import { isRecord, type Json, parseRecord, textOf, textsIn } from './pack/json.ts';
import { bundledManifest, entryFiles, namedDependencies, publishedManifest } from './pack/published-manifest.ts';
import { publishedText, reachableFiles } from './pack/published-files.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Folders of packages/, each after those that it needs. A new package is one more line. */
export const PUBLISHED = [
  'protocol', //
  'tlog',
  'evidence',
  'formats',
  'wire',
  'logfiles',
  'server',
  'cli',
  'sdk',
];

/** Installed into applications of others, where every byte counts: also why it brings the licence's notice in place of its 11 kB of text. */
const BUNDLED: readonly string[] = ['sdk'];

/** Every package brings these from its own folder; the licence from the root where its folder has none. */
const README = 'README.md';
const LICENSE = 'LICENSE';

/** Packs everything into a directory; resolves with the tarballs. */
export async function pack(out: string): Promise<string[]> {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out).filter((file) => /^(packages|SHA256SUMS|.*\.tgz)$/.test(file)))
    rmSync(path.join(out, name), { recursive: true });
  const release = textOf(readManifest(ROOT)['version']);
  const tarballs: string[] = [];
  for (const folder of PUBLISHED) {
    const staged = path.join(out, 'packages', folder);
    await stage(path.join(ROOT, 'packages', folder), staged, release);
    tarballs.push(tarballOf(staged, out));
  }
  const sums = tarballs.map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${path.basename(file)}\n`);
  writeFileSync(path.join(out, 'SHA256SUMS'), sums.join(''));
  return tarballs;
}

/** Lays out one package as it is published. */
async function stage(dir: string, staged: string, release: string): Promise<void> {
  const manifest = publishedManifest(readManifest(dir), release);
  const name = textOf(manifest['name']);
  const isBundled = BUNDLED.includes(path.basename(dir));
  const { texts, packages } = await (isBundled ? bundled : copied)(dir, entryFiles(manifest));
  const strangers = packages.filter((other) => other !== name && !namedDependencies(manifest).includes(other));
  if (strangers.length > 0) throw new Error(`${name} imports ${strangers.join(', ')}, which its package.json does not name`);
  for (const [file, text] of texts) writeFile(path.join(staged, file), publishedText(file, text));
  for (const file of Object.values(textsIn(manifest['bin']))) chmodSync(path.join(staged, file), 0o755);
  for (const extra of extraFiles(manifest['files'])) cpSync(path.join(dir, extra), path.join(staged, extra), { recursive: true });
  const written = isBundled ? JSON.stringify(bundledManifest(manifest), null, 1) : JSON.stringify(manifest, null, 2);
  writeFile(path.join(staged, 'package.json'), `${written}\n`);
  if (!existsSync(path.join(dir, README))) throw new Error(`${name} has no ${README}`);
  copyFileSync(path.join(dir, README), path.join(staged, README));
  copyFileSync(path.join(existsSync(path.join(dir, LICENSE)) ? dir : ROOT, LICENSE), path.join(staged, LICENSE));
}

/** A package as it was built, file by file. */
function copied(dir: string, entries: readonly string[]): Bundle {
  const { files, packages } = reachableFiles(dir, entries);
  return { packages, texts: new Map(files.map((file) => [file, readFileSync(path.join(dir, file), 'utf8')])) };
}

/** What a package brings besides code: schemas, say. */
function extraFiles(files: Json | undefined): string[] {
  return (Array.isArray(files) ? files : []).map(textOf).filter((name) => !['bin', 'dist'].includes(name));
}

function tarballOf(staged: string, out: string): string {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', out];
  const { filename, entryCount } = packed(
    execFileSync('npm', args, { cwd: staged, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const file = path.join(out, filename);
  console.log(`${path.relative(ROOT, file)}  ${entryCount} files, ${Math.ceil(statSync(file).size / 1024)} kB`);
  return file;
}

/** npm answers a list of one, newer versions an object by name. */
function packed(text: string): { readonly filename: string; readonly entryCount: number } {
  const [answer]: (Json | undefined)[] = Object.values(JSON.parse(text));
  if (!isRecord(answer)) throw new Error('npm pack has packed nothing');
  return { filename: textOf(answer['filename']), entryCount: Number(answer['entryCount']) };
}

function writeFile(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const readManifest = (dir: string) => parseRecord(readFileSync(path.join(dir, 'package.json'), 'utf8'));

if (process.argv[1] === import.meta.filename) {
  const at = process.argv.indexOf('--out');
  await pack(at < 0 ? path.join(ROOT, 'dist') : path.resolve(process.argv[at + 1] ?? 'dist'));
}
