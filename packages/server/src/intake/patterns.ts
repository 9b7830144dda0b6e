import type { Config } from '../base/config.ts';

/**
 * Secrets inside of longer texts, masked in place. Every expression here is linear: what may repeat without bound is never behind another
 * unbounded repetition, and the ends of quoted values are found by plain loops. Input is hostile and up to 2 MiB long.
 */
export type Pattern = Config['redact']['patterns'][number];

export interface Masked {
  readonly text: string;
  /** Which patterns were found; empty when `text` is unchanged. */
  readonly found: readonly Pattern[];
}

/** A text without one of these words, and with fewer digits than a card number has, holds nothing that the patterns below mask. */
const SUSPECT = /bearer|basic|passw|passphrase|pwd|identified|secret|token|(?:api|access|private)[_-]?key|authorization|cookie|eyJ|dbk_|@/i;
export const CARD_DIGITS_MIN = 13;
const CARD_DIGITS_MAX = 19;

/** Masks what the chosen patterns find in `text`. */
export function maskText(text: string, patterns: ReadonlySet<Pattern>): Masked {
  const suspect = SUSPECT.test(text);
  const digits = CARD_RUN.test(text);
  CARD_RUN.lastIndex = 0;
  if (!suspect && !digits) return { text, found: [] };
  let masked = text;
  const found: Pattern[] = [];
  for (const pattern of ORDER) {
    if (!patterns.has(pattern)) continue;
    const next = MASKS[pattern](masked);
    if (next !== masked) found.push(pattern);
    masked = next;
  }
  return { text: masked, found };
}

/** Whether a string may hold a secret: the cheap question before `maskText`. */
export function isSuspect(text: string): boolean {
  return SUSPECT.test(text);
}

/**
 * The same question on bytes, before a string is made: whether three letters follow one another with which a word of SUSPECT begins. Says yes too
 * often, never too seldom.
 */
export function isSuspectBytes(bytes: Uint8Array, from: number, to: number): boolean {
  let three = 0;
  for (let at = from; at < to; at++) {
    const c = bytes[at] ?? 0;
    three = ((three << 5) | (c & 31)) & 0x7fff;
    if (SUSPECT_THREES[three] === 1 || c === AT_SIGN) return true;
  }
  return false;
}

const AT_SIGN = 0x40;
/** Five bits per letter tell letters apart without their case. */
const SUSPECT_THREES = new Uint8Array(0x8000);
for (const word of ['bea', 'bas', 'pas', 'pwd', 'ide', 'sec', 'tok', 'api', 'acc', 'pri', 'aut', 'coo', 'eyj', 'dbk']) {
  SUSPECT_THREES[Buffer.from(word).reduce((three, c) => (three << 5) | (c & 31), 0)] = 1;
}

// Tokens before pairs: `authorization: Bearer x` must lose x, not the word Bearer alone.
const ORDER: readonly Pattern[] = ['url_password', 'bearer', 'sql_password', 'card'];

const MASKS: Readonly<Record<Pattern, (text: string) => string>> = {
  card: maskCards,
  bearer: maskTokens,
  url_password: maskUrlPasswords,
  sql_password: maskPasswords,
};

export function maskOf(pattern: Pattern): string {
  return `[redacted:${pattern}]`;
}

// ---- card numbers

const CARD_RUN = /\d(?:[ -]?\d){12,}/g;
/** Separated groups of a card number have at least three digits; shorter ones make dates and lists of small numbers. */
const CARD_GROUP_MIN = 3;

function maskCards(text: string): string {
  return text.replace(CARD_RUN, maskCardRun);
}

/** Within a run of digits and single separators: masks every number that begins and ends at a border of groups and is a valid card number. */
function maskCardRun(run: string): string {
  let out = '';
  let done = 0;
  for (let at = 0; at < run.length; ) {
    const end = cardEnd(run, at);
    if (end > at) {
      out += run.slice(done, at) + maskOf('card');
      done = end;
    }
    at = groupEnd(run, Math.max(at, end)) + 1;
  }
  return done === 0 ? run : out + run.slice(done);
}

/** End of the longest card number that begins with the group at `from`; `from` itself when there is none. */
function cardEnd(run: string, from: number): number {
  const first = run.charCodeAt(from);
  if (first < CARD_FIRST_MIN || first > CARD_FIRST_MAX) return from;
  let longest = from;
  let digits = 0;
  for (let at = from; at < run.length; ) {
    const end = groupEnd(run, at);
    digits += end - at;
    if (end - at < CARD_GROUP_MIN || digits > CARD_DIGITS_MAX) break;
    // The check digit first: it needs no string, and refuses nine of ten.
    if (digits >= CARD_DIGITS_MIN && luhn(run, from, end) && CARD_NETWORKS.test(run.slice(from, end).replaceAll(SEPARATOR, '')))
      longest = end;
    at = end + 1;
  }
  return longest;
}

function groupEnd(run: string, from: number): number {
  let at = from;
  while (at < run.length && run.charCodeAt(at) >= DIGIT_ZERO) at++;
  return at;
}

const SEPARATOR = /[ -]/g;
const DIGIT_ZERO = 0x30;
/** Card numbers begin with 2 … 6. */
const CARD_FIRST_MIN = 0x32;
const CARD_FIRST_MAX = 0x36;

/** Lengths and first digits of the card networks (ISO/IEC 7812). */
const CARD_NETWORKS =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6\d{15,18}|5[06-8]\d{14,17})$/;

function luhn(run: string, from: number, end: number): boolean {
  let sum = 0;
  let double = false;
  for (let at = end - 1; at >= from; at--) {
    const digit = run.charCodeAt(at) - DIGIT_ZERO;
    if (digit < 0) continue;
    const value = double ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    double = !double;
  }
  return sum % 10 === 0;
}

// ---- tokens

// The look-behind lets a token begin only where a run of its characters begins: one start per run keeps the search linear.
const JWT = /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*/g;
const DAYBOOK_TOKEN = /dbk_[\w-]{8,}/g;
const BEARER = /\bbearer(?:\s{1,8}|\s{0,8}[:=]\s{0,8})["']?[\w.~+/=-]{6,}/gi;
const BASIC = /\bbasic\s{1,8}([\w+/-]{6,}={0,2})/gi;
/** What tells base64 from a word: a digit, a sign, or a capital behind a small letter. */
const BASE64_SIGN = /[\d+/=]|[a-z][A-Z]/;
const TOKEN_KEY = /(?:token|api[_-]?key|access[_-]?key|private[_-]?key)(?:\\{0,8}["'])?\s{0,8}(?:=>|[:=])\s{0,8}/gi;
const HEADER_KEY = /(?:authorization|cookie)(?:\\{0,8}["'])?\s{0,8}(?:=>|[:=])\s{0,8}/gi;
/** `token: expired` is no secret; a secret token has more characters. */
const TOKEN_CHARS_MIN = 8;

function maskTokens(text: string): string {
  const mask = maskOf('bearer');
  const masked = text
    .replace(JWT, mask)
    .replace(DAYBOOK_TOKEN, mask)
    .replace(BEARER, (match) => `${match.slice(0, 6)} ${mask}`)
    .replace(BASIC, (match, token: string) => (BASE64_SIGN.test(token) ? `${match.slice(0, 5)} ${mask}` : match));
  const headers = maskAfter(masked, HEADER_KEY, mask, { end: lineEnd, charsMin: 1 });
  return maskAfter(headers, TOKEN_KEY, mask, { end: wordEnd, charsMin: TOKEN_CHARS_MIN });
}

// ---- passwords

const URL_PASSWORD = /(:\/\/[^\s/?#@:"'<>]*:)[^\s/?#"'<>]*@/g;
const PASSWORD_KEY = /(?:password|passwd|passphrase|pwd|secret)(?:\\{0,8}["'])?\s{0,8}(?:=>|:=|[:=])\s{0,8}(?:password\s{0,8}\(\s{0,8})?/gi;
/** PASSWORD 'x', PASSWORD('x'), PASSWORD E'x', PASSWORD $$x$$: only what is quoted, for `password incorrect` is a common sentence. */
const SQL_PASSWORD = /password(?:\s{1,8}|\s{0,8}\(\s{0,8})(?:[en]|_utf8(?:mb4)?)?(?=['"$])/gi;
const SQL_IDENTIFIED =
  /identified\s{1,8}(?:with\s{1,8}["'`]?\w{1,64}["'`]?\s{1,8})?(?:by|as|using)\s{1,8}(?:password\s{1,8}|values\s{1,8})?/gi;

function maskUrlPasswords(text: string): string {
  return text.replace(URL_PASSWORD, (_, before: string) => `${before}${maskOf('url_password')}@`);
}

function maskPasswords(text: string): string {
  const mask = maskOf('sql_password');
  const rule = { end: wordEnd, charsMin: 1 };
  return maskAfter(maskAfter(maskAfter(text, SQL_IDENTIFIED, mask, rule), SQL_PASSWORD, mask, rule), PASSWORD_KEY, mask, rule);
}

// ---- values behind a key

interface ValueRule {
  /** End of a value that is not quoted. */
  readonly end: (text: string, from: number) => number;
  readonly charsMin: number;
}

/** Masks the value behind each match of `key` (global). Quotes around the value stay. */
function maskAfter(text: string, key: RegExp, mask: string, rule: ValueRule): string {
  key.lastIndex = 0;
  let out = '';
  let done = 0;
  for (let match = key.exec(text); match !== null; match = key.exec(text)) {
    const from = match.index + match[0].length;
    const [begin, end] = valueRange(text, from, rule);
    // What is masked already (by a pattern before this one) stays as it is.
    if (end - begin >= rule.charsMin && !text.startsWith('[redacted:', begin)) {
      out += text.slice(done, begin) + mask;
      done = end;
    }
    key.lastIndex = Math.max(end, from, match.index + 1);
  }
  return done === 0 ? text : out + text.slice(done);
}

function valueRange(text: string, from: number, rule: ValueRule): [number, number] {
  let quoteAt = from;
  while (text.charAt(quoteAt) === '\\') quoteAt++;
  const quote = text.charAt(quoteAt);
  if (quote === '"' || quote === "'") {
    const begin = quoteAt + 1;
    return [begin, quoteAt > from ? indexOrEnd(text, text.slice(from, begin), begin) : quotedEnd(text, begin, quote)];
  }
  if (quote === '$' && quoteAt === from) {
    DOLLAR_TAG.lastIndex = from;
    const tag = DOLLAR_TAG.exec(text)?.[0];
    if (tag !== undefined) return [from + tag.length, indexOrEnd(text, tag, from + tag.length)];
  }
  return [from, rule.end(text, from)];
}

const DOLLAR_TAG = /\$\w{0,63}\$/y;

function indexOrEnd(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at;
}

/** SQL doubles a quote or escapes it; an unterminated text (cut by its source) is all secret. */
function quotedEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    const c = text.charAt(at);
    if (c === '\\') at++;
    else if (c === quote) {
      if (text.charAt(at + 1) !== quote) return at;
      at++;
    }
  }
  return text.length;
}

function wordEnd(text: string, from: number): number {
  return endBy(text, from, WORD_STOP);
}

function lineEnd(text: string, from: number): number {
  return endBy(text, from, LINE_STOP);
}

function endBy(text: string, from: number, stop: RegExp): number {
  stop.lastIndex = from;
  return stop.exec(text)?.index ?? text.length;
}

const WORD_STOP = /[\s&,;"'<>)}\]]/g;
const LINE_STOP = /[\r\n"']/g;
