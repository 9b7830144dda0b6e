/**
 * The values of a record in XML, by their names in lower case. Old: `<AUDIT_RECORD NAME="Query" …/>`. New: `<AUDIT_RECORD><NAME>Query</NAME>…</AUDIT_RECORD>`. undefined:
 * it is neither.
 */
export function xmlValues(text: string): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  const pattern = /^<AUDIT_RECORD\s*>/.test(text) ? ELEMENT : ATTRIBUTE;
  for (const match of text.matchAll(pattern)) values[(match[1] ?? '').toLowerCase()] ??= decoded(match[2] ?? '');
  return values['name'] === undefined ? undefined : values;
}

const ATTRIBUTE = /\s([A-Z_]{1,40})="([^"]*)"/g;
const ELEMENT = /<([A-Z_]{1,40})>([^<]*)<\/\1>/g;

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Control characters that XML has no way for are written as references all the same. */
function decoded(text: string): string {
  return text.includes('&')
    ? text.replace(
        /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(lt|gt|amp|quot|apos));/g,
        (whole, decimal?: string, hex?: string, name?: string) => {
          if (name !== undefined) return NAMED[name] ?? whole;
          const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
          return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : whole;
        },
      )
    : text;
}
