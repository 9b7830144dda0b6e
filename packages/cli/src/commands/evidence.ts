import { usageError } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { makeEvidence } from '../evidence-file.ts';
import { type Io, writeLine } from '../io.ts';
import { openProgress } from '../progress.ts';
import { safe } from '../terminal.ts';

export interface EvidenceOptions extends ClientOptions {
  readonly where?: string;
  readonly scan?: string;
  readonly output: string;
  readonly json?: boolean;
}

/** `daybook evidence`: a file that anyone can check without us. */
export async function evidence(io: Io, options: EvidenceOptions): Promise<number> {
  if ((options.where === undefined) === (options.scan === undefined))
    throw usageError(
      'Say what the evidence is about: either --where or --scan.',
      'As in: daybook evidence --where "user_id = \'U12345\'" -o u12345.daybook',
    );
  const selection = options.where === undefined ? { scan: parseScan(options.scan ?? '') } : { where: options.where };
  const client = await openClient(io, options);
  const progress = openProgress(io, { unit: 'events' });
  try {
    const made = await makeEvidence({ client, ...selection, out: options.output, progress });
    if (options.json === true) await writeLine(io.stdout, JSON.stringify(made));
    else
      await writeLine(
        io.stdout,
        `${safe(made.file)}: ${made.events.toLocaleString('en-US')} events with their proofs, ${made.bytes.toLocaleString('en-US')} bytes`,
      );
  } finally {
    progress.end();
  }
  return 0;
}

function parseScan(text: string): { readonly log: string; readonly from: number; readonly to: number } {
  const match = /^([a-z][a-z0-9_-]{0,31}):(0|[1-9]\d{0,15})-(0|[1-9]\d{0,15})$/.exec(text);
  const [from, to] = [Number(match?.[2]), Number(match?.[3])];
  if (match?.[1] === undefined || to < from)
    throw usageError(`--scan ${text} is no range.`, 'Write it like --scan routine:0-1000; both ends are included.');
  return { log: match[1], from, to };
}
