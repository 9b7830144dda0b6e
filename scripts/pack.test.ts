import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { rolledUp } from './pack/declarations.ts';
import { publishedText, reachableFiles } from './pack/published-files.ts';
import type { JsonRecord } from './pack/json.ts';
import { bundledManifest, entryFiles, publishedManifest } from './pack/published-manifest.ts';

const MANIFEST: JsonRecord = {
  name: '@daybook/x',
  version: '1.2.3',
  scripts: { test: 'x' },
  exports: {
    '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './y': { node: { source: './src/y.ts', default: './dist/y.js' }, default: './dist/z.js' },
  },
  dependencies: { '@daybook/protocol': '1.2.3', other: '4.5.6' },
};

describe('the manifest', () => {
  it('leads to built files only', () => {
    const published = publishedManifest(MANIFEST, '1.2.3');
    expect(JSON.stringify(published)).not.toMatch(/source|src|scripts/);
    expect(entryFiles(published)).toEqual(['dist/index.d.ts', 'dist/index.js', 'dist/y.js', 'dist/z.js']);
  });
  it('is refused with a version that is not exact, or not of this release', () => {
    const refused = (dependencies: Record<string, string>, what: string) =>
      expect(() => publishedManifest({ ...MANIFEST, dependencies }, '1.2.3')).toThrow(what);
    refused({ other: '^4.5.6' }, 'pin it exactly');
    refused({ '@daybook/protocol': '1.2.2' }, 'this release is 1.2.3');
    expect(() => publishedManifest(MANIFEST, '1.2.4')).toThrow('the release 1.2.4');
  });
});

describe('the manifest of a bundle', () => {
  const face = (name: string) => ({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });

  it('opens all faces by one pattern, with declarations that CommonJS may use', () => {
    const { exports, files, types, typesVersions } = bundledManifest({ ...MANIFEST, exports: { '.': face('index'), './b': face('b') } });
    expect({ types, typesVersions }).toEqual({ types: 'index', typesVersions: { '*': { '*': ['dist/*.d.cts'] } } });
    expect({ exports, files }).toEqual({
      exports: {
        '.': { types: './dist/index.d.cts', default: './dist/index.js' },
        './*': { types: './dist/*.d.cts', default: './dist/*.js' },
      },
      files: undefined,
    });
  });
  it('is refused when a face is elsewhere', () => {
    expect(() => bundledManifest({ ...MANIFEST, exports: { './b': face('c') } })).toThrow('@daybook/x: the face ./b is not dist/b');
    expect(() => bundledManifest({ ...MANIFEST, exports: { './b': { ...face('b'), require: './b.cjs' } } })).toThrow('./b is not dist/b');
  });
});

describe('the files', () => {
  const made: string[] = [];
  afterEach(() => {
    for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
  });
  const reach = (files: Readonly<Record<string, string>>, entries: readonly string[]) => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-pack-'));
    made.push(dir);
    mkdirSync(path.join(dir, 'dist'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, 'dist', name), text);
    return reachableFiles(dir, entries);
  };

  it('are those that can be reached: by import, as a worker, by declarations', () => {
    const files = {
      'index.js': "import './a.js';\nexport { b } from './b.js';\nimport x from 'other/deep';\nimport fs from 'node:fs';",
      'a.js': "await import('./late.js');\n/** `new URL('./spoken-of.ts', import.meta.url)` */",
      'b.js': "entry(new URL('./worker.ts', import.meta.url));\nnew URL('../../../scripts/loader.mjs', import.meta.url);",
      'late.js': "require('./old.cjs');",
      'old.cjs': '',
      'worker.js': "import { y } from '@other/scoped/y';",
      'index.d.ts': "export * from './a.ts';",
      'a.d.ts': '',
      'test-a.js': '',
      'test-a.d.ts': '',
    };
    const { files: found, packages } = reach(files, ['dist/index.js', 'dist/index.d.ts']);
    expect(found.map((file) => file.replace('dist/', ''))).toEqual([
      'a.d.ts',
      'a.js',
      'b.js',
      'index.d.ts',
      'index.js',
      'late.js',
      'old.cjs',
      'worker.js',
    ]);
    expect(packages).toEqual(['@other/scoped', 'other']);
  });
  it('are refused when one is missing, or chosen while the program runs', () => {
    expect(() => reach({ 'index.js': "import './gone.js';" }, ['dist/index.js'])).toThrow('dist/gone.js');
    expect(() => reach({ 'index.js': 'await import(name);' }, ['dist/index.js'])).toThrow('chooses');
  });
  it('name nothing that is not published', () => {
    expect(publishedText('dist/a.js', 'a;\n//# sourceMappingURL=a.js.map')).toBe('a;\n');
    expect(publishedText('dist/a.d.ts', "export * from './b.ts';\ntype T = import('./c.ts').T;\n")).toBe(
      "export * from './b.js';\ntype T = import('./c.js').T;\n",
    );
  });
});

describe('declarations of a bundle', () => {
  const shown = (files: Readonly<Record<string, string>>, faces = ['dist/index.d.ts']) =>
    Object.fromEntries(rolledUp(new Map(Object.entries(files)), faces, 'lib/types.d.cts'));

  it('are those that a face shows, with their comments, and what these need, once', () => {
    const files = {
      'dist/index.d.ts':
        "import { type A, type B } from './a.ts';\nimport type { Out, Other } from 'node:x';\nexport type { C } from './b/c.ts';\nexport { d, type C } from './b/c.ts';\nexport declare function f(a: A): Out;\n",
      'dist/face.d.ts': "import { type A } from './a.ts';\nexport type { A } from './a.ts';\nexport declare const g: A;\n",
      'dist/a.d.ts':
        "import type { Hidden } from './hidden.ts';\n/** Told. */\nexport interface A {\n    /** One. */\n    one: Local;\n}\ntype Local = 1;\nexport type B = Hidden;\nexport {};\n//# sourceMappingURL=a",
      'dist/b/c.d.ts':
        "import { type A } from '../a.ts';\nexport declare class C {\n    #private;\n    a: A;\n}\nexport declare const d: 1;\n",
      'dist/hidden.d.ts': 'export type Hidden = 1;\n',
    };
    expect(shown(files, ['dist/index.d.ts', 'dist/face.d.ts'])).toEqual({
      'dist/index.d.cts': "export { type C, d, f } from '../lib/types.cjs';\n",
      'dist/face.d.cts': "export { type A, g } from '../lib/types.cjs';\n",
      'lib/types.d.cts':
        "import type { Out } from 'node:x';\nexport declare function f(a: A): Out;\nexport declare const g: A;\n/** Told. */\nexport interface A {\n /** One. */\n one: Local;\n}\ntype Local = 1;\nexport declare class C {\n #private;\n a: A;\n}\nexport declare const d: 1;\n",
    });
  });
  it('are refused when they are written in a way that is not understood, or declare a name twice', () => {
    expect(() => shown({ 'dist/index.d.ts': "export * from './a.ts';\n" })).toThrow('not understood');
    expect(() => shown({ 'dist/index.d.ts': "export { a as b } from './a.ts';\n" })).toThrow('renames');
    expect(() => shown({ 'dist/index.d.ts': "export { a } from './a.ts';\n", 'dist/a.d.ts': '' })).toThrow('does not export a');
    const one = 'type X = 1;\nexport declare const';
    const twice = { 'dist/index.d.ts': `${one} a: X;\n`, 'dist/b.d.ts': `${one} b: X;\n` };
    expect(() => shown(twice, Object.keys(twice))).toThrow('X is declared twice');
  });
});
