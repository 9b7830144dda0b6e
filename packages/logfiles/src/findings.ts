import { TLOG_CODES } from '@daybook/tlog';

/**
 * Every finding that a check of a ledger directory can have, with what it means. Codes are stable: programs and auditors match on them. Those that
 * are about the tree, its notes and proofs are the ones of `tlog`, under the same names.
 */
export const FINDINGS = {
  // The directory
  format_unknown: 'FORMAT does not say daybook-ledger/1: this is no ledger, or one of another version.',
  file_unknown: 'A file or directory that no ledger has: nothing vouches for it, and no part of Daybook put it there.',
  file_unreadable: 'A file of the ledger could not be read.',
  reserve_content: 'The reserve holds something other than zeros, or is larger than a reserve.',
  lock_content: 'The lock file holds bytes; a lock has none.',

  // Keys
  keys_malformed: 'The keys file is not a list of verifier keys, one log a line, all of one origin.',
  key_missing: 'A log has no key in the keys file, so none of its heads can be checked.',
  key_not_pinned: 'The keys file names a key for this log that is not the pinned one: whoever signed this log is someone else.',
  key_changed: 'The key of this log is not the one it had at an earlier check: the log was begun anew, or keys and heads were replaced.',
  log_missing: 'A log that the keys file or a pinned key names is not there.',

  // Entries
  frame_checksum:
    'The checksum of a write is wrong: bytes of its entries, of its header or of the checksum were changed after they were written.',
  frame_damaged: 'Bytes within a segment are no entries, though whole entries follow: the segment was changed after it was written.',
  frame_order: 'Writes do not follow one another: entries were put in, removed, doubled or moved.',
  segment_missing: 'A file of entries is not there, though later ones are, or a signed head covers it.',
  segment_damaged: 'A sealed segment is damaged: header, footer or a compressed bundle is not as it was written.',
  segment_moved: 'A segment file holds the entries of another segment than its name says.',
  segment_incomplete: 'A segment ends before it is full, though later segments exist.',
  entries_missing: 'A signed head covers more entries than there are: the newest ones were cut off, or the data is an older copy.',
  entry_not_canonical: 'An entry is not canonical JSON: it was not written by Daybook, or changed.',
  entry_profile:
    'An entry is canonical JSON, but not of the profile daybook-entry/1: members, kind, nonce, times or fields are not those of an entry.',
  entry_time: 'The receive time of an entry is before that of the entry before it: entries were moved, or written by something else.',
  entry_mismatch: TLOG_CODES.entry_mismatch,

  // Tree
  tile_missing: TLOG_CODES.tile_missing,
  tile_width_wrong: TLOG_CODES.tile_width_wrong,
  tile_mismatch: TLOG_CODES.tile_mismatch,
  root_mismatch: TLOG_CODES.root_mismatch,

  // Signed heads
  head_missing: 'A log that has entries under signed heads has no last-signed record: put it back, or say where it lies (--last-signed).',
  head_malformed: 'A file that should hold a signed head holds something else, or its signature is wrong.',
  head_misnamed: 'A kept head lies under the name of another size.',
  last_signed_behind: 'A published head is newer than the last-signed record: the record was put back to an older one, or removed.',
  head_foreign: 'The head given to compare with is not one of this ledger, or not signed by the key of its log.',
  head_split: TLOG_CODES.head_split,
  head_forked: TLOG_CODES.head_forked,
  head_rolled_back: TLOG_CODES.head_rolled_back,

  // Producers
  counter_gap: "A producer's own counter has a gap: events that it counted are not in the ledger.",
  counter_double: "A number of a producer's own counter stands in more than one entry.",

  // Blobs and quarantine
  blob_mismatch: 'A blob is not the one whose name it has: its bytes were changed.',
  blob_missing: 'An entry names a blob that is not there.',
  quarantine_malformed: 'A line of the quarantine is not JSON: it was changed, or written by something else.',

  // Bounds of the check itself
  findings_cut: 'There are more findings of one kind than are listed.',
} as const satisfies Record<string, string>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly log?: string;
  /** The entries concerned, both inclusive; absent where it is no matter of entries. */
  readonly firstIdx?: number;
  readonly lastIdx?: number;
  /** What the code means, and the very thing. Names of files may hold anything: make it safe before a terminal shows it. */
  readonly message: string;
}

export interface FindingPlace {
  readonly log?: string | undefined;
  readonly firstIdx?: number | undefined;
  readonly lastIdx?: number | undefined;
}

/** `detail`: a sentence that names the very thing. */
export function finding(code: FindingCode, detail?: string, place: FindingPlace = {}): Finding {
  return {
    code,
    ...(place.log === undefined ? {} : { log: place.log }),
    ...(place.firstIdx === undefined ? {} : { firstIdx: place.firstIdx, lastIdx: place.lastIdx ?? place.firstIdx }),
    message: detail === undefined ? FINDINGS[code] : `${FINDINGS[code]} ${detail}`,
  };
}

/** Findings of one code in one job beyond this say nothing new, and would fill memory when a whole file was replaced. */
const LISTED_MAX = 100;

/** Gathers findings: neighbouring entries with the same fault become one, and each code has a bound. */
export class FindingList {
  readonly #list: Finding[] = [];
  readonly #counts = new Map<FindingCode, number>();
  readonly #place: FindingPlace;

  constructor(place: FindingPlace = {}) {
    this.#place = place;
  }

  add(code: FindingCode, detail?: string, place: FindingPlace = {}): void {
    const next = finding(code, detail, { ...this.#place, ...place });
    const last = this.#list.at(-1);
    if (
      last?.lastIdx !== undefined &&
      last.code === code &&
      last.log === next.log &&
      last.lastIdx + 1 === next.firstIdx &&
      last.message === next.message
    ) {
      this.#list[this.#list.length - 1] = { ...last, lastIdx: next.lastIdx ?? last.lastIdx };
      return;
    }
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= LISTED_MAX) this.#list.push(next);
  }

  addAll(findings: Iterable<Finding>): void {
    for (const each of findings) this.#list.push(each);
  }

  /** With one finding more for each code that has too many. */
  all(): Finding[] {
    const cut = [...this.#counts].filter(([, count]) => count > LISTED_MAX);
    return [...this.#list, ...cut.map(([code, count]) => finding('findings_cut', `${count - LISTED_MAX} more of ${code}.`, this.#place))];
  }
}
