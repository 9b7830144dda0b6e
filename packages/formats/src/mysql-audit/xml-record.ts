/**
 * The values of a record in XML, by their names in lower case. Old: `<AUDIT_RECORD NAME="Query" …/>`. New: `<AUDIT_RECORD><NAME>Query</NAME>…</AUDIT_RECORD>`. undefined:
 * it is neither; `ambiguous`: a name in it imitates other values, and which are true can't be told.
 */
export function xmlValues(text: string): Record<string, unknown> | 'ambiguous' | undefined {
  const values = /^<AUDIT_RECORD\s*>/.test(text) ? elements(text) : attributes(text);
  return values === 'ambiguous' || values['name'] !== undefined ? values : undefined;
}

/** Percona's plugin of 5.5 and 5.6 left quotes as they are in names of users and databases: a value ends where another begins, or the record. */
const ATTRIBUTE = /\s([A-Z_]{1,40})="((?:[^"]|"(?!\s{1,8}[A-Z_]{1,40}="|\s{0,8}\/?>))*)"/g;
const ELEMENT = /<([A-Z_]{1,40})>([^<]*)<\/\1>/g;

function attributes(text: string): Record<string, unknown> | 'ambiguous' {
  const values: Record<string, unknown> = {};
  for (const [, upper = '', value = ''] of text.matchAll(ATTRIBUTE)) {
    const name = upper.toLowerCase();
    if (values[name] !== undefined) return 'ambiguous';
    values[name] = decoded(value);
  }
  return values;
}

const CLIENT = 'CONNECTION_ATTRIBUTES>';

/** What the client says of itself is a list of its own: `<ATTRIBUTE><NAME>_pid</NAME><VALUE>42</VALUE></ATTRIBUTE>`. */
function elements(text: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const from = text.indexOf(`<${CLIENT}`);
  const to = from < 0 ? -1 : text.indexOf(`</${CLIENT}`, from);
  const own = to < 0 ? text : text.slice(0, from) + text.slice(to + CLIENT.length + 2);
  for (const [, name = '', value = ''] of own.matchAll(ELEMENT)) values[name.toLowerCase()] ??= decoded(value);
  if (to < 0) return values;
  const said: [string, string][] = [];
  for (const [, name, value = ''] of text.slice(from, to).matchAll(ELEMENT)) {
    const last = said.at(-1);
    if (name === 'NAME') said.push([decoded(value), '']);
    else if (name === 'VALUE' && last !== undefined) last[1] = decoded(value);
  }
  values['connection_attributes'] = Object.fromEntries(said);
  return values;
}

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
