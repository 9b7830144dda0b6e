import { fromBase64, toBase64 } from './base64.ts';
import { TlogError } from './codes.ts';
import { HASH_BYTES } from './hash.ts';
import { openNote, type Signer, signNote, type Verifier } from './note.ts';
import type { Head } from './proof.ts';
import { parseNumber } from './text.ts';

/**
 * C2SP tlog-checkpoint, the text of a signed note:
 *
 *     <origin>
 *     <size, decimal>
 *     <root, base64>
 *
 * without extension lines, which nobody could audit. The key's name is the origin, so a key that signs for several logs has a key id per log.
 */
export interface Checkpoint extends Head {
  readonly origin: string;
}

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** The text of the note, not the note. Takes exactly what `formatCheckpoint` writes. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  if (origin === '' || rest.length === 0) throw new TlogError('checkpoint_malformed');
  if (rest.length > 1) throw new TlogError('checkpoint_extended');
  if (rest[0] !== '') throw new TlogError('checkpoint_malformed');
  const checkpoint: Checkpoint = { origin, size: parseNumber(size), root: fromBase64(root) };
  if (checkpoint.root.length !== HASH_BYTES) throw new TlogError('checkpoint_malformed', 'Its root is not 32 bytes.');
  return checkpoint;
}

export function signCheckpoint(checkpoint: Checkpoint, signer: Signer): string {
  if (checkpoint.origin !== signer.name) throw new TlogError('origin_mismatch', 'The key is that of another log.');
  const text = formatCheckpoint(checkpoint);
  parseCheckpoint(text);
  return signNote(text, [signer]);
}

/** Opens a signed checkpoint of the log that `verifier` is named after. */
export function openCheckpoint(note: string | Uint8Array, verifier: Verifier): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [verifier]).text);
  if (checkpoint.origin !== verifier.name) throw new TlogError('origin_mismatch');
  return checkpoint;
}
