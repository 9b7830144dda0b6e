import { TlogError } from '@daybook/tlog';

/** What can be wrong with an evidence file, beyond the codes of the tree (`TLOG_CODES`) and of the ledger (`FINDINGS`). Stable. */
export const EVIDENCE_CODES = {
  evidence_unreadable: 'The file is no zip, or a member of it is damaged.',
  evidence_too_large: 'The file, or a member of it, unpacks to more than evidence ever needs.',
  evidence_member_missing: 'A member that belongs to the evidence is not there.',
  evidence_member_unexpected: 'A member is there that evidence does not have, or has only once.',
  evidence_manifest_malformed: 'The manifest is not one that Daybook writes.',
  evidence_page_changed: 'The page that explains the evidence is not the one that Daybook writes: do not believe what it says.',
  evidence_key_mixed: 'The key in the file is not the one that the manifest names.',
  evidence_head_mixed: 'A proof was made under another checkpoint than the one in the file.',
  evidence_index_mixed: 'A proof is for another entry than the one that it is named after.',
  evidence_count_wrong: 'The file does not hold as many entries, or not those first and last ones, as the manifest says.',
  evidence_range_incomplete: 'Entries of the range that the file claims to hold whole are missing.',
} as const satisfies Record<string, string>;

export type EvidenceCode = keyof typeof EVIDENCE_CODES;

/** What a check found. Codes are stable; see the reference of findings. */
export interface Finding {
  readonly code: string;
  readonly log?: string;
  readonly firstIdx?: number;
  readonly lastIdx?: number;
  readonly message: string;
}

export type FindingPlace = Pick<Finding, 'log' | 'firstIdx' | 'lastIdx'>;

/** `detail` must not quote what was read, unless it was checked to be harmless. */
export function evidenceFinding(code: EvidenceCode, place: FindingPlace = {}, detail?: string): Finding {
  return { code, message: detail === undefined ? EVIDENCE_CODES[code] : `${EVIDENCE_CODES[code]} ${detail}`, ...place };
}

/** The finding of a TlogError; anything else is thrown on. */
export function findingOf(error: unknown, place: FindingPlace = {}): Finding {
  if (error instanceof TlogError) return { code: error.code, message: error.message, ...place };
  throw error;
}
