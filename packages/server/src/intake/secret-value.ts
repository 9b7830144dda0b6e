/**
 * Where a secret begins and ends that stands behind a key. Found by plain loops over characters where it may be long: an expression would have to
 * remember each of them. A hostile text has a key every six characters, so nothing is allocated for one: what was found stands in `value`.
 */
export const value = {
  from: 0,
  to: 0,
  /** Where to look for the next secret of the same form. */
  next: 0,
};

/** Finds what is masked behind a key that ends at `keyEnd`; false when that is no secret. */
export type ValueFinder = (text: string, keyEnd: number) => boolean;

function found(from: number, to: number): true {
  value.from = from;
  value.to = to;
  value.next = to;
  return true;
}

function nothing(next: number): false {
  value.next = next;
  return false;
}

/** What `rest` (sticky) matches behind the key, and so many characters of the key itself. */
export function matched(rest: RegExp, keyChars: number): ValueFinder {
  return (text, keyEnd) => {
    rest.lastIndex = keyEnd;
    return rest.test(text) ? found(keyEnd - keyChars, rest.lastIndex) : nothing(keyEnd);
  };
}

/** The same, if it looks like base64. */
export function matchedBase64(rest: RegExp): ValueFinder {
  const find = matched(rest, 0);
  return (text, keyEnd) => find(text, keyEnd) && BASE64_SIGN.test(text.slice(value.from, value.to));
}

/** What tells base64 from a word: a digit, a sign, or a capital behind a small letter. */
const BASE64_SIGN = /[\d+/=]|[a-z][A-Z]/;

/** Behind `scheme://user:`, all up to the last `@` before the path. */
export function urlPassword(text: string, keyEnd: number): boolean {
  let last = -1;
  for (let at = keyEnd; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (URL_STOPS[c] !== 0) break;
    if (c === AT_SIGN) last = at;
  }
  // The colon that ended the key may begin the next one.
  return last < 0 ? nothing(keyEnd - 1) : found(keyEnd, last);
}

/** The word behind a key, or what is quoted there; masked already (by a form before this one) it is none. */
export function wordValue(charsMin: number): ValueFinder {
  return (text, keyEnd) => valueAt(text, keyEnd, WORD_STOPS) && value.to - value.from >= charsMin;
}

/** The same to the end of the line. */
export function lineValue(text: string, keyEnd: number): boolean {
  return valueAt(text, keyEnd, LINE_STOPS) && value.to > value.from;
}

function valueAt(text: string, keyEnd: number, stops: Uint8Array): boolean {
  const from = valueBegin(text, keyEnd);
  const end = from === keyEnd ? unquotedEnd(text, from, stops) : openedEnd(text, keyEnd, from);
  const to = text.startsWith(FORMATS_MASK, from) ? Math.max(end, from + FORMATS_MASK.length) : end;
  return found(from, to) && !text.startsWith('[redacted:', from);
}

/** What a format put in place of a secret. Its bracket would end a word, and be left behind the mask that takes its place. */
const FORMATS_MASK = '[redacted]';

/** Behind the quote (with backslashes before it, in a text within a text) or the dollar tag that stands at `at`; else `at`. */
function valueBegin(text: string, at: number): number {
  let opening = at;
  while (text.charCodeAt(opening) === BACKSLASH) opening++;
  const c = text.charCodeAt(opening);
  if (c === QUOTE || c === APOSTROPHE) return opening + 1;
  if (c !== DOLLAR || opening > at) return at;
  DOLLAR_TAG.lastIndex = at;
  return DOLLAR_TAG.test(text) ? DOLLAR_TAG.lastIndex : at;
}

/** End of a value that was opened by what stands at `[at, from)`. */
function openedEnd(text: string, at: number, from: number): number {
  if (from - at === 1) return quotedEnd(text, from, text.charCodeAt(at));
  const end = text.indexOf(text.slice(at, from), from);
  return end < 0 ? text.length : end;
}

/** SQL doubles a quote or escapes it; an unterminated text (cut by its source) is all secret. */
function quotedEnd(text: string, from: number, quote: number): number {
  for (let at = from; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === BACKSLASH) at++;
    else if (c === quote) {
      if (text.charCodeAt(at + 1) !== quote) return at;
      at++;
    }
  }
  return text.length;
}

function unquotedEnd(text: string, from: number, stops: Uint8Array): number {
  let at = from;
  while (at < text.length && stops[text.charCodeAt(at)] === 0) at++;
  return at;
}

/** By UTF-16 unit: 1 for each of `signs`. */
function unitsOf(signs: string): Uint8Array {
  const units = new Uint8Array(0x10000);
  for (let i = 0; i < signs.length; i++) units[signs.charCodeAt(i)] = 1;
  return units;
}

/** What `\s` matches. */
const WHITE_SPACE =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
const WORD_STOPS = unitsOf(`${WHITE_SPACE}&,;"'<>)}]`);
const LINE_STOPS = unitsOf('\r\n"\'');
const URL_STOPS = unitsOf(`${WHITE_SPACE}/?#"'<>`);
const DOLLAR_TAG = /\$\w{0,63}\$/y;
const AT_SIGN = 0x40;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const DOLLAR = 0x24;
