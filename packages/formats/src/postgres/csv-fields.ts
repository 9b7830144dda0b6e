const QUOTE = 0x22;

/**
 * Fields of one CSV record as csvlog.c and pgaudit.c write them: a field in quotes has its quotes doubled. undefined when the text is none: a quote that is
 * not closed, or something behind one. At most `max` fields are looked at, and one more is given to tell that there were more.
 */
export function csvFields(text: string, from: number, max: number): string[] | undefined {
  const fields: string[] = [];
  let at = from;
  while (fields.length <= max) {
    let end: number;
    if (text.charCodeAt(at) === QUOTE) {
      const close = closingQuote(text, at + 1);
      if (close < 0) return undefined;
      const raw = text.slice(at + 1, close);
      fields.push(raw.includes('"') ? raw.replaceAll('""', '"') : raw);
      end = close + 1;
      if (end < text.length && text[end] !== ',') return undefined;
    } else {
      const comma = text.indexOf(',', at);
      end = comma < 0 ? text.length : comma;
      fields.push(text.slice(at, end));
    }
    if (end >= text.length) return fields;
    at = end + 1;
  }
  return fields;
}

/** Where a field stands, its quotes included; undefined where the text has no such field. */
export function csvSpan(text: string, from: number, index: number): { readonly from: number; readonly to: number } | undefined {
  let at = from;
  for (let field = 0; ; field++) {
    const close = text.charCodeAt(at) === QUOTE ? closingQuote(text, at + 1) : -1;
    const comma = text.indexOf(',', close < 0 ? at : close);
    const end = comma < 0 ? text.length : comma;
    if (field === index) return { from: at, to: end };
    if (comma < 0) return undefined;
    at = comma + 1;
  }
}

/** Where the quote stands that ends the field; -1 when there is none. Two in a row are one of the text. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text.charCodeAt(at + 1) !== QUOTE) return at;
  return -1;
}
