import { quoteString } from './lexer.ts';
import { denied, SqlRefusal } from './refusal.ts';
import { clip } from './walker.ts';

/** A parameter that stands for a name, not a value, could name any table; one that stands for a state could crash the engine's reader of it. */
const REFUSED_TYPES = /identifier|aggregatefunction/i;

/** These read their text as it is; all others take the escapes of tab-separated text first, as ClickHouse does. */
const COMPOSITE = /^(?:Array|Map|Tuple|Nested|Variant|JSON|Object|Dynamic)\b/;

/** `{name:Type}` → a literal: values never reach the engine as anything else. Text is latin1, one character a byte. */
export function parameterLiteral(parameters: ReadonlyMap<string, string>, name: string, type: string): string {
  if (REFUSED_TYPES.test(type)) throw denied(`A parameter of type ${clip(type)} is not taken: write the name into the query.`);
  const given = parameters.get(name);
  if (given === undefined)
    throw new SqlRefusal('UNKNOWN_QUERY_PARAMETER', `The query parameter ${clip(name)} is not set; send it as param_${clip(name)}.`);
  const trimmed = type.trim();
  const isNull = given === '\\N' && trimmed.startsWith('Nullable(');
  const value = isNull ? 'NULL' : quoteString(Buffer.from(COMPOSITE.test(trimmed) ? given : unescapeTsv(given), 'utf8').toString('latin1'));
  return `CAST(${/\bMap\(/.test(trimmed) ? structure(given, name) : value}, ${quoteString(trimmed)})`;
}

const STRUCTURE = /'(?:[^'\\]|\\[^])*'|[-+]?[0-9][0-9A-Za-z.+-]*|NULL|true|false|nan|inf|[[\](){},:]|\s+/gy;

/** The engine casts no text to a map: its text form is rewritten as an expression, `{'a':1}` as `map('a',1)`. Only literals and brackets are known. */
function structure(text: string, name: string): string {
  const pieces = text.match(STRUCTURE) ?? [];
  if (pieces.join('').length !== text.length || text.includes('\0'))
    throw new SqlRefusal('BAD_ARGUMENTS', `The value of the query parameter ${clip(name)} is not understood.`);
  const written = pieces.map((piece) => (piece === '{' ? 'map(' : piece === '}' ? ')' : piece === ':' ? ',' : piece)).join('');
  return Buffer.from(written, 'utf8').toString('latin1');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0', a: '\x07', v: '\v' };

function unescapeTsv(text: string): string {
  return text.replace(/\\([^])/g, (_all, letter: string) => ESCAPES[letter] ?? letter);
}
