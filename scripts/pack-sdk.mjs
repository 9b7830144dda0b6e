// `node scripts/pack-sdk.mjs DIRECTORY`: packs @daybook/sdk small: bundles without comments, types that are public. `npm pack` in the package itself
// makes a tarball that works the same and is three times as large. Run `npm run build` before; prints the tarball's path.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './steps.mjs';

const SDK = path.join(ROOT, 'packages', 'sdk');

export async function packSdk(directory) {
  const stage = mkdtempSync(path.join(os.tmpdir(), 'daybook-pack-'));
  try {
    const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(path.join(SDK, 'package.json'), 'utf8'));
    for (const face of Object.values(manifest.exports)) delete face.source;
    writeFileSync(path.join(stage, 'package.json'), JSON.stringify(manifest));
    copyFileSync(path.join(ROOT, 'LICENSE'), path.join(stage, 'LICENSE'));
    const faces = Object.values(manifest.exports);
    await bundle(
      faces.map((face) => path.join(SDK, face.default)),
      path.join(stage, 'dist'),
    );
    copyTypes(
      faces.map((face) => face.types),
      stage,
    );
    mkdirSync(directory, { recursive: true });
    const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', path.resolve(directory)], {
      cwd: stage,
    });
    const result = JSON.parse(packed.toString());
    const { filename, unpackedSize } = Array.isArray(result) ? result[0] : Object.values(result)[0];
    return { file: path.join(path.resolve(directory), filename), unpackedSize };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

async function bundle(entryPoints, outdir) {
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Names of classes are read by people in traces; nothing else needs them.
    keepNames: false,
    logLevel: 'error',
  });
}

/** The types of the faces, and what they import. */
function copyTypes(faces, stage) {
  const wanted = faces.map((face) => path.posix.normalize(face));
  for (let i = 0; i < wanted.length; i++) {
    const text = readFileSync(path.join(SDK, wanted[i]), 'utf8');
    for (const [, to] of text.matchAll(/from '(\.[^']+)'/g)) {
      const file = path.posix.join(
        path.posix.dirname(wanted[i]),
        to
          .replace(/\.js$/, '.d.ts')
          .replace(/\.ts$/, '.ts')
          .replace(/(?<!\.d)\.ts$/, '.d.ts'),
      );
      if (!wanted.includes(file)) wanted.push(file);
    }
    const small = text.replace(/^\/\/# sourceMappingURL.*\n?/m, '').replace(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 4));
    mkdirSync(path.dirname(path.join(stage, wanted[i])), { recursive: true });
    writeFileSync(path.join(stage, wanted[i]), small);
  }
}

if (process.argv[1] === import.meta.filename) {
  const { file, unpackedSize } = await packSdk(process.argv[2] ?? '.');
  console.log(`${file} (${Math.round(unpackedSize / 1000)} kB installed)`);
}
