import { checkEvidence, evidenceFinding, UnreadableMember } from '@daybook/evidence';
import { EntryScanner, finding } from '@daybook/logfiles';
import { type EvidenceZip, openEvidenceZip } from './evidence-zip.ts';
import { parsePins } from './proof-source.ts';
import type { Progress } from './progress.ts';
import type { VerifyReport } from './report.ts';

export interface VerifyEvidenceOptions {
  /** Verifier key lines of the signers that must have signed. */
  readonly keys?: readonly string[];
  readonly progress: Progress;
}

/** Checks an evidence file offline. */
export async function verifyEvidence(file: string, { keys, progress }: VerifyEvidenceOptions): Promise<VerifyReport> {
  const pins = parsePins(keys);
  let zip: EvidenceZip;
  try {
    zip = await openEvidenceZip(file);
  } catch (error) {
    if (!(error instanceof UnreadableMember)) throw error;
    return { subject: file, findings: [evidenceFinding('evidence_unreadable')], notes: [], checked: {} };
  }
  let begun = false;
  try {
    const { findings, notes, entries, logs } = await checkEvidence(zip, {
      pins,
      entryForm,
      notPinned: (place) => finding('key_not_pinned', undefined, place),
      progress(done, total) {
        if (!begun) progress.start('verify', total);
        begun = true;
        progress.set(done);
      },
    });
    return { subject: file, findings, notes, checked: { entries, logs } };
  } finally {
    zip.close();
    progress.end();
  }
}

function entryForm() {
  const scanner = new EntryScanner();
  return (entry: Uint8Array, place: Parameters<typeof finding>[2]) => {
    const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
    const fault = scanner.check(bytes, 0, bytes.length);
    return fault === undefined ? undefined : finding(fault.code, fault.detail, place);
  };
}
