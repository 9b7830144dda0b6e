/**
 * Event content is the attacker's: written raw, an escape sequence in a user name could clear a terminal, change its title or hide a line. Control characters, and
 * the invisible ones that turn the direction of writing, are shown as `\xHH` / `\u{HHHH}`.
 */
// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** One value, on one line. */
export function safe(text: string): string {
  return text.replace(UNSAFE, escapedCharacter);
}

export function escapedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
