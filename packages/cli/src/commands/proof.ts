import { type ClientOptions, openClient } from '../client.ts';
import { type Io, write, writeLine } from '../io.ts';
import { safeText } from '../terminal.ts';

export interface ProofOptions extends ClientOptions {
  readonly check?: boolean;
  readonly key?: readonly string[];
  readonly json?: boolean;
}

/** `daybook proof`: the proof as other people's tools read it. */
export async function proof(io: Io, log: string, idx: number, options: ProofOptions): Promise<number> {
  const client = await openClient(io, options);
  const text = await client.text(`/v1/events/${encodeURIComponent(log)}/${idx}/proof`);
  if (options.json === true) await writeLine(io.stdout, JSON.stringify({ log, idx, proof: text }));
  else await write(io.stdout, io.stdout.isTTY === true ? safeText(text) : text);
  return 0;
}
