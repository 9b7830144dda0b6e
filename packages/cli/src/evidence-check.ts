import { type Checkpoint, leafHash, openCheckpoint, parseTlogProof, parseVerifierKey, type Verifier, verifyInclusion } from '@daybook/tlog';
import { EntryScanner, finding } from '@daybook/logfiles';
import { evidenceFinding, findingOf, type FindingPlace } from './evidence-codes.ts';
import { MANIFEST, type Manifest, type ManifestLog, memberOf, parseManifest, README_HTML, README_TEXT } from './evidence-manifest.ts';
import { receiveTime } from './evidence-file.ts';
import { pageHtml, pageText } from './evidence-page.ts';
import { type EvidenceZip, openEvidenceZip, span, UnreadableMember } from './evidence-zip.ts';
import { isPinned, parsePins, unpinnedNote } from './proof-source.ts';
import type { Progress } from './progress.ts';
import type { Finding, VerifyReport } from './report.ts';

export interface VerifyEvidenceOptions {
  /** Verifier key lines of the signers that must have signed. */
  readonly keys?: readonly string[];
  readonly progress: Progress;
}

/** Checks an evidence file offline: every member, every proof, every claim of the manifest that entries can confirm. */
export async function verifyEvidence(file: string, options: VerifyEvidenceOptions): Promise<VerifyReport> {
  const pins = parsePins(options.keys);
  const check = new EvidenceCheck(pins, options.progress);
  let zip: EvidenceZip;
  try {
    zip = await openEvidenceZip(file);
  } catch (error) {
    if (!(error instanceof UnreadableMember)) throw error;
    return { subject: file, findings: [evidenceFinding('evidence_unreadable')], notes: [], checked: {} };
  }
  try {
    await check.run(zip);
  } finally {
    zip.close();
    options.progress.end();
  }
  return { subject: file, findings: check.findings, notes: check.notes, checked: { entries: check.entries, logs: check.logs } };
}

class EvidenceCheck {
  readonly findings: Finding[] = [];
  readonly notes: string[] = [];
  entries = 0;
  logs = 0;
  readonly #pins: readonly Verifier[];
  readonly #progress: Progress;

  constructor(pins: readonly Verifier[], progress: Progress) {
    this.#pins = pins;
    this.#progress = progress;
  }

  async run(zip: EvidenceZip): Promise<void> {
    this.findings.push(...zip.findings);
    const text = await this.#read(zip, MANIFEST);
    if (text === undefined) return;
    const manifest = parseManifest(text.toString());
    if (manifest === undefined) return void this.findings.push(evidenceFinding('evidence_manifest_malformed'));
    await this.#page(zip, README_HTML, pageHtml(manifest));
    await this.#page(zip, README_TEXT, pageText(manifest));
    this.#strangeLogs(zip, manifest);
    this.#progress.start(
      'verify',
      manifest.logs.reduce((sum, log) => sum + log.events, 0),
    );
    for (const log of manifest.logs) await this.#log(zip, log);
    this.#range(zip, manifest);
    this.#say(manifest);
  }

  /** The bytes of a member; undefined, and a finding, where it is missing or damaged. */
  async #read(zip: EvidenceZip, name: string, place: FindingPlace = {}): Promise<Buffer | undefined> {
    if (!zip.members.has(name)) {
      this.findings.push(evidenceFinding('evidence_member_missing', place));
      return undefined;
    }
    try {
      return await zip.read(name);
    } catch (error) {
      if (!(error instanceof UnreadableMember)) throw error;
      this.findings.push(evidenceFinding('evidence_unreadable', place));
      return undefined;
    }
  }

  async #page(zip: EvidenceZip, name: string, expected: string): Promise<void> {
    const bytes = await this.#read(zip, name);
    if (bytes !== undefined && !bytes.equals(Buffer.from(expected))) this.findings.push(evidenceFinding('evidence_page_changed'));
  }

  #strangeLogs(zip: EvidenceZip, manifest: Manifest): void {
    const known = new Set(manifest.logs.map((log) => log.log));
    const strange = new Set([...zip.members.values()].flatMap((member) => ('log' in member && !known.has(member.log) ? [member.log] : [])));
    this.findings.push(...[...strange].map((log) => evidenceFinding('evidence_member_unexpected', { log })));
  }

  async #log(zip: EvidenceZip, log: ManifestLog): Promise<void> {
    this.logs++;
    const place = { log: log.log };
    const idxs = idxsOf(zip, log.log);
    const [first, last] = [idxs[0] ?? 0, idxs.at(-1) ?? 0];
    const head = await this.#head(zip, log);
    const scanner = new EntryScanner();
    const times = new Map<number, string>();
    for (const idx of idxs) {
      const entry = await this.#entry(zip, { log: log.log, idx, head, scanner });
      if (entry !== undefined && (idx === first || idx === last)) times.set(idx, receiveTime(entry));
      this.#progress.set(++this.entries);
    }
    const right =
      idxs.length === log.events &&
      first === log.firstIdx &&
      last === log.lastIdx &&
      (times.get(first) ?? log.firstRecordedAt) === log.firstRecordedAt &&
      (times.get(last) ?? log.lastRecordedAt) === log.lastRecordedAt;
    if (!right) this.findings.push(evidenceFinding('evidence_count_wrong', place));
  }

  /** The signed head of a log, once key, checkpoint and manifest agree. */
  async #head(zip: EvidenceZip, log: ManifestLog): Promise<{ readonly note: string; readonly checkpoint: Checkpoint } | undefined> {
    const place = { log: log.log };
    const key = await this.#read(zip, memberOf.key(log.log), place);
    const note = await this.#read(zip, memberOf.checkpoint(log.log), place);
    if (key !== undefined && key.toString() !== `${log.verifierKey}\n`) this.findings.push(evidenceFinding('evidence_key_mixed', place));
    try {
      const verifier = parseVerifierKey(log.verifierKey);
      if (verifier.name !== log.origin) this.findings.push(evidenceFinding('evidence_key_mixed', place));
      this.#pin(verifier, place);
      if (note === undefined) return undefined;
      const checkpoint = openCheckpoint(note, verifier);
      if (checkpoint.size !== log.checkpointSize) this.findings.push(evidenceFinding('evidence_head_mixed', place));
      return { note: note.toString(), checkpoint };
    } catch (error) {
      this.findings.push(findingOf(error, place));
      return undefined;
    }
  }

  #pin(verifier: Verifier, place: FindingPlace): void {
    if (this.#pins.length === 0) this.notes.push(unpinnedNote(verifier));
    else if (!isPinned(verifier, this.#pins)) this.findings.push(finding('key_not_pinned', undefined, place));
  }

  /** Returns the entry's bytes when they are proven. */
  async #entry(
    zip: EvidenceZip,
    at: {
      readonly log: string;
      readonly idx: number;
      readonly head: { readonly note: string; readonly checkpoint: Checkpoint } | undefined;
      /** Sees the entries of a log in order, and so a receive time that goes back. */
      readonly scanner: EntryScanner;
    },
  ): Promise<Buffer | undefined> {
    const place = { log: at.log, ...span(at.idx) };
    const entry = await this.#read(zip, memberOf.entry(at.log, at.idx), place);
    const proofText = await this.#read(zip, memberOf.proof(at.log, at.idx), place);
    if (entry === undefined || proofText === undefined || at.head === undefined) return undefined;
    try {
      const proof = parseTlogProof(proofText);
      if (proof.index !== at.idx) this.findings.push(evidenceFinding('evidence_index_mixed', place));
      // The same note, not only the same head: so its signature is verified once, and nothing else hides in a proof.
      else if (proof.checkpoint !== at.head.note || proof.extra !== undefined)
        this.findings.push(evidenceFinding('evidence_head_mixed', place));
      else verifyInclusion(proof.hashes, leafHash(entry), at.idx, at.head.checkpoint);
    } catch (error) {
      this.findings.push(findingOf(error, place));
      return undefined;
    }
    const fault = at.scanner.check(entry, 0, entry.length);
    if (fault !== undefined) this.findings.push(finding(fault.code, fault.detail, place));
    return entry;
  }

  #range(zip: EvidenceZip, { selection }: Manifest): void {
    if (selection.kind !== 'scan') return;
    const { log, from, to } = selection;
    const idxs = idxsOf(zip, log);
    for (const idx of idxs)
      if (idx < from || idx > to) this.findings.push(evidenceFinding('evidence_member_unexpected', { log, ...span(idx) }));
    let next = from;
    for (const idx of [...idxs.filter((idx) => idx >= from && idx <= to), to + 1]) {
      if (idx > next) this.findings.push(evidenceFinding('evidence_range_incomplete', { log, firstIdx: next, lastIdx: idx - 1 }));
      next = idx + 1;
    }
  }

  #say({ selection, madeAt }: Manifest): void {
    this.notes.push(
      selection.kind === 'scan'
        ? `Every entry ${selection.from} to ${selection.to} of ${selection.log} is in the file.`
        : `Chosen, by the word of whoever made the file (${madeAt}), by the filter: ${selection.where}`,
    );
    if (selection.kind === 'where') this.notes.push('The file does not prove that the filter missed nothing.');
  }
}

/** The entries of a log for which the file has at least one of the two members, ascending. */
function idxsOf(zip: EvidenceZip, log: string): number[] {
  const idxs = new Set<number>();
  for (const member of zip.members.values()) if ('idx' in member && member.log === log) idxs.add(member.idx);
  return [...idxs].sort((a, b) => a - b);
}
