import { exactNumber, isRecord, isWellFormed, type JsonRecord, parseJson } from '@daybook/protocol';

/**
 * The object in a record's text without loss: a number that a double can't hold becomes the text of its literal, a lone surrogate U+FFFD (the ledger
 * takes neither). undefined when the text is no JSON object. `read`: what a parser made of the text already.
 */
export function objectIn(text: string, read?: JsonRecord): JsonRecord | undefined {
  try {
    const value = MAYBE_LOSSY.test(text) ? parseJson(withTextForLossyNumbers(text)) : (read ?? parseJson(text));
    if (!isRecord(value)) return undefined;
    return text.includes('\\u') && SURROGATE_ESCAPE.test(text) ? wellFormedObject(value, 0) : value;
  } catch {
    return undefined;
  }
}

/** A number of more than 15 digits, or with an exponent, as it can stand in JSON; now and then only a text that looks so. */
const MAYBE_LOSSY = /[:,[\s]-?(?:[\d.]{16}|\d[\d.]{0,15}[eE])/;
const NUMBER = /-?\d[\d.]*(?:[eE][+-]?\d+)?/y;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;
/** Deeper objects are left alone here, and refused when their members are looked at (attributes.ts). */
const DEPTH_MAX = 256;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function withTextForLossyNumbers(text: string): string {
  let out = '';
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) at = stringEnd(text, at + 1);
    else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(text)?.[0] ?? '';
      if (literal !== '' && exactNumber(literal) === undefined) {
        out += `${text.slice(copied, at)}"${literal}"`;
        copied = at + literal.length;
      }
      at += Math.max(literal.length, 1) - 1;
    }
  }
  return out + text.slice(copied);
}

/** Where the string that was opened before `at` ends. */
function stringEnd(text: string, at: number): number {
  for (let end = at; end < text.length; end++) {
    const c = text.charCodeAt(end);
    if (c === BACKSLASH) end++;
    else if (c === QUOTE) return end;
  }
  return text.length;
}

function wellFormed(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return isWellFormed(value) ? value : value.replace(LONE_SURROGATE, '\uFFFD');
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => wellFormed(item, depth + 1));
  return isRecord(value) ? wellFormedObject(value, depth) : value;
}

function wellFormedObject(object: JsonRecord, depth: number): JsonRecord {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key.replace(LONE_SURROGATE, '\uFFFD'), wellFormed(value, depth + 1)]),
  );
}
