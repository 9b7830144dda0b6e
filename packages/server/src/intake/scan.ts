import { JSON_KEYS_MAX, JSON_PATH_CHARS_MAX, KEYS, parseStrict } from '@daybook/protocol';
import { ByteWords, hashBytes, hashStep } from './byte-words.ts';
import type { Draft, Extra } from './draft.ts';
import { ABSENT, ESCAPED, FALSE, HINT_DIGIT, HINT_NON_ASCII, HINT_STOP, HINT_TEXT, HINT_TOKEN } from './draft.ts';
import { NESTED, NULL, NUMBER, STRING, TRUE } from './draft.ts';

/**
 * Reads one item of a body in one pass over its bytes: which keys it has, and where their values begin and end. No string is made for what can be
 * copied as it stands, which is most of an event. Everything unusual (escapes, nested values) is only measured here, and parsed strictly later.
 *
 * The body must be valid UTF-8 (checked for all of it at once), so bytes ≥ 0x80 can only stand inside strings.
 */
const KEY_MARKS = { src: -1, sseq: -2, server: -3 } as const;
const KEY_NAMES = [...KEYS.keys()];
const KEY_WORDS = new ByteWords(KEY_NAMES);
/** For each key: index of its field, or one of the negative marks. */
const KEY_FIELD = Int8Array.from(KEYS.values(), (meaning) => (meaning.kind === 'field' ? meaning.field : KEY_MARKS[meaning.kind]));
const KEY_RANK = Uint8Array.from(KEYS.values(), (meaning) => (meaning.kind === 'field' ? meaning.rank : 0));
/** Which keys of the table an item had: one stamp per item, so that nothing is cleared between items. */
const seen = new Uint32Array(KEY_NAMES.length);
let stamp = 0;

/** Nesting through which a refused value is skipped to find the next item. */
export const SKIPPED_DEPTH_MAX = 1024;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BLANK = 0x20;
const CLASS = byteClasses();
const SPACE = bytesOf(' \t\r\n');
export const NUMERALS = bytesOf('0123456789+-.eE');

/** Scans the item that begins at `start`, an opening brace. Returns the position behind it, or -1 with `draft.fault`. */
export function scanItem(draft: Draft, start: number, end: number): number {
  stamp = stamp === 0xffff_ffff ? 1 : stamp + 1;
  const bytes = draft.bytes;
  let at = skipSpace(bytes, start + 1, end);
  if (bytes[at] === BRACE_CLOSE && at < end) return finish(draft, at + 1);
  for (let keys = 1; ; keys++) {
    if (keys > JSON_KEYS_MAX) return fail(draft, 'too_many_keys', '', `The item has more than ${JSON_KEYS_MAX} keys.`);
    if (at >= end || bytes[at] !== QUOTE) return syntax(draft, at, 'a key was expected');
    const keyFrom = at + 1;
    let hash = 0;
    let c = 0;
    for (at = keyFrom; at < end; at++) {
      c = bytes[at] ?? 0;
      if (((CLASS[c] ?? 0) & HINT_STOP) !== 0) break;
      hash = hashStep(hash, c);
    }
    let key = -1;
    let escaped: string | undefined;
    if (at < end && c === QUOTE) {
      key = KEY_WORDS.find(bytes, keyFrom, at, hash);
    } else {
      at = stringEnd(bytes, keyFrom, end);
      escaped = at < 0 ? undefined : escapedKey(draft, keyFrom - 1, at + 1);
      if (escaped === undefined) return draft.fault === undefined ? syntax(draft, keyFrom, 'a key is no JSON string') : -1;
      key = KEY_NAMES.indexOf(escaped);
    }
    const keyTo = at;
    at = skipSpace(bytes, at + 1, end);
    if (at >= end || bytes[at] !== COLON) return syntax(draft, at, 'a colon was expected');
    const from = skipSpace(bytes, at + 1, end);
    at = scanValue(bytes, from, end);
    if (at < 0) return syntax(draft, from, 'a value was expected');
    if (key >= 0) {
      if (!keep(draft, key, from, at)) return -1;
    } else if (escaped === undefined) {
      const word = wordOf(bytes, keyFrom, keyTo, hash);
      const name = word < 0 ? bytes.toString('utf8', keyFrom, keyTo) : (ownNames[word] ?? '');
      if (!keepUnknown(draft, name, { keyFrom, keyTo, word, from, to: at })) return -1;
    } else if (!keepUnknown(draft, escaped, { keyFrom: -1, keyTo: -1, word: wordOfText(escaped), from, to: at })) return -1;
    at = skipSpace(bytes, at, end);
    if (at >= end) return syntax(draft, at, 'the item does not end');
    c = bytes[at] ?? 0;
    if (c === BRACE_CLOSE) return finish(draft, at + 1);
    if (c !== COMMA) return syntax(draft, at, 'a comma or a closing brace was expected');
    at = skipSpace(bytes, at + 1, end);
  }
}

/** The end of the value that begins at `from`, which may be anything; -1 when it does not end before `end`. For resuming behind a bad item. */
export function skipValue(bytes: Uint8Array, from: number, end: number): number {
  return scanValue(bytes, from, end);
}

export function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (SPACE[bytes[at] ?? 0] ?? 0) !== 0) at++;
  return at;
}

// What scanValue found besides the end: its callers read these at once. Fields of a result object would cost an allocation per value.
let valueKind = ABSENT;
let valueHints = 0;
let valueDigits = 0;

function scanValue(bytes: Uint8Array, from: number, end: number): number {
  const c = from < end ? (bytes[from] ?? 0) : 0;
  valueHints = 0;
  valueDigits = 0;
  if (c === QUOTE) return scanString(bytes, from, end);
  if (c === MINUS || (c >= ZERO && c <= NINE)) {
    valueKind = NUMBER;
    let at = from + 1;
    while (at < end && (NUMERALS[bytes[at] ?? 0] ?? 0) !== 0) at++;
    valueDigits = at - from;
    return at;
  }
  if (c === BRACE_OPEN || c === BRACKET_OPEN) {
    valueKind = NESTED;
    return nestedEnd(bytes, from, end);
  }
  if (c === 0x74 && word(bytes, from, end, 'true')) return literal(TRUE, from + 4);
  if (c === 0x66 && word(bytes, from, end, 'false')) return literal(FALSE, from + 5);
  if (c === 0x6e && word(bytes, from, end, 'null')) return literal(NULL, from + 4);
  return -1;
}

function literal(kind: number, end: number): number {
  valueKind = kind;
  return end;
}

function word(bytes: Uint8Array, from: number, end: number, text: string): boolean {
  if (from + text.length > end) return false;
  for (let i = 1; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

function scanString(bytes: Uint8Array, from: number, end: number): number {
  let hints = 0;
  let digits = 0;
  for (let at = from + 1; at < end; at++) {
    const c = bytes[at] ?? 0;
    const k = CLASS[c] ?? 0;
    hints |= k;
    digits += k & HINT_DIGIT;
    if ((k & HINT_STOP) === 0) continue;
    valueHints = hints;
    valueDigits = digits;
    valueKind = STRING;
    if (c === QUOTE) return at + 1;
    valueKind = ESCAPED;
    return stringEnd(bytes, at, end) + 1 || -1;
  }
  return -1;
}

/** Position of the quote that ends the string in which `from` stands, not behind a backslash; -1 when there is none or a control character. */
export function stringEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const c = bytes[at] ?? 0;
    if (c === QUOTE) return at;
    if (c === BACKSLASH) at++;
    else if (c < BLANK) return -1;
  }
  return -1;
}

/** The extent of an object or array by its brackets; what stands between them is checked when it is parsed. */
function nestedEnd(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at++) {
    const c = bytes[at] ?? 0;
    if (c === QUOTE) {
      at = stringEnd(bytes, at + 1, end);
      if (at < 0) return -1;
    } else if (c === BRACE_OPEN || c === BRACKET_OPEN) {
      // Deeper than any event by far: not worth looking for its end, which a hostile body need not have.
      if (++depth > SKIPPED_DEPTH_MAX) return -1;
    } else if (c === BRACE_CLOSE || c === BRACKET_CLOSE) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** Puts the member that was just scanned into the draft; false with `draft.fault` when it may not stand there. */
function keep(draft: Draft, key: number, from: number, to: number): boolean {
  if (seen[key] === stamp) return duplicate(draft, KEY_NAMES[key] ?? '');
  seen[key] = stamp;
  const field = KEY_FIELD[key] ?? 0;
  if (field < 0) return keepMark(draft, extraOf(key, from, to), field);
  const rank = KEY_RANK[key] ?? 0;
  let loser: Extra | undefined;
  if (draft.kind[field] !== ABSENT) {
    if ((draft.rank[field] ?? 0) < rank) {
      draft.lose(field, extraOf(key, from, to));
      return true;
    }
    loser = draft.extraOf(field);
  }
  draft.set(field, valueKind, from, to);
  draft.rank[field] = rank;
  draft.key[field] = key;
  draft.hints[field] = valueHints;
  draft.digits[field] = valueDigits;
  if (loser !== undefined) draft.lose(field, loser);
  return true;
}

function keepMark(draft: Draft, extra: Extra, mark: number): boolean {
  if (draft.foreignKeys) draft.extras.push(extra);
  else if (mark === KEY_MARKS.src) draft.src = extra;
  else if (mark === KEY_MARKS.sseq) draft.sseq = extra;
  else {
    fail(draft, 'server_field', extra.key, `Only the server sets ${extra.key}.`);
    return false;
  }
  return true;
}

function extraOf(key: number, from: number, to: number): Extra {
  return { key: KEY_NAMES[key] ?? '', keyFrom: -1, keyTo: -1, word: -1, kind: valueKind, from, to };
}

interface Place {
  readonly keyFrom: number;
  readonly keyTo: number;
  readonly word: number;
  readonly from: number;
  readonly to: number;
}

function keepUnknown(draft: Draft, key: string, { keyFrom, keyTo, word, from, to }: Place): boolean {
  if (isSecond(draft, key, word)) return duplicate(draft, key);
  draft.extras.push({ key, keyFrom, keyTo, word, kind: valueKind, from, to });
  return true;
}

/** Whether the item had the key before. */
function isSecond(draft: Draft, key: string, word: number): boolean {
  if (word >= 0) {
    if (seenOwn[word] === stamp) return true;
    seenOwn[word] = stamp;
    return false;
  }
  if (draft.longKeys.has(key)) return true;
  draft.longKeys.add(key);
  return false;
}

/** Names of senders' own members, as strings: the same few come again and again. Beyond so many, each is made anew. */
export const OWN_NAMES_MAX = 4096;
const OWN_NAME_BYTES_MAX = 64;
const ownWords = new ByteWords([], OWN_NAMES_MAX);
const ownNames: string[] = [];
/** Which of them an item had. */
const seenOwn = new Uint32Array(OWN_NAMES_MAX);

/** The number of the name; -1: too long, or one too many. */
function wordOf(bytes: Buffer, from: number, to: number, hash: number): number {
  const known = ownWords.find(bytes, from, to, hash);
  if (known >= 0 || to - from > OWN_NAME_BYTES_MAX) return known;
  const learnt = ownWords.learn(bytes, from, to, hash);
  if (learnt >= 0) ownNames.push(bytes.toString('utf8', from, to));
  return learnt;
}

function wordOfText(name: string): number {
  const bytes = Buffer.from(name);
  return wordOf(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
}

function duplicate(draft: Draft, key: string): boolean {
  fail(draft, 'duplicate_key', key, 'The same key stands twice in the item.');
  return false;
}

/** The text of a string with escapes; undefined with `draft.fault` when it is none. */
function escapedKey(draft: Draft, from: number, to: number): string | undefined {
  const result = parseStrict(draft.bytes.toString('utf8', from, to));
  if (result.ok) return typeof result.value === 'string' ? result.value : '';
  fail(draft, result.code, '', `A key is refused: ${result.message}.`);
  return undefined;
}

/** The name of the key with this number in the table of keys. */
export function keyName(key: number): string {
  return KEY_NAMES[key] ?? '';
}

/** The number of a key of the table. */
export function keyNumber(name: string): number {
  return KEY_NAMES.indexOf(name);
}

function finish(draft: Draft, end: number): number {
  draft.end = end;
  return end;
}

function syntax(draft: Draft, at: number, message: string): number {
  return fail(draft, 'json_syntax', '', `Not JSON: ${message} at byte ${at - draft.start} of the item.`);
}

function fail(draft: Draft, code: string, field: string, message: string): number {
  draft.fault = { code, field: field.slice(0, JSON_PATH_CHARS_MAX), message };
  return -1;
}

function byteClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  classes.fill(HINT_STOP, 0, 0x20);
  classes.fill(HINT_NON_ASCII, 0x80);
  for (const c of '0123456789') classes[c.charCodeAt(0)] = HINT_DIGIT;
  for (const c of '"\\') classes[c.charCodeAt(0)] = HINT_STOP;
  for (const c of " ='$@&;") classes[c.charCodeAt(0)] = HINT_TEXT;
  for (const c of '._') classes[c.charCodeAt(0)] = HINT_TOKEN;
  return classes;
}

function bytesOf(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const c of text) table[c.charCodeAt(0)] = 1;
  return table;
}
