import { EXIT_FAILED } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { type Io, write, writeLine } from '../io.ts';
import { checkProof } from '../proof.ts';
import { printReport } from '../report.ts';
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
  if (options.check === true) {
    const report = await checkProof({ client, log, idx, proof: text, ...(options.key === undefined ? {} : { keys: options.key }) });
    await printReport(io, report, options.json === true);
    return report.findings.length === 0 ? 0 : EXIT_FAILED;
  }
  if (options.json === true) await writeLine(io.stdout, JSON.stringify({ log, idx, proof: text }));
  else await write(io.stdout, io.stdout.isTTY === true ? safeText(text) : text);
  return 0;
}
