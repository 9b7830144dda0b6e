/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/** `E'…'`, `U&'…'`, `'…'`, `''…''` within a text, `$$…$$`, `$tag$…$tag$`. */
const LITERAL = /(?:[eEnN]|[uU]&)?('+)|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]{0,62})?\$/y;
/** Pieces of one text, each on a line of its own, are one text. */
const CONTINUED = /\s{0,64}\n\s{0,64}(?=')/y;
/** More pieces of one text are an attack, or none of one. */
const PIECES_MAX = 64;

/** Where the literal ends that begins here; -1 when none does. One that is not closed ends with the text. */
export function literalEnd(sql: string, at: number): number {
  let end = pieceEnd(sql, at);
  for (let pieces = 1; end > 0 && pieces < PIECES_MAX; pieces++) {
    CONTINUED.lastIndex = end;
    if (CONTINUED.exec(sql) === null) break;
    const next = pieceEnd(sql, CONTINUED.lastIndex);
    if (next < 0) break;
    end = next;
  }
  return end;
}

/** Quotes in quotes (`EXECUTE 'ALTER ROLE x PASSWORD ''y'''`) end with as many as they began with. */
function pieceEnd(sql: string, at: number): number {
  LITERAL.lastIndex = at;
  const literal = LITERAL.exec(sql);
  if (literal === null) return -1;
  const from = at + literal[0].length;
  const quotes = literal[1];
  if (quotes === undefined) {
    const end = sql.indexOf(literal[0], from);
    return end < 0 ? sql.length : end + literal[0].length;
  }
  const nested = quotes.length % 2 === 0;
  // `''` alone is an empty text, unless a text within a text begins here.
  if (nested && !/^[^\s,;)]/.test(sql.slice(from, from + 1))) return from;
  const escapes = /^[eE]/.test(literal[0]);
  for (let i = from; i < sql.length; i++) {
    if (escapes && sql[i] === '\\') i++;
    else if (sql[i] === "'") {
      let run = 1;
      while (sql[i + run] === "'") run++;
      if (run % 2 === 1 || (nested && run >= quotes.length)) return Math.min(sql.length, i + (nested ? quotes.length : run));
      i += run - 1;
    }
  }
  return sql.length;
}

/** A text that begins here: quotes only, and what may stand before them. */
export function beginsLiteral(sql: string, at: number): boolean {
  LITERAL.lastIndex = at;
  return LITERAL.test(sql);
}

/** All literals of this stretch, masked. */
export function withoutLiterals(sql: string): string {
  let out = '';
  let done = 0;
  for (let at = nextLiteral(sql, 0); at >= 0; at = nextLiteral(sql, done)) {
    const end = literalEnd(sql, at);
    out += sql.slice(done, at) + REDACTED;
    done = end;
  }
  return out + sql.slice(done);
}

function nextLiteral(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) {
    const c = sql.charCodeAt(at);
    if (c === QUOTE) return at > from && /[eEnN&]/.test(sql[at - 1] ?? '') && beginsLiteral(sql, at - 1) ? at - 1 : at;
    if (c === DOLLAR && beginsLiteral(sql, at)) return at;
  }
  return -1;
}

/** Where the parenthesis closes that was open before this place; at the most `max` characters on. */
export function closing(sql: string, from: number, max: number): number {
  const most = Math.min(sql.length, from + max);
  let depth = 0;
  for (let at = from; at < most; at++) {
    const c = sql.charCodeAt(at);
    if (c === QUOTE || (c === DOLLAR && beginsLiteral(sql, at))) at = Math.max(at, literalEnd(sql, at) - 1);
    else if (c === OPEN) depth++;
    else if (c === CLOSE && depth-- === 0) return at;
  }
  return most;
}

const QUOTE = 0x27;
const DOLLAR = 0x24;
const OPEN = 0x28;
const CLOSE = 0x29;
