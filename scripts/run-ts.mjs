// `node scripts/run-ts.mjs FILE.ts …`: runs a script of the repository from source.
import './from-source.mjs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const file = path.resolve(process.argv[2] ?? '');
process.argv.splice(1, 2, file);
await import(pathToFileURL(file).href);
