import { TlogError } from './codes.ts';

/** Standard alphabet with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  let latin1 = '';
  for (const byte of bytes) latin1 += String.fromCharCode(byte);
  return btoa(latin1);
}

/** Takes exactly what `toBase64` writes. Laxer readers let one hash be written in several ways. */
export function fromBase64(text: string): Uint8Array {
  let latin1: string;
  try {
    latin1 = atob(text);
  } catch {
    throw new TlogError('base64_invalid');
  }
  // atob skips white space, forgives missing padding and ignores stray bits.
  if (btoa(latin1) !== text) throw new TlogError('base64_invalid');
  return Uint8Array.from(latin1, (char) => char.charCodeAt(0));
}
