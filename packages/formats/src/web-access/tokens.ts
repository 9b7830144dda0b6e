import { quoteFrom } from './escapes.ts';

/** A part of a line between blanks. */
export interface Token {
  /** Without the quotes or brackets around it. */
  readonly text: string;
  readonly kind: 'quoted' | 'bracketed' | 'bare';
  /** Behind it. */
  readonly end: number;
}

/** The token that begins at `at`; one whose quote does not end takes the rest of the line. */
export function tokenAt(text: string, at: number): Token {
  const c = text.charCodeAt(at);
  if (c === QUOTE) {
    const close = quoteFrom(text, at + 1);
    return close < 0
      ? { text: text.slice(at + 1), kind: 'quoted', end: text.length }
      : { text: text.slice(at + 1, close), kind: 'quoted', end: close + 1 };
  }
  if (c === OPEN) {
    const close = text.indexOf(']', at);
    if (close > 0) return { text: text.slice(at + 1, close), kind: 'bracketed', end: close + 1 };
  }
  const end = bareEnd(text, at);
  return { text: text.slice(at, end), kind: 'bare', end };
}

/** Up to a blank; what is quoted behind `=` may hold blanks: `urt="0.1, 0.2"`. */
function bareEnd(text: string, at: number): number {
  const blank = text.indexOf(' ', at);
  const end = blank < 0 ? text.length : blank;
  const quote = text.indexOf('="', at);
  if (quote < 0 || quote > end) return end;
  const close = quoteFrom(text, quote + 2);
  return close < 0 ? text.length : close + 1;
}

const QUOTE = 0x22;
const OPEN = 0x5b;
