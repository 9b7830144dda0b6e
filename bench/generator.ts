import { parseJson } from '@daybook/protocol';
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { LoadOrder, LoadResult } from './load.ts';

/** Runs the load generator as a process of its own and returns what it measured. */
export async function generate(order: LoadOrder): Promise<LoadResult> {
  const child = spawn(process.execPath, [...loaderArgs(), path.join(import.meta.dirname, 'load.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`load generator failed: ${errors.slice(0, 1000)}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- load.ts wrote it
  return parseJson(output) as LoadResult;
}

function loaderArgs(): string[] {
  return ['--import', path.join(import.meta.dirname, '../scripts/from-source.mjs')];
}
