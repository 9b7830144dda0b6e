import {
  type Checkpoint,
  formatVerifierKey,
  leafHash,
  openCheckpoint,
  parseTlogProof,
  parseVerifierKey,
  type Verifier,
  verifyInclusion,
} from '@daybook/tlog';
import { parseRecord } from '@daybook/protocol';
import { evidenceFinding, type Finding, findingOf, type FindingPlace } from './codes.ts';
import { MANIFEST, type Manifest, type ManifestLog, type Member, memberOf, parseManifest, README_HTML, README_TEXT } from './manifest.ts';
import { pageHtml, pageText } from './page.ts';

/** The members of an evidence file, however it was opened. Nothing in it is trusted: not its names, sizes, counts or compression. */
export interface EvidenceSource {
  readonly members: ReadonlyMap<string, Member>;
  /** What is wrong with its structure. */
  readonly findings: readonly Finding[];
  /** A member's bytes; throws `UnreadableMember`. */
  read(name: string): Promise<Uint8Array>;
}

/** A member that is damaged, or larger than it claims. */
export class UnreadableMember extends Error {}

export interface EvidenceCheckOptions {
  /** The signers that must have signed; none: any, and the report says so. */
  readonly pins?: readonly Verifier[];
  /** Looks at the form of an entry that is proven, in the order of its log; a new one for each log. */
  readonly entryForm?: () => (entry: Uint8Array, place: FindingPlace) => Finding | undefined;
  /** What to say of a signer that is none of the pins. */
  readonly notPinned?: (place: FindingPlace) => Finding;
  /** Entries to look at, and how many are done. */
  readonly progress?: (done: number, total: number) => void;
}

export interface EvidenceReport {
  readonly findings: readonly Finding[];
  /** Plain sentences: what was not checked, that the signer is unpinned … */
  readonly notes: readonly string[];
  readonly entries: number;
  readonly logs: number;
  /** What the file says of itself; undefined when that could not be read. */
  readonly manifest: Manifest | undefined;
}

/** Checks an evidence file offline: every member, every proof, every claim of the manifest that entries can confirm. */
export async function checkEvidence(source: EvidenceSource, options: EvidenceCheckOptions = {}): Promise<EvidenceReport> {
  const check = new EvidenceCheck(options);
  await check.run(source);
  return { findings: check.findings, notes: check.notes, entries: check.entries, logs: check.logs, manifest: check.manifest };
}

export function unpinnedNote(verifier: Verifier): string {
  return `The signer of ${verifier.name} is not pinned. Compare this key with one that you got another way, or give it by --key: ${formatVerifierKey(verifier)}`;
}

/** `rt` of an entry; empty when it has none. */
export function receiveTime(entry: Uint8Array | undefined): string {
  const rt = parseRecord(textOf(entry ?? new Uint8Array()))?.['rt'];
  return typeof rt === 'string' ? rt : '';
}

export function evidencePlace(idx: number): { readonly firstIdx: number; readonly lastIdx: number } {
  return { firstIdx: idx, lastIdx: idx };
}

class EvidenceCheck {
  readonly findings: Finding[] = [];
  readonly notes: string[] = [];
  entries = 0;
  logs = 0;
  manifest: Manifest | undefined;
  readonly #options: EvidenceCheckOptions;
  #total = 0;

  constructor(options: EvidenceCheckOptions) {
    this.#options = options;
  }

  async run(zip: EvidenceSource): Promise<void> {
    this.findings.push(...zip.findings);
    const text = await this.#read(zip, MANIFEST);
    if (text === undefined) return;
    const manifest = parseManifest(textOf(text));
    if (manifest === undefined) return void this.findings.push(evidenceFinding('evidence_manifest_malformed'));
    this.manifest = manifest;
    await this.#page(zip, README_HTML, pageHtml(manifest));
    await this.#page(zip, README_TEXT, pageText(manifest));
    this.#strangeLogs(zip, manifest);
    this.#total = manifest.logs.reduce((sum, log) => sum + log.events, 0);
    for (const log of manifest.logs) await this.#log(zip, log);
    this.#range(zip, manifest);
    this.#say(manifest);
  }

  /** The bytes of a member; undefined, and a finding, where it is missing or damaged. */
  async #read(zip: EvidenceSource, name: string, place: FindingPlace = {}): Promise<Uint8Array | undefined> {
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

  async #page(zip: EvidenceSource, name: string, expected: string): Promise<void> {
    const bytes = await this.#read(zip, name);
    if (bytes !== undefined && textOf(bytes) !== expected) this.findings.push(evidenceFinding('evidence_page_changed'));
  }

  #strangeLogs(zip: EvidenceSource, manifest: Manifest): void {
    const known = new Set(manifest.logs.map((log) => log.log));
    const strange = new Set([...zip.members.values()].flatMap((member) => ('log' in member && !known.has(member.log) ? [member.log] : [])));
    this.findings.push(...[...strange].map((log) => evidenceFinding('evidence_member_unexpected', { log })));
  }

  async #log(zip: EvidenceSource, log: ManifestLog): Promise<void> {
    this.logs++;
    const place = { log: log.log };
    const idxs = idxsOf(zip, log.log);
    const [first, last] = [idxs[0] ?? 0, idxs.at(-1) ?? 0];
    const head = await this.#head(zip, log);
    const form = this.#options.entryForm?.();
    const times = new Map<number, string>();
    for (const idx of idxs) {
      const entry = await this.#entry(zip, { log: log.log, idx, head, form });
      if (entry !== undefined && (idx === first || idx === last)) times.set(idx, receiveTime(entry));
      this.entries++;
      this.#options.progress?.(this.entries, this.#total);
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
  async #head(zip: EvidenceSource, log: ManifestLog): Promise<{ readonly note: string; readonly checkpoint: Checkpoint } | undefined> {
    const place = { log: log.log };
    const key = await this.#read(zip, memberOf.key(log.log), place);
    const note = await this.#read(zip, memberOf.checkpoint(log.log), place);
    if (key !== undefined && textOf(key) !== `${log.verifierKey}\n`) this.findings.push(evidenceFinding('evidence_key_mixed', place));
    try {
      const verifier = parseVerifierKey(log.verifierKey);
      if (verifier.name !== log.origin) this.findings.push(evidenceFinding('evidence_key_mixed', place));
      this.#pin(verifier, place);
      if (note === undefined) return undefined;
      const checkpoint = openCheckpoint(note, verifier);
      if (checkpoint.size !== log.checkpointSize) this.findings.push(evidenceFinding('evidence_head_mixed', place));
      return { note: textOf(note), checkpoint };
    } catch (error) {
      this.findings.push(findingOf(error, place));
      return undefined;
    }
  }

  #pin(verifier: Verifier, place: FindingPlace): void {
    const { pins = [], notPinned } = this.#options;
    const key = formatVerifierKey(verifier);
    if (pins.length === 0) this.notes.push(unpinnedNote(verifier));
    else if (!pins.some((pin) => formatVerifierKey(pin) === key))
      this.findings.push(notPinned?.(place) ?? evidenceFinding('evidence_key_mixed', place));
  }

  /** Returns the entry's bytes when they are proven. */
  async #entry(
    zip: EvidenceSource,
    at: {
      readonly log: string;
      readonly idx: number;
      readonly head: { readonly note: string; readonly checkpoint: Checkpoint } | undefined;
      /** Sees the entries of a log in order, and so a receive time that goes back. */
      readonly form: ReturnType<NonNullable<EvidenceCheckOptions['entryForm']>> | undefined;
    },
  ): Promise<Uint8Array | undefined> {
    const place = { log: at.log, ...evidencePlace(at.idx) };
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
    const fault = at.form?.(entry, place);
    if (fault !== undefined) this.findings.push(fault);
    return entry;
  }

  #range(zip: EvidenceSource, { selection }: Manifest): void {
    if (selection.kind !== 'scan') return;
    const { log, from, to } = selection;
    const idxs = idxsOf(zip, log);
    for (const idx of idxs)
      if (idx < from || idx > to) this.findings.push(evidenceFinding('evidence_member_unexpected', { log, ...evidencePlace(idx) }));
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
function idxsOf(zip: EvidenceSource, log: string): number[] {
  const idxs = new Set<number>();
  for (const member of zip.members.values()) if ('idx' in member && member.log === log) idxs.add(member.idx);
  return [...idxs].sort((a, b) => a - b);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
