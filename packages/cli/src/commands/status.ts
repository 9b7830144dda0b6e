import { listOf, parseRecord, recordOf, textOf } from '@daybook/protocol';
import { EXIT_FAILED } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { type Io, writeLine } from '../io.ts';
import { safe } from '../terminal.ts';

/** `daybook status`: is it up, and how far is each log. */
export async function status(io: Io, options: ClientOptions & { readonly json?: boolean }): Promise<number> {
  const client = await openClient(io, options);
  const response = await client.open('GET', '/readyz', { accept: [503] });
  const ready = parseRecord(await response.text().catch(() => '')) ?? {};
  const logs = listOf(recordOf(await client.json('GET', '/logs'))['logs']).map(recordOf);
  if (options.json === true) await writeLine(io.stdout, JSON.stringify({ url: client.url, ready: response.ok, readyz: ready, logs }));
  else {
    await writeLine(io.stdout, `${client.url}: ${response.ok ? 'ready' : 'not ready'}`);
    for (const { log, size, signed_size } of logs)
      await writeLine(io.stdout, `  ${safe(textOf(log))}: ${count(size)} entries, ${count(signed_size)} signed`);
    for (const line of flat(ready)) await writeLine(io.stdout, `  ${safe(line)}`);
  }
  return response.ok ? 0 : EXIT_FAILED;
}

function count(n: unknown): string {
  return Number(n).toLocaleString('en-US');
}

/** `engine.up: true` for each value of the body, whatever it tells. */
function flat(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${textOf(value)}`];
  return Object.entries(value).flatMap(([key, member]) => flat(member, path === '' ? key : `${path}.${key}`));
}
