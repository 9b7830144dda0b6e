import { Fault, JsonParser, type JsonRules } from './json-parser.ts';

/**
 * What everything uses instead of JSON.parse for texts that may hold an object. The V8 of Node 24 and 26 takes an escaped key for another one
 * that it met in a similar object before: once `{"h":[],"\\":0}` was parsed anywhere in the process, the second key of `{"h":1,"\"":2}` is a
 * backslash (nodejs/node issue 63785; docs/decisions/0010-no-native-parse-of-escaped-keys.md). A text without an escaped key is not affected, and is parsed natively; others by our own parser.
 *
 * Like JSON.parse otherwise, also in what it loses: for what comes from outside and becomes evidence there is parseStrict. Throws SyntaxError,
 * whose message tells the place and nothing of the text. `__proto__` is a key like others.
 */
export function parseJson(text: string): unknown {
  return hasEscapedKey(text) ? parseLossy(text) : JSON.parse(text);
}

/** Far beyond what we write (CANONICAL_DEPTH_MAX), far below what the stack holds (some 9,000 levels). Only texts with an escaped key are bound by it. */
const DEPTH_MAX = 1_000;

/** JSON.parse has no limits of number: who calls it has bounded the text. */
const LOSSY: JsonRules = {
  depthMax: DEPTH_MAX,
  keysMax: Number.POSITIVE_INFINITY,
  valuesMax: Number.POSITIVE_INFINITY,
  lossy: true,
};

function parseLossy(text: string): unknown {
  try {
    return new JsonParser(text, LOSSY).document();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new SyntaxError(`${error.message}, at position ${error.at}`);
  }
}

/**
 * Whether a string with a backslash is followed by a colon. Right for every text that is JSON, where a backslash stands in strings only; for
 * others it does not matter, since both parsers refuse them. Looks at each character a few times at the most, whatever the text.
 */
function hasEscapedKey(text: string): boolean {
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    at = stringEnd(text, at);
    while (isSpace(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) === COLON) return true;
  }
  return false;
}

/** Behind the quote that ends the string whose first backslash is at `from`; behind the text when none does. */
function stringEnd(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    // An even number of backslashes are escapes of one another, an odd one escapes the quote.
    let slashes = quote;
    while (slashes > from && text.charCodeAt(slashes - 1) === BACKSLASH) slashes--;
    if ((quote - slashes) % 2 === 0) return quote + 1;
  }
  return text.length;
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}

const BACKSLASH = 0x5c;
const COLON = 0x3a;
