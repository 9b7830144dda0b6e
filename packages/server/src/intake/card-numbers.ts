import { CARD_DIGITS_MIN } from './triggers.ts';

/** Card numbers in a text: digits, alone or in groups between single blanks or dashes, that a card network gives out and whose check digit is right. */

const CARD_DIGITS_MAX = 19;
/** Separated groups of a card number have at least three digits; shorter ones make dates and lists of small numbers. */
const CARD_GROUP_MIN = 3;
/** So many first digits tell the network. */
const NETWORK_DIGITS = 3;

/** Puts `mask` in the place of each. */
export function maskCards(text: string, mask: string): string {
  let out = '';
  let done = 0;
  let at = 0;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    if (c < ZERO || c > NINE) {
      at++;
      continue;
    }
    // A number may begin where a group does.
    const end = c < CARD_FIRST_MIN || c > CARD_FIRST_MAX ? at : cardEnd(text, at);
    if (end > at) {
      out += text.slice(done, at) + mask;
      done = end;
      at = end;
    } else {
      while (digitAt(text, at) >= 0) at++;
    }
  }
  return done === 0 ? text : out + text.slice(done);
}

/** End of the longest card number that begins at `from`; `from` itself when there is none. */
function cardEnd(text: string, from: number): number {
  let longest = from;
  let network = 0;
  let digits = 0;
  let group = 0;
  // The check (Luhn) doubles every second digit from the end: one sum for an even number of digits, one for an odd.
  let even = 0;
  let odd = 0;
  for (let at = from; ; at++) {
    const digit = digitAt(text, at);
    if (digit >= 0) {
      if (digits === CARD_DIGITS_MAX) return longest;
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
      const isEven = digits % 2 === 0;
      even += isEven ? doubled : digit;
      odd += isEven ? digit : doubled;
      if (digits < NETWORK_DIGITS) network = network * 10 + digit;
      digits++;
      group++;
      continue;
    }
    if (group < CARD_GROUP_MIN) return longest;
    if (digits >= CARD_DIGITS_MIN && (digits % 2 === 0 ? even : odd) % 10 === 0 && isNetwork(network, digits)) longest = at;
    const c = text.charCodeAt(at);
    if (c !== BLANK && c !== DASH) return longest;
    group = 0;
  }
}

/** Lengths and first digits of the card networks (ISO/IEC 7812). */
function isNetwork(first: number, digits: number): boolean {
  const two = Math.floor(first / 10);
  switch (Math.floor(first / 100)) {
    case 2:
      return digits === 16 && first >= 222 && first <= 271;
    case 3:
      if (two === 34 || two === 37) return digits === 15;
      if (two === 35) return digits === 16;
      return digits === 14 && (two === 36 || two === 38 || first <= 305);
    case 4:
      return digits === 13 || digits === 16 || digits === 19;
    case 5:
      if (two >= 51 && two <= 55) return digits === 16;
      return digits >= 16 && two !== 59;
    case 6:
      return digits >= 16;
    default:
      return false;
  }
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

const ZERO = 0x30;
const NINE = 0x39;
/** Card numbers begin with 2 … 6. */
const CARD_FIRST_MIN = 0x32;
const CARD_FIRST_MAX = 0x36;
const BLANK = 0x20;
const DASH = 0x2d;
