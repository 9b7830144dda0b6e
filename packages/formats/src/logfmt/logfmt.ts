import { type JsonObject, KEYS, unquote } from '@daybook/protocol';
import { claimedEvent } from '../claims/claims.ts';
import { knownEvent } from '../claims/known.ts';
import { CLAIMS_MAPPING, type Mapping, mapped, parseMapping } from '../claims/mapping.ts';
import type { Context, Format, Head } from '../format.ts';
import { quarantine, type Verdict } from '../result.ts';

/**
 * `name=value name="a value" flag`: values with blanks, quotes or `=` in them are in quotes, and escaped as in JSON. There is no standard; this is what the
 * programs that write it (Heroku's, Go's logfmt and slog) have in common.
 */
export const logfmt: Format = {
  name: 'logfmt',
  title: 'logfmt of any program: name=value',
  source: 'logfmt',
  framing: 'lines',
  keepsOriginal: false,
  recognise,
  open: (context) => {
    const option = context.options['mapping'];
    const mapping = option === undefined ? undefined : parseMapping(option);
    return { parse: (record, emit) => emit(record, judge(record.text, context, mapping)), end: () => undefined };
  },
  mapping: CLAIMS_MAPPING,
};

function recognise({ lines }: Head): number {
  const some = lines.slice(0, 50);
  const read = some.map(pairsOf).filter((pairs) => typeof pairs !== 'string' && Object.keys(pairs).length > 1);
  if (some.length === 0 || read.length * 2 < some.length) return 0;
  const known = Object.keys(read[0] ?? {}).filter((key) => KEYS.has(key)).length;
  return known >= 2 ? 0.3 : 0.15;
}

function judge(text: string, context: Context, mapping: Mapping | undefined): Verdict {
  const pairs = pairsOf(text);
  if (typeof pairs === 'string') return quarantine(pairs, REASONS[pairs] ?? '');
  return mapping === undefined ? knownEvent(pairs, context) : claimedEvent(mapped(mapping, pairs), context, false);
}

const REASONS: Readonly<Record<string, string>> = {
  not_logfmt: 'this line is no list of name=value',
  duplicate_key: 'the same name stands twice in this line: what it means can not be told',
  logfmt_quotes: 'a value in quotes does not end, or is not one of logfmt',
};

/** Names: no blanks, quotes or `=`. */
const PAIR = /([^\s="]{1,128})(?:=(?:"((?:[^"\\]|\\[^])*)"(?=\s|$)|([^\s"]*)(?=\s|$))|(?=\s|$))\s*/y;

function pairsOf(text: string): JsonObject | string {
  const object: Record<string, string | boolean> = {};
  let isPair = false;
  PAIR.lastIndex = text.length - text.trimStart().length;
  while (PAIR.lastIndex < text.length) {
    const match = PAIR.exec(text);
    if (match === null) return isPair || text.includes('="') ? 'logfmt_quotes' : 'not_logfmt';
    const [whole, name = '', quoted, bare] = match;
    if (Object.hasOwn(object, name)) return 'duplicate_key';
    if (whole.includes('=')) isPair = true;
    const value = quoted === undefined ? (bare ?? true) : unescaped(quoted);
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return isPair ? object : 'not_logfmt';
}

/** As JSON does; what JSON does not know stays as it is. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return unquote(`"${text}"`);
  } catch {
    return text.replace(/\\(["\\])/g, '$1');
  }
}
