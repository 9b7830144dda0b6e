import { unquote } from '@daybook/protocol';

/** No program writes so many in a line; what is beyond is not looked at. */
const PAIRS_MAX = 2048;
const NAME_CHARS_MAX = 128;
const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

export type Pairs = Record<string, string | boolean>;
export type PairsFault = 'not_logfmt' | 'logfmt_quotes' | 'too_many_pairs';

/**
 * `name=value name="a value" flag`. A name holds no blanks, quotes or `=`; a value without quotes holds no blanks and no quotes; one in quotes is escaped as in JSON, and a
 * comma may stand behind it (Keycloak's). Of a name that stands twice the first value counts; others are kept under the name with their number: `level_2`.
 */
export function pairsOf(text: string, from = 0): Pairs | PairsFault {
  const pairs: Pairs = {};
  let count = 0;
  let isPair = false;
  for (let at = skipBlanks(text, from); at < text.length; at = skipBlanks(text, at)) {
    if (++count > PAIRS_MAX) return 'too_many_pairs';
    const end = nameEnd(text, at);
    const sign = text.charCodeAt(end);
    if (end === at || end - at > NAME_CHARS_MAX || sign === QUOTE) return isPair || text.includes('="') ? 'logfmt_quotes' : 'not_logfmt';
    const name = text.slice(at, end);
    if (sign !== EQUALS) {
      set(pairs, name, true);
      at = end;
      continue;
    }
    isPair = true;
    const isQuoted = text.charCodeAt(end + 1) === QUOTE;
    const to = isQuoted ? quotedEnd(text, end + 2) : bareEnd(text, end + 1);
    if (to < 0) return 'logfmt_quotes';
    set(pairs, name, isQuoted ? unescaped(text.slice(end + 2, to)) : text.slice(end + 1, to));
    at = isQuoted ? to + 1 : to;
    if (isQuoted && text.charCodeAt(at) === COMMA) at++;
  }
  return isPair ? pairs : 'not_logfmt';
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= BLANK) at++;
  return at;
}

function nameEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === EQUALS || c <= BLANK || c === QUOTE) break;
  }
  return at;
}

/** The end of a value without quotes; -1 when a quote stands in it. */
function bareEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c <= BLANK) break;
    if (c === QUOTE) return -1;
  }
  return at;
}

/** The quote that ends a value; -1 when there is none, or the value goes on behind it. */
function quotedEnd(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && isEscaped(text, at, from)) at = text.indexOf('"', at + 1);
  if (at < 0) return -1;
  const behind = at + 1 === text.length ? BLANK : text.charCodeAt(at + 1);
  return behind <= BLANK || behind === COMMA ? at : -1;
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(text: string, quote: number, from: number): boolean {
  let at = quote;
  while (at > from && text.charCodeAt(at - 1) === BACKSLASH) at--;
  return (quote - at) % 2 === 1;
}

function set(pairs: Pairs, name: string, value: string | boolean): void {
  if (name === '__proto__') Object.defineProperty(pairs, name, { value, enumerable: true, configurable: true, writable: true });
  else if (pairs[name] === undefined || !Object.hasOwn(pairs, name)) pairs[name] = value;
  else if (pairs[name] !== value) again(pairs, name, value);
}

/** As many values of one name are kept apart. */
const SAME_NAME_MAX = 64;

function again(pairs: Pairs, name: string, value: string | boolean): void {
  for (let time = 2; time <= SAME_NAME_MAX; time++) {
    const key = `${name}_${time}`;
    if (Object.hasOwn(pairs, key)) continue;
    pairs[key] = value;
    return;
  }
  const last = `${name}_${SAME_NAME_MAX}`;
  pairs[last] = `${String(pairs[last])} ${String(value)}`;
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
