/** What a `%` escape of log_line_prefix stands for (config.sgml, log_line_prefix; log_status_format in elog.c). */
export type PrefixField = (typeof FIELD_OF_ESCAPE)[keyof typeof FIELD_OF_ESCAPE];

const FIELD_OF_ESCAPE = {
  a: 'application',
  u: 'user',
  d: 'database',
  r: 'remote',
  h: 'remoteHost',
  L: 'localAddress',
  b: 'backendType',
  p: 'pid',
  P: 'leaderPid',
  t: 'time',
  m: 'time',
  n: 'epoch',
  i: 'commandTag',
  e: 'sqlState',
  c: 'sessionId',
  l: 'lineNumber',
  s: 'sessionStart',
  v: 'virtualTransaction',
  x: 'transaction',
  Q: 'queryId',
} as const;

export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'field';
      readonly field: PrefixField;
      /** Least width; negative when blanks follow the value instead of standing before it. */
      readonly width: number;
    };

export interface Prefix {
  readonly tokens: readonly Token[];
  /** As many tokens stand before %q: lines of the server's own processes end there. undefined without %q. */
  readonly sessionFrom: number | undefined;
}

/** More escapes than a prefix can use; what is longer is no prefix. */
const PREFIX_CHARS_MAX = 512;

/** The parts of a prefix. An escape that PostgreSQL doesn't know it prints as nothing. */
export function prefixOf(text: string): Prefix {
  const tokens: Token[] = [];
  let sessionFrom: number | undefined;
  let literal = '';
  const flush = () => {
    if (literal !== '') tokens.push({ kind: 'text', text: literal });
    literal = '';
  };
  for (const [part, width = '', letter = ''] of text.slice(0, PREFIX_CHARS_MAX).matchAll(/%(-?\d{0,4})([A-Za-z%])|[\s\S]/g)) {
    if (letter === '%') literal += '%';
    else if (letter === '') literal += part;
    else if (letter === 'q') {
      flush();
      sessionFrom ??= tokens.length;
    } else if (isEscape(letter)) {
      flush();
      tokens.push({ kind: 'field', field: FIELD_OF_ESCAPE[letter], width: Number(width) || 0 });
    }
  }
  flush();
  return { tokens, sessionFrom };
}

function isEscape(letter: string): letter is keyof typeof FIELD_OF_ESCAPE {
  return Object.hasOwn(FIELD_OF_ESCAPE, letter);
}
