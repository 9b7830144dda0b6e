import path from 'node:path';
import { findLocalServer, DATA_DEFAULT } from '../local-server.ts';
import { CliError } from '../cli-error.ts';
import { type Io, writeLine } from '../io.ts';
import { loadServer } from '../server-package.ts';
import { safe } from '../terminal.ts';

export interface RestoreOptions {
  readonly newOrigin: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** `daybook restore --new-origin`: works on the files, with the server stopped. */
export async function restore(io: Io, options: RestoreOptions): Promise<number> {
  const data = path.resolve(io.cwd, options.data ?? (io.env['DAYBOOK_DATA'] || DATA_DEFAULT));
  if ((await findLocalServer(data)) !== undefined)
    throw new CliError(`A server runs on ${data}.`, { code: 'conflict', advice: 'Stop it first.' });
  const server = await loadServer();
  const flags = options.data === undefined ? {} : { data: options.data };
  const { movedTo, previous } = await server.restore({ newOrigin: options.newOrigin, flags, env: io.env, cwd: io.cwd });
  if (options.json === true) {
    await writeLine(io.stdout, JSON.stringify({ origin: options.newOrigin, moved_to: movedTo, previous: Object.fromEntries(previous) }));
    return 0;
  }
  await writeLine(
    io.stdout,
    `New logs begin under ${safe(options.newOrigin)}; start the server with DAYBOOK_ORIGIN=${safe(options.newOrigin)}.`,
  );
  for (const [log, { origin, size }] of previous)
    await writeLine(io.stdout, `  ${safe(log)}: follows ${safe(origin)} at size ${size.toLocaleString('en-US')}`);
  await writeLine(io.stdout, `The old ledger lies whole in ${safe(movedTo)}; verify and keep it.`);
  return 0;
}
