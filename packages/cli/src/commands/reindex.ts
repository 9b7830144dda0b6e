import { type ClientOptions, openClient } from '../client.ts';
import { type Io, writeLine } from '../io.ts';
import { openProgress } from '../progress.ts';
import { followWork } from '../server-work.ts';

/** `daybook reindex`: the server drops the table and fills it again from the ledger. */
export async function reindex(io: Io, options: ClientOptions & { readonly json?: boolean }): Promise<number> {
  const client = await openClient(io, options);
  const { total } = await followWork(client, 'POST', '/v1/reindex', 'reindex', openProgress(io, { unit: 'entries' }));
  await writeLine(
    io.stdout,
    options.json === true ? JSON.stringify({ entries: total }) : `${total.toLocaleString('en-US')} entries are in the table`,
  );
  return 0;
}
