/**
 * Every way in which a log, a proof or a text of it can be wrong, with what it means. Codes are stable: programs and auditors match on them.
 * A parser throws `TlogError` with one of them, `fsck` yields findings with them.
 */
export const TLOG_CODES = {
  // Texts
  text_invalid: 'The text is not well-formed UTF-8.',
  control_character: 'The text holds a control character, such as a carriage return; only line feeds are allowed.',
  base64_invalid: 'Base64 that is not canonical: wrong length, alphabet, padding or stray bits.',
  note_malformed: 'The text is not a signed note.',
  note_too_large: 'The note is larger, or has more signatures, than anyone needs.',
  checkpoint_malformed: 'The note is signed, but does not hold the three lines of a checkpoint.',
  checkpoint_extended: 'The checkpoint has extension lines, which this log never writes.',
  number_malformed: 'A size or index is not a plain decimal number: it has a sign, a leading zero or other characters.',
  number_too_large: 'A size or index is above 2^53 - 1, more than any log of this kind can reach.',
  proof_malformed: 'The text is not a tlog-proof.',
  tile_path_malformed: 'The path is not one of a tile or an entry bundle.',
  bundle_malformed:
    'The entry bundle does not hold exactly the entries that it should: a length runs over its end, or bytes or entries are too many or too few.',
  // Keys and signatures
  key_malformed: 'The text is not an Ed25519 key of a signed note, or its key id does not fit its name and key.',
  signature_missing: 'No known key has signed; signatures by unknown keys do not count, even where their key id is the same.',
  signature_bad: 'A signature in the name of a known key does not fit the text: the text, the signature or the key is another one.',
  origin_mismatch: 'The checkpoint is signed by the right key, but for a log of another name.',
  // Tree
  tile_missing: 'A tile of hashes that the signed size requires is not there.',
  tile_width_wrong: 'A tile does not hold exactly the hashes that the signed size requires.',
  tile_mismatch: 'Hashes in a tile are not those of the entries and tiles below.',
  bundle_missing: 'An entry bundle that the signed size requires is not there.',
  entry_mismatch: 'An entry is not the one whose hash the tree holds: it was changed, moved, removed or put in.',
  root_mismatch: 'The tree does not hash to the signed root.',
  // Proofs
  index_out_of_range: 'The index is not below the size of the tree.',
  size_out_of_range: 'The older tree is larger than the newer one.',
  proof_length_wrong: 'The proof has more or fewer hashes than index and size require.',
  proof_mismatch: 'The hashes of the proof do not lead from the entry to the signed root.',
  // History
  head_split: 'Two signed heads of one size have different roots: the log showed two histories.',
  head_forked: 'The older signed head is no part of the newer one: the log was rewritten.',
  head_rolled_back: 'The log shows an older head than one already seen: entries are hidden or were cut off.',
} as const satisfies Record<string, string>;

export type TlogCode = keyof typeof TLOG_CODES;

export class TlogError extends Error {
  readonly code: TlogCode;

  /** `detail` names the very thing; it may quote the input only where that is short and was checked to be printable. */
  constructor(code: TlogCode, detail?: string, cause?: unknown) {
    super(detail === undefined ? TLOG_CODES[code] : `${TLOG_CODES[code]} ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'TlogError';
    this.code = code;
  }
}
