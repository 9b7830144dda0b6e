#!/usr/bin/env node
// The `daybook` command. An installed package runs its built files; a checkout runs from source, so that nothing needs a build.
import { existsSync } from 'node:fs';

const checkoutLoader = new URL('../../../scripts/from-source.mjs', import.meta.url);
const source = new URL('../src/main.ts', import.meta.url);
const fromSource = process.env['DAYBOOK_RUN_BUILT'] !== '1' && existsSync(checkoutLoader) && existsSync(source);
if (fromSource) await import(checkoutLoader.href);
const { main } = await import(fromSource ? source.href : new URL('../dist/main.js', import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
