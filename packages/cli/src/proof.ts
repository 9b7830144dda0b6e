import { findingOf, unpinnedNote } from '@daybook/evidence';
import { parseTlogProof, verifyTlogProof } from '@daybook/tlog';
import { finding } from '@daybook/logfiles';
import { CliError } from './cli-error.ts';
import type { DaybookClient } from './client.ts';
import { isPinned, listLogs, parsePins } from './proof-source.ts';
import type { Finding, VerifyReport } from './report.ts';

export interface CheckProofOptions {
  readonly client: DaybookClient;
  readonly log: string;
  readonly idx: number;
  /** tlog-proof text. */
  readonly proof: string;
  /** Verifier key lines of the signers that must have signed. */
  readonly keys?: readonly string[];
}

/** Fetches the entry that a proof is about, and checks the proof here. */
export async function checkProof(options: CheckProofOptions): Promise<VerifyReport> {
  const { client, log, idx } = options;
  const listed = (await listLogs(client)).find((one) => one.log === log);
  if (listed === undefined) throw new CliError(`The server has no log ${log}.`, { code: 'not_found' });
  const pins = parsePins(options.keys);
  const place = { log, firstIdx: idx, lastIdx: idx };
  const findings: Finding[] = [];
  if (pins.length > 0 && !isPinned(listed.verifier, pins)) findings.push(finding('key_not_pinned', undefined, { log }));
  try {
    const proof = parseTlogProof(options.proof);
    const proven = verifyTlogProof(proof, await fetchEntry(client, log, idx), listed.verifier);
    if (proven.index !== idx) findings.push({ code: 'proof_mismatch', message: `The proof is for entry ${proven.index}.`, ...place });
  } catch (error) {
    findings.push(findingOf(error, place));
  }
  const notes = pins.length === 0 ? [unpinnedNote(listed.verifier)] : [];
  return { subject: `${client.url}/v1/events/${log}/${idx}`, findings, notes, checked: { entries: 1 } };
}

/** The entry's very bytes: parsed and written again they might be others. They are the last member of the answer. */
async function fetchEntry(client: DaybookClient, log: string, idx: number): Promise<Buffer> {
  const answer = await client.bytes(`/v1/events/${log}/${idx}`);
  const mark = '"entry":';
  const at = answer.indexOf(mark);
  if (at < 0 || answer.at(-1) !== '}'.charCodeAt(0)) throw new CliError('The server did not answer with an entry.', { code: 'bad_answer' });
  return answer.subarray(at + mark.length, -1);
}
