import { fromBase64, toBase64 } from './base64.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { TlogError } from './codes.ts';
import { HASH_BYTES, leafHash } from './hash.ts';
import type { Verifier } from './note.ts';
import { verifyInclusion } from './proof.ts';
import { cleanText, parseNumber } from './text.ts';

/**
 * C2SP tlog-proof: everything that shows one entry to be in a log, but the entry and the key.
 *
 *     c2sp.org/tlog-proof@v1
 *     extra <base64>                 optional, proves nothing
 *     index <decimal>
 *     <hash, base64>                 from the leaf's sibling up to a child of the root; none in a log of one entry
 *     (empty line)
 *     <signed checkpoint>
 */
export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** Signed note, as the log published it. */
  readonly checkpoint: string;
  readonly extra?: Uint8Array;
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
/** A signed note's limit and room for 53 hashes; `extra` has to fit in as well. */
const PROOF_CHARS_MAX = 1_100_000;
/** A tree of 2^53 entries is 53 high. */
const HASHES_MAX = 53;

export function formatTlogProof(proof: TlogProof): string {
  const extra = proof.extra === undefined ? [] : [`extra ${toBase64(proof.extra)}`];
  const lines = [FIRST_LINE, ...extra, `index ${proof.index}`, ...proof.hashes.map(toBase64)];
  return `${lines.join('\n')}\n\n${proof.checkpoint}`;
}

/** Takes a proof apart; proves nothing yet. */
export function parseTlogProof(input: string | Uint8Array): TlogProof {
  if (input.length > PROOF_CHARS_MAX) throw new TlogError('proof_malformed', 'It is too large.');
  const text = cleanText(input);
  const split = text.indexOf('\n\n');
  if (split < 0) throw new TlogError('proof_malformed', 'No empty line stands before the checkpoint.');
  const lines = text.slice(0, split).split('\n');
  if (lines.shift() !== FIRST_LINE) throw new TlogError('proof_malformed', `The first line is not ${FIRST_LINE}.`);
  const extra = lines[0]?.startsWith('extra ') === true ? fromBase64(lines.shift()?.slice('extra '.length) ?? '') : undefined;
  const index = lines.shift() ?? '';
  if (!index.startsWith('index ')) throw new TlogError('proof_malformed', 'The line with the index is missing.');
  if (lines.length > HASHES_MAX) throw new TlogError('proof_length_wrong');
  return {
    index: parseNumber(index.slice('index '.length)),
    hashes: lines.map(parseHash),
    checkpoint: text.slice(split + 2),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Throws unless the proof shows `entry` to be in the log that `verifier` is named after; returns where, and under which head. */
export function verifyTlogProof(
  proof: TlogProof,
  entry: Uint8Array,
  verifier: Verifier,
): { readonly index: number; readonly checkpoint: Checkpoint } {
  const checkpoint = openCheckpoint(proof.checkpoint, verifier);
  verifyInclusion(proof.hashes, leafHash(entry), proof.index, checkpoint);
  return { index: proof.index, checkpoint };
}

function parseHash(line: string): Uint8Array {
  const hash = fromBase64(line);
  if (hash.length !== HASH_BYTES) throw new TlogError('proof_malformed', 'A hash does not have 32 bytes.');
  return hash;
}
