import { hello } from '@daybook/protocol';
import { Worker } from 'node:worker_threads';
export async function main(args: readonly string[]): Promise<number> { 
  console.log(hello, args, import.meta.url);
  const w = new Worker(new URL('./w.ts', import.meta.url), { execArgv: ['--import', new URL('../../../scripts/from-source.mjs', import.meta.url).href] });
  await new Promise(r => w.on('exit', r));
  return 0; }
