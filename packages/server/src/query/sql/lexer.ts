import { denied } from './refusal.ts';

/**
 * Tokens of a *normalised* statement: the output of the engine's own `formatQuerySingleLine`, which has no comments, heredocs, double-quoted
 * names or escapes other than backslash ones. Whatever that formatter does not write is refused here, so this lexer stays small enough
 * to be checked by eye. Text is latin1: one character a byte, so that string literals with any bytes pass through unchanged.
 */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol' | 'end';
  /** As written. */
  readonly text: string;
  /** Of a word or quoted name: the name itself. Of a parameter: its name. Else the text. */
  readonly name: string;
  /** Of a parameter `{name:Type}`: its type. */
  readonly type: string;
  /** Whether white space stands before it: the emitted statement keeps it. */
  readonly spaced: boolean;
}

/** More than this many tokens is no query that a person or a tool writes; it bounds the work of the walk. */
export const TOKENS_MAX = 60_000;

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /'(?:[^'\\]|\\[^])*'/y;
const QUOTED = /`(?:[^`\\]|\\[^])+`/y;
const PARAMETER = /\{([A-Za-z_][A-Za-z0-9_]*):((?:[A-Za-z0-9_(), =.-]|'(?:[^'\\]|\\[^])*'|`(?:[^`\\]|\\[^])+`)+)\}/y;
const SYMBOL = /<=>|->|>=|<=|!=|<>|==|\|\||[()[\],.*+\-/%=<>]/y;
const SPACE = / */y;

export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const space = match(SPACE, text, at)?.[0].length ?? 0;
    at += space;
    if (at >= text.length) break;
    const token = tokenAt(text, at, space > 0);
    if (tokens.length >= TOKENS_MAX) throw denied(`The query has more than ${TOKENS_MAX} words; ask in smaller queries.`);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number, spaced: boolean): Token {
  const make = (kind: Token['kind'], found: string, name = found, type = ''): Token => ({ kind, text: found, name, type, spaced });
  const word = match(WORD, text, at)?.[0];
  if (word !== undefined) return make('word', word);
  const number = match(NUMBER, text, at)?.[0];
  if (number !== undefined) return make('number', number);
  const string = match(STRING, text, at)?.[0];
  if (string !== undefined) return make('string', string);
  const quoted = match(QUOTED, text, at)?.[0];
  if (quoted !== undefined) return make('quoted', quoted, unescapeName(quoted.slice(1, -1)));
  const parameter = match(PARAMETER, text, at);
  if (parameter !== null) return make('parameter', parameter[0], parameter[1], parameter[2]);
  const symbol = match(SYMBOL, text, at)?.[0];
  if (symbol !== undefined) return make('symbol', symbol);
  throw denied(`Daybook's SQL does not know the sign ${JSON.stringify(text.charAt(at))} in this place.`);
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Names with a backslash other than before a backslash or a quote need escapes that no honest name has. */
function unescapeName(body: string): string {
  if (/\\[^\\`'"]/.test(body)) throw denied('A quoted name may not hold control characters.');
  return body.replace(/\\([^])/g, '$1');
}

/** A name as the engine reads it back, whatever it holds. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A string literal of the engine. */
export function quoteString(value: string): string {
  // eslint-disable-next-line no-control-regex -- NUL ends a statement in the engine's lexer, so it is written as an escape.
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replace(/\0/g, '\\0')}'`;
}
