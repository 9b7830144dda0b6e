const DELIMITERS = [',', ';', '\t', '|'];

/** The sign that stands most often in a header, outside of its quotes. */
export function delimiterIn(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((sign) => bare.split(sign).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** The values of a record; undefined when its quotes are wrong. A quote within quotes is doubled. */
export function valuesOf(text: string, delimiter: string, isQuoted: boolean): string[] | undefined {
  if (!isQuoted || !text.includes('"')) return text.split(delimiter);
  const values: string[] = [];
  for (let at = 0; ; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at);
      const value = end < 0 ? text.slice(at) : text.slice(at, end);
      if (value.includes('"')) return undefined;
      values.push(value);
      if (end < 0) return values;
      at = end + delimiter.length;
      continue;
    }
    const close = closingQuote(text, at + 1);
    if (close < 0) return undefined;
    values.push(text.slice(at + 1, close).replaceAll('""', '"'));
    if (close + 1 === text.length) return values;
    if (!text.startsWith(delimiter, close + 1)) return undefined;
    at = close + 1 + delimiter.length;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}
