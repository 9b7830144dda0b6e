import { TlogError } from './codes.ts';

const FIRST_PRINTABLE = 0x20;
const LINE_FEED = 0x0a;

/** A size or an index: decimal, no sign, no leading zero, at most 2^53 - 1, so that a number holds it exactly. */
export function parseNumber(text: string): number {
  if (!/^(?:0|[1-9][0-9]*)$/.test(text)) throw new TlogError('number_malformed');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TlogError('number_too_large');
  return value;
}

export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of a note, checkpoint or proof: well-formed Unicode, and of the control characters below U+0020 only line feeds. */
export function cleanText(input: string | Uint8Array): string {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (!isWellFormed(text)) throw new TlogError('text_invalid');
  if (hasControl(text)) throw new TlogError('control_character');
  return text;
}

/** Whether a string has no lone surrogates, and so can be written as UTF-8. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_PRINTABLE && code !== LINE_FEED) return true;
  }
  return false;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    // ignoreBOM keeps a byte order mark in the text, where the parsers then refuse it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TlogError('text_invalid');
  }
}
