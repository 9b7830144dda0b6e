const DELIMITERS = [',', ';', '\t', '|'];
/** Excel's word to itself: the first line names the delimiter. */
const SEPARATOR_LINE = /^sep=(.)$/;

/** The delimiter that a first line names; undefined when it is no such line. */
export function separatorIn(line: string): string | undefined {
  return SEPARATOR_LINE.exec(line)?.[1];
}

/** The sign that stands most often in a header, outside of its quotes. */
export function delimiterIn(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((sign) => bare.split(sign).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** No table has so many columns: what is beyond is not looked at. */
export const VALUES_MAX = 4096;

/** The values of a record, and no more than one beyond VALUES_MAX; undefined when its quotes are wrong. A quote within quotes is doubled. Blanks may stand before and behind quotes, and mean nothing there. */
export function valuesOf(text: string, delimiter: string, isQuoted: boolean): string[] | undefined {
  if (!isQuoted || !text.includes('"')) return text.split(delimiter, VALUES_MAX + 1);
  const values: string[] = [];
  for (let at = 0; values.length <= VALUES_MAX; ) {
    const open = quoteFrom(text, at);
    if (open < 0) {
      const end = text.indexOf(delimiter, at);
      const value = end < 0 ? text.slice(at) : text.slice(at, end);
      if (value.includes('"')) return undefined;
      values.push(value);
      if (end < 0) return values;
      at = end + delimiter.length;
      continue;
    }
    const close = closingQuote(text, open + 1);
    if (close < 0) return undefined;
    const value = text.slice(open + 1, close);
    values.push(value.includes('"') ? value.replaceAll('""', '"') : value);
    let behind = close + 1;
    while (text.charCodeAt(behind) === BLANK) behind++;
    if (behind === text.length) return values;
    if (!text.startsWith(delimiter, behind)) return undefined;
    at = behind + delimiter.length;
  }
  return values;
}

const BLANK = 0x20;

/** Where the value at hand begins with a quote; -1 when it does not. */
function quoteFrom(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === BLANK) at++;
  return text[at] === '"' ? at : -1;
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}
