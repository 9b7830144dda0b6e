import { escapedCharacter } from '@daybook/evidence';

export { safe } from '@daybook/evidence';

// oxlint-disable-next-line no-control-regex -- finding them is the purpose; line ends and tabs are the format's own
const UNSAFE_BUT_LAYOUT = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** Text that has lines and tabs of its own, such as TSV. */
export function safeText(text: string): string {
  return text.replace(UNSAFE_BUT_LAYOUT, escapedCharacter);
}

/** `::ffff:192.168.1.10` → `192.168.1.10`; other addresses as they are. */
export function shownAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** East Asian wide and emoji take two columns; combining marks none. Near enough for a table. */
// oxlint-disable-next-line no-misleading-character-class -- ranges of code points, not one character
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const MARK = /\p{Mn}/u;

export function widthOf(text: string): number {
  if (/^[\u0020-\u007E]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

export function padTo(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? text + gap : gap + text;
}

/** At most `width` columns, the cut marked by `…`. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let out = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    out += character;
  }
  return `${out}…`;
}
