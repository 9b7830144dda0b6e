import { codeOf } from '@daybook/protocol';
import { CliError } from './cli-error.ts';

/** The server is an optional part: `serve` and `restore` need it, everything else works without. */
export async function loadServer() {
  try {
    return await import('@daybook/server');
  } catch (error) {
    // A module that the server itself lacks is another matter, and its name the best advice.
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND' || !(error instanceof Error) || !error.message.includes("'@daybook/server'")) throw error;
    throw new CliError('The server is not installed here.', {
      code: 'no_server',
      advice: 'Install it by `npm install @daybook/server`; import, query, tail and verify work without it.',
      cause: error,
    });
  }
}
