/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/** Quick look: most statements have nothing to hide. */
const SUSPECT = /passw|identified\s+by|pgp_sym|crypt\s*\(|:\/\/|secret|passphrase/i;

/**
 * SQL without the secrets that it spells out: `PASSWORD '…'` in CREATE and ALTER ROLE, USER, USER MAPPING, `password = '…'`, connection texts with a
 * password in it (CREATE SUBSCRIPTION, dblink), addresses with user:password, keys of pgcrypto. A literal that is not closed is hidden to the end.
 */
export function redactSql(sql: string): string {
  if (!SUSPECT.test(sql)) return sql;
  const kept = redactCalls(redactAfterKeywords(sql));
  return redactAddresses(kept.replace(SETTING, (_, key: string) => `${key}${REDACTED}`));
}

/** `password=x` of a connection text, in quotes or not. */
const SETTING = /(\bpass(?:word|wd|file)?\s{0,4}=\s{0,4})(?:\\?'[^']{0,4096}'|[^\s'";,)\]]{1,4096})/gi;
const ADDRESS_CHARS_MAX = 1024;

/** `scheme://user:password@host`. */
function redactAddresses(text: string): string {
  let out = '';
  let done = 0;
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const end = text.indexOf('@', at);
    if (end < 0) break;
    if (end - at > ADDRESS_CHARS_MAX || at < done) continue;
    const account = /^[^\s:@/'"]*:(?=[^\s@'"]+$)/.exec(text.slice(at + 3, end))?.[0];
    if (account === undefined) continue;
    out += text.slice(done, at + 3 + account.length) + REDACTED;
    done = end;
  }
  return done === 0 ? text : out + text.slice(done);
}

/** A text of a record as it may be kept. */
export function shown({ suspect }: { readonly suspect: boolean }, text: string): string {
  return suspect ? redactSql(text) : text;
}

/** A word that ends in one of these, and what may stand between it and its literal. */
const KEYWORD =
  /(?:password|passwd|passphrase|secret|secret_access_key|access_key|identified\s{1,8}by)["']?\s{0,64}(?:=>|:=|=|\(|,|\bTO\b|\bIS\b)?\s{0,64}/gi;
const LITERAL = /(?:[eEnN]|[uU]&)?('+)|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]{0,62})?\$/y;

function redactAfterKeywords(sql: string): string {
  let out = '';
  let done = 0;
  KEYWORD.lastIndex = 0;
  for (let match = KEYWORD.exec(sql); match !== null; match = KEYWORD.exec(sql)) {
    const at = match.index + match[0].length;
    LITERAL.lastIndex = at;
    const literal = LITERAL.exec(sql);
    if (literal === null || at < done) continue;
    const end = literalEnd(sql, at, literal);
    out += `${sql.slice(done, at)}${REDACTED}`;
    done = end;
    KEYWORD.lastIndex = end;
  }
  return done === 0 ? sql : out + sql.slice(done);
}

/** Behind the literal. Quotes in quotes (`EXECUTE 'ALTER ROLE x PASSWORD ''y'''`) end with as many as they began with. */
function literalEnd(sql: string, at: number, literal: RegExpExecArray): number {
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

/** Keys and passwords that functions of pgcrypto take. */
const CALL = /\b(?:pgp_(?:sym|pub)_(?:en|de)crypt(?:_bytea)?|crypt|hmac|encrypt|decrypt|encrypt_iv|decrypt_iv)\s{0,8}\(/gi;
const CALL_CHARS_MAX = 8192;

function redactCalls(sql: string): string {
  if (!/crypt|hmac/i.test(sql)) return sql;
  let out = '';
  let done = 0;
  CALL.lastIndex = 0;
  for (let match = CALL.exec(sql); match !== null; match = CALL.exec(sql)) {
    const from = match.index + match[0].length;
    if (from < done) continue;
    const end = from + closing(sql.slice(from, from + CALL_CHARS_MAX));
    out += sql.slice(done, from) + sql.slice(from, end).replace(/'(?:[^']|'')*(?:'|$)/g, REDACTED);
    done = end;
    CALL.lastIndex = end;
  }
  return out + sql.slice(done);
}

/** Where the parenthesis closes that was open before this text; its end when it does not. */
function closing(text: string): number {
  let depth = 0;
  for (let i = 0, quoted = false; i < text.length; i++) {
    if (text[i] === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (text[i] === '(') depth++;
    else if (text[i] === ')' && depth-- === 0) return i;
  }
  return text.length;
}

/** Whether values of this statement's parameters may be secrets: then they are not kept. */
export function mayHoldSecrets(text: string): boolean {
  return SUSPECT.test(text);
}
