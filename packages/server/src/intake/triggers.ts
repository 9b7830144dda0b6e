import { ITEM_BYTES_MAX } from './limits.ts';

/**
 * The words with which secrets begin, told by three letters: one cheap pass over a text says which patterns may find something in it, and most texts are
 * done with. Says yes too often, never too seldom.
 */
export const Trigger = {
  jwt: 1,
  daybookToken: 2,
  bearer: 4,
  basic: 8,
  header: 16,
  tokenKey: 32,
  identified: 64,
  sqlPassword: 128,
  passwordKey: 256,
  url: 512,
  card: 1024,
} as const;
const ALL = 2047;

const WORDS: Readonly<Record<string, number>> = {
  eyj: Trigger.jwt,
  dbk: Trigger.daybookToken,
  bea: Trigger.bearer,
  bas: Trigger.basic,
  aut: Trigger.header,
  coo: Trigger.header,
  tok: Trigger.tokenKey,
  api: Trigger.tokenKey,
  acc: Trigger.tokenKey,
  pri: Trigger.tokenKey,
  ide: Trigger.identified,
  pas: Trigger.sqlPassword | Trigger.passwordKey,
  pwd: Trigger.passwordKey,
  sec: Trigger.passwordKey,
  '://': Trigger.url,
};
/** By the last three letters, as `nextThree` puts them together. */
const TRIGGERS = new Uint16Array(0x8000);
for (const [word, triggers] of Object.entries(WORDS)) TRIGGERS[Buffer.from(word).reduce(nextThree, 0)] = triggers;

/** Five bits a letter tell letters apart without their case; other signs pass for letters, which only makes for a needless look. */
function nextThree(three: number, letter: number): number {
  return ((three << 5) | (letter & 31)) & 0x7fff;
}

export const CARD_DIGITS_MIN = 13;
/** Digits enough for a card number, with single blanks or dashes between them. */
const CARD_DIGITS = /\d(?:[ -]?\d){12}/;

/** Bytes are passed over three times as fast as the characters of a string. Of a text that is longer than an item may be, all is believed. */
const scratch = Buffer.allocUnsafeSlow(ITEM_BYTES_MAX);

/** What a text may hold, as bits of `Trigger`. */
export function triggersOf(text: string): number {
  if (text.length > scratch.length) return ALL;
  // Of a character beyond Latin-1 the lower byte is left, which passes for a letter at the worst.
  const length = scratch.write(text, 0, 'latin1');
  let found = CARD_DIGITS.test(text) ? Trigger.card : 0;
  let three = 0;
  for (let at = 0; at < length; at++) {
    three = nextThree(three, scratch[at] ?? 0);
    found |= TRIGGERS[three] ?? 0;
  }
  return found;
}

/**
 * Whether there is a trigger in bytes, before a string is made: any but that of card numbers, whose digits the scanner counts; a sign `@` for that of
 * URLs, which are common where none has a password.
 */
export function isSuspectBytes(bytes: Uint8Array, from: number, to: number): boolean {
  let three = 0;
  for (let at = from; at < to; at++) {
    const c = bytes[at] ?? 0;
    three = nextThree(three, c);
    if (((TRIGGERS[three] ?? 0) & ~Trigger.url) !== 0 || c === AT_SIGN) return true;
  }
  return false;
}

/** In place of triggers: the text has escapes that canonical JSON writes in another way. */
export const ESCAPED_OTHERWISE = -1;

/**
 * The triggers inside of a JSON string as it stands, if it is canonical. An escape hides none: no trigger has a sign that canonical JSON escapes. Digits
 * may be a card's when thirteen follow one another, blanks and dashes between them.
 */
export function triggersInJson(bytes: Uint8Array, from: number, to: number): number {
  let three = 0;
  let digits = 0;
  let found = 0;
  let atSign = 0;
  for (let at = from; at < to; at++) {
    const c = bytes[at] ?? 0;
    three = nextThree(three, c);
    found |= TRIGGERS[three] ?? 0;
    if (c >= ZERO && c <= NINE) {
      if (++digits >= CARD_DIGITS_MIN) found |= Trigger.card;
    } else if (c !== BLANK && c !== DASH) {
      digits = 0;
      if (c === AT_SIGN) atSign = Trigger.url;
      else if (c === BACKSLASH && (CANONICAL_ESCAPES[bytes[++at] ?? 0] ?? 0) === 0) return ESCAPED_OTHERWISE;
    }
  }
  // URLs are common where none has a password: one stands before a sign `@`.
  return found & (~Trigger.url | atSign);
}

const AT_SIGN = 0x40;
const ZERO = 0x30;
const NINE = 0x39;
const BLANK = 0x20;
const DASH = 0x2d;
const BACKSLASH = 0x5c;
/** `\"`, `\\`, and the controls that have a letter. */
const CANONICAL_ESCAPES = new Uint8Array(256);
for (const letter of Buffer.from('"\\bfnrt')) CANONICAL_ESCAPES[letter] = 1;
