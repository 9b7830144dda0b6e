import { ed25519PublicKey, ed25519Sign, ed25519Verify, sha256 } from '#crypto';
import { fromBase64, toBase64 } from './base64.ts';
import { TlogError } from './codes.ts';
import { cleanText, encodeUtf8 } from './text.ts';

/**
 * C2SP signed-note with Ed25519 keys (type 0x01):
 *
 *     text, ends in a line feed
 *     (empty line)
 *     — <key name> base64(key id (4 bytes) ‖ signature)      one line or more
 */
export interface Verifier {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ public key): a label, not a proof. */
  readonly keyId: number;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface Signer extends Verifier {
  sign(message: Uint8Array): Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

export interface Note {
  /** With its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const KEY_BYTES = 32;
const ALGORITHM_ED25519 = 1;
/** A note of 16 post-quantum signatures has 110 kB; beyond this limit it is an attack on memory. */
const NOTE_CHARS_MAX = 1_000_000;
/** C2SP asks for at least 16. Each costs a verification at most. */
const SIGNATURES_MAX = 100;

export function createVerifier(name: string, publicKey: Uint8Array): Verifier {
  if (publicKey.length !== KEY_BYTES || !isKeyName(cleanText(name))) throw new TlogError('key_malformed');
  return { name, publicKey, keyId: keyId(name, publicKey) };
}

/** `privateKey`: the 32 bytes of RFC 8032; or, where a key must not leave its keeper, its public key and a function that signs. */
export function createSigner(
  name: string,
  key: Uint8Array | { readonly publicKey: Uint8Array; sign(message: Uint8Array): Uint8Array },
): Signer {
  if (!(key instanceof Uint8Array)) return { ...createVerifier(name, key.publicKey), sign: (message) => key.sign(message) };
  return { ...createVerifier(name, ed25519PublicKey(key)), sign: (message) => ed25519Sign(message, key) };
}

/** `<name>+<8 hex digits of the key id>+<base64 of 0x01 ‖ public key>` */
export function formatVerifierKey(verifier: Verifier): string {
  const id = verifier.keyId.toString(16).padStart(8, '0');
  return `${verifier.name}+${id}+${toBase64(Uint8Array.of(ALGORITHM_ED25519, ...verifier.publicKey))}`;
}

export function parseVerifierKey(text: string): Verifier {
  // A `+` may stand in the base64, but not in the name.
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(cleanText(text));
  const [, name = '', id = '', base64 = ''] = match ?? [];
  if (match === null || !isKeyName(name)) throw new TlogError('key_malformed');
  const key = fromBase64(base64);
  if (key[0] !== ALGORITHM_ED25519) throw new TlogError('key_malformed', 'Its type is not Ed25519.');
  const verifier = createVerifier(name, key.subarray(1));
  if (verifier.keyId !== Number.parseInt(id, 16)) throw new TlogError('key_malformed', 'Its key id is not that of its name and key.');
  return verifier;
}

export function signNote(text: string, signers: readonly Signer[]): string {
  if (!text.endsWith('\n')) throw new TlogError('note_malformed', 'The text must end in a line feed.');
  const message = encodeUtf8(cleanText(text));
  const lines = signers.map((signer) => signatureLine({ ...signer, signature: signer.sign(message) }));
  return `${text}\n${lines.join('')}`;
}

/** Takes a note apart; checks no signature. */
export function parseNote(input: string | Uint8Array): Note {
  if (input.length > NOTE_CHARS_MAX) throw new TlogError('note_too_large');
  const note = cleanText(input);
  const split = note.lastIndexOf('\n\n');
  if (split < 0) throw new TlogError('note_malformed', 'No empty line stands before the signatures.');
  const lines = note.slice(split + 2).split('\n');
  if (lines.pop() !== '') throw new TlogError('note_malformed', 'The last line does not end.');
  if (lines.length > SIGNATURES_MAX) throw new TlogError('note_too_large', `It has more than ${SIGNATURES_MAX} signatures.`);
  if (lines.length === 0) throw new TlogError('note_malformed', 'It has no signature.');
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/**
 * Returns the text of a note that at least one known key has signed. Signatures by unknown keys are ignored; a known key is told by name and
 * key id together. A wrong signature in the name of a known key refuses the note, even where another known key has signed rightly.
 */
export function openNote(
  input: string | Uint8Array,
  verifiers: readonly Verifier[],
): { readonly text: string; readonly signedBy: readonly Verifier[] } {
  const { text, signatures } = parseNote(input);
  const message = encodeUtf8(text);
  const signedBy = new Set<Verifier>();
  for (const { name, keyId, signature } of signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.keyId === keyId);
    if (verifier === undefined) continue;
    if (!ed25519Verify(signature, message, verifier.publicKey)) throw new TlogError('signature_bad', `Key ${name}.`);
    signedBy.add(verifier);
  }
  if (signedBy.size === 0) throw new TlogError('signature_missing');
  return { text, signedBy: [...signedBy] };
}

function signatureLine({ name, keyId, signature }: NoteSignature): string {
  const bytes = new Uint8Array(4 + signature.length);
  new DataView(bytes.buffer).setUint32(0, keyId);
  bytes.set(signature, 4);
  return `\u2014 ${name} ${toBase64(bytes)}\n`;
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = '', base64, ...rest] = line.split(' ');
  if (dash !== '\u2014' || base64 === undefined || rest.length > 0 || !isKeyName(name))
    throw new TlogError('note_malformed', 'A signature line is not `— <key name> <base64>`.');
  const bytes = fromBase64(base64);
  if (bytes.length < 5) throw new TlogError('note_malformed', 'A signature is too short.');
  return { name, keyId: readUint32(bytes), signature: bytes.subarray(4) };
}

function isKeyName(name: string): boolean {
  return name.length > 0 && !/[\p{White_Space}+]/u.test(name);
}

function keyId(name: string, publicKey: Uint8Array): number {
  const nameBytes = encodeUtf8(`${name}\n`);
  return readUint32(sha256(Uint8Array.of(...nameBytes, ALGORITHM_ED25519, ...publicKey)));
}

function readUint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
