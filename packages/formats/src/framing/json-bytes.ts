const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
export const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes that make JSON's structure. */
export const LF = 0x0a;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
export const OPEN = 0x7b;
export const CLOSE = 0x7d;
export const BLANK = 0x20;
/** What a byte outside of strings is: inside of brackets only these matter, outside of them all but blanks, commas and the byte order mark. */
export const PLAIN = 0;
export const LINE_END = 1;
export const STRING = 2;
export const OPENS = 3;
export const CLOSES = 4;
const STRAY = 5;
export const INSIDE = kinds(PLAIN);
export const OUTSIDE = kinds(STRAY);

function kinds(others: number): Uint8Array {
  const kindOf = new Uint8Array(256);
  kindOf.fill(others, BLANK + 1);
  kindOf[LF] = LINE_END;
  kindOf[OPEN] = OPENS;
  kindOf[OPEN_LIST] = OPENS;
  kindOf[CLOSE] = CLOSES;
  kindOf[CLOSE_LIST] = CLOSES;
  if (others === PLAIN) kindOf[QUOTE] = STRING;
  for (const nothing of [0x2c, 0xef, 0xbb, 0xbf]) kindOf[nothing] = PLAIN;
  return kindOf;
}

/** The text; undefined when it is no UTF-8. */
export function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(before: Uint8Array, after: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}
