import { isRecord, type Json, type JsonRecord, textOf, textsIn } from './json.ts';

/** Fields in which a condition chooses a file. */
const CONDITIONAL_FIELDS = ['exports', 'imports'];
/** Only people who work on the package need these. */
const PRIVATE_FIELDS = ['scripts', 'devDependencies', 'private'];
/** Leads to TypeScript sources, which are not published. */
const SOURCE_CONDITION = 'source';
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/;

/**
 * The manifest that is published: as in the repository, without what leads to sources and what only its own development needs. Throws when a
 * version is not exact, or a sibling's not the one of this release: half a release must not be installable.
 */
export function publishedManifest(manifest: JsonRecord, release: string): JsonRecord {
  const name = textOf(manifest['name']);
  if (manifest['version'] !== release) throw new Error(`${name} is ${textOf(manifest['version'])}, the release ${release}`);
  mustBeExact(manifest, release);
  const kept: [string, Json][] = Object.entries(manifest)
    .filter(([field]) => !PRIVATE_FIELDS.includes(field))
    .map(([field, value]) => [field, CONDITIONAL_FIELDS.includes(field) ? withoutSource(value) : value]);
  // npm takes a scoped package for a private one unless told.
  if (name.startsWith('@')) kept.push(['publishConfig', { access: 'public' }]);
  return Object.fromEntries(kept);
}

/**
 * The manifest of a bundle, all faces by one pattern: `./x` is `dist/x.js`, with declarations for CommonJS too (`x.d.cts`). `types` and `typesVersions`
 * say the same to compilers (of TypeScript 5, told `moduleResolution: node`) that look at no `exports`.
 */
export function bundledManifest(manifest: JsonRecord): JsonRecord {
  // All that is laid out is published: no list of files.
  const { exports, files: _, ...others } = manifest;
  for (const [face, target] of Object.entries(isRecord(exports) ? exports : {})) {
    const name = face === '.' ? 'index' : face.slice(2);
    const expected = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
    if (JSON.stringify(target) !== JSON.stringify(expected))
      throw new Error(`${textOf(manifest['name'])}: the face ${face} is not dist/${name}`);
  }
  const open = (name: string) => ({ types: `./dist/${name}.d.cts`, default: `./dist/${name}.js` });
  return {
    ...others,
    types: 'index',
    typesVersions: { '*': { '*': ['dist/*.d.cts'] } },
    exports: { '.': open('index'), './*': open('*') },
  };
}

/** The files of its own that a manifest names: the faces of the package. */
export function entryFiles(manifest: JsonRecord): string[] {
  const programs = Object.values(textsIn(manifest['bin']));
  const modules = [...leaves(manifest['exports']), ...leaves(manifest['imports'])];
  return [...new Set([...programs, ...modules].map((file) => file.replace(/^\.\//, '')))];
}

/** Names of the packages that this one may import: any other works only by accident, where a neighbour has brought it. */
export function namedDependencies(manifest: JsonRecord): string[] {
  return [...Object.keys(textsIn(manifest['dependencies'])), ...Object.keys(textsIn(manifest['peerDependencies']))];
}

function mustBeExact(manifest: JsonRecord, release: string): void {
  const name = textOf(manifest['name']);
  const dependencies = textsIn(manifest['dependencies']);
  for (const [sibling, version] of Object.entries({ ...dependencies, ...textsIn(manifest['peerDependencies']) }))
    if (isSibling(sibling) && version !== release) throw new Error(`${name} wants ${sibling} ${version}; this release is ${release}`);
  // Peers of other people are theirs to choose, within a range.
  for (const [dependency, version] of Object.entries(dependencies))
    if (!EXACT.test(version)) throw new Error(`${name} wants ${dependency} ${version}: pin it exactly`);
}

const isSibling = (name: string) => name === 'daybook' || name.startsWith('@daybook/');

function withoutSource(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSource);
  if (!isRecord(value)) return value;
  const published = Object.entries(value).filter(([condition]) => condition !== SOURCE_CONDITION);
  return Object.fromEntries(published.map(([condition, target]) => [condition, withoutSource(target)]));
}

/** Files only: not patterns (`./x/*`), other packages, nor `null`, which closes a way. */
function leaves(value: Json | undefined): string[] {
  if (typeof value === 'string') return value.startsWith('./') && !value.includes('*') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}
