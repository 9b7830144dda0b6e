import { redactedCommand } from '../redaction/command-line.ts';
import { beginsLiteral, closing, literalEnd, REDACTED, withoutLiterals } from './literals.ts';
import { redactRows } from './redact-rows.ts';
import { mayHoldSecrets, SECRET_NAME } from './secret-names.ts';

export { REDACTED } from './literals.ts';

/**
 * SQL without the secrets that it spells out: `PASSWORD '…'` in CREATE and ALTER ROLE, USER, USER MAPPING, texts behind a name that is one of a secret,
 * connection texts with a password in it (CREATE SUBSCRIPTION, dblink), addresses with user:password, keys of pgcrypto, commands that COPY runs, values of secret columns.
 * It is looked for by names and not read from the beginning: in a log a statement stands within quotes, cut off, or escaped. A literal that is not closed is hidden to the end.
 */
export function redactSql(sql: string): string {
  if (!mayHoldSecrets(sql)) return sql;
  // Each step is asked first whether it has anything to do: most statements that are looked at have no secret.
  let kept = HAS_COMMAND.test(sql) ? redactCommands(sql) : sql;
  if (HAS_ROWS.test(kept)) kept = redactRows(kept);
  if (HAS_BARE.test(kept)) kept = redactBareWords(kept);
  kept = redactAfterNames(kept);
  if (HAS_CALL.test(kept)) kept = redactCalls(kept);
  kept = redactPairs(kept);
  return kept.includes('://') ? redactAddresses(kept) : kept;
}

const HAS_COMMAND = /program|_command/i;
const HAS_ROWS = /\)\s{0,64}(?:overriding|values|=)/i;
const HAS_BARE = /(?:create|alter)\s{1,8}(?:role|user|group)\s/i;
const HAS_CALL = /crypt|hmac|digest|_secret|account_add|aws_cred/i;

/** A text of a record as it may be kept. */
export function shown({ suspect }: { readonly suspect: boolean }, text: string): string {
  return suspect ? redactSql(text) : text;
}

/** Whether values of this statement's parameters may be secrets: then they are not kept. */
export function mayBindSecrets(text: string): boolean {
  return BINDS.test(text);
}

const BINDS = new RegExp(`(?:${SECRET_NAME})|crypt\\s{0,8}\\(|hmac|set_config`, 'i');

/** SECRET_NAME with fewer words, which is found faster; `isName` tells the rest. */
const NAME =
  /(?:pass(?:word|wd|phrase|code|wort)?|pwd|secret|token|key|jwt|credentials?|authorization|identified\s{1,8}by)(?:_?(?:hash|hashed|digest|encrypted|enc|plain|value|text|new|old|command))?(?![\w$])/gi;
const PASS = /^pass(?!word|wd|phrase|code|wort)/i;
const OF_SECRETS = /(?:api|access|private|secret|ption|signing|master|auth)_?$/i;
const OF_SESSION = /session\s{1,8}$/i;
const BEFORE_CHARS = 16;

function isName(sql: string, at: number): boolean {
  const first = (sql.charCodeAt(at) | 0x20) & 0xff;
  const before = sql.slice(Math.max(0, at - BEFORE_CHARS), at);
  if (first === 0x6b) return OF_SECRETS.test(before);
  if (first === 0x61) return !OF_SESSION.test(before);
  return first !== 0x70 || !/[A-Za-z]$/.test(before) || !PASS.test(sql.slice(at, at + BEFORE_CHARS));
}

/** What may stand between a name and its text: the end of a name in quotes, operators, comments; line ends as JSON writes them. */
const GAP =
  /\s{1,256}|\\[nrt"]|"{1,4}|'{1,4}(?=\s{0,8}(?:,|\|\||=|:=|:))|\/\*[^]{0,256}?\*\/|--[^\n]{0,256}\n|=>|:=|<>|!=|=|\(|,|\[|\|\||~{1,2}\*?|(?:TO|IS|IN|NOT|I?LIKE|ANY|ARRAY|quote_(?:literal|nullable))\b/iy;
/** Steps of a gap; longer ones lead to no text of the name. */
const GAP_STEPS_MAX = 16;

function redactAfterNames(sql: string): string {
  let out = '';
  let done = 0;
  NAME.lastIndex = 0;
  for (let match = NAME.exec(sql); match !== null; match = NAME.exec(sql)) {
    const behind = match.index + match[0].length;
    if (!isName(sql, match.index)) continue;
    const format = FORMAT.exec(sql.slice(behind, behind + 8));
    // `format('… PASSWORD %L', 'x')`; a list of values.
    const gap = format === null ? gapOf(sql, behind) : { at: behindQuote(sql, behind), list: true };
    if (gap === undefined || gap.at < done) continue;
    const end = gap.list ? closing(sql, gap.at, LIST_CHARS_MAX) : literalEnd(sql, gap.at);
    out += `${sql.slice(done, gap.at)}${gap.list ? withoutLiterals(sql.slice(gap.at, end)) : REDACTED}`;
    done = end;
    NAME.lastIndex = Math.max(end, behind);
  }
  return done === 0 ? sql : out + sql.slice(done);
}

const FORMAT = /^ {0,4}%[1-9]?\$?[Ls]/;
const LIST_CHARS_MAX = 8192;

function behindQuote(sql: string, from: number): number {
  const quote = sql.indexOf("'", from);
  return quote < 0 ? sql.length : quote + 1;
}

/** Where the text of a name begins, and whether more of them follow: `IN ('a', 'b')`. */
function gapOf(sql: string, from: number): { readonly at: number; readonly list: boolean } | undefined {
  let at = from;
  let list = false;
  for (let steps = 0; steps < GAP_STEPS_MAX; steps++) {
    GAP.lastIndex = at;
    const part = GAP.exec(sql)?.[0];
    if (part === undefined) return beginsLiteral(sql, at) ? { at, list } : undefined;
    if (/^(?:IN|ANY|ARRAY|\[)$/i.test(part)) list = true;
    at += part.length;
  }
  return undefined;
}

/** `ALTER ROLE x PASSWORD hunter2`: an error of syntax, whose message tells the word once more. */
const BARE =
  /(\b(?:CREATE|ALTER)\s{1,8}(?:ROLE|USER|GROUP)\s[^;']{1,160}?\bPASSWORD\s{1,16})(?!NULL\b|E'|U&)("[^"\n]{1,200}"|[\w@#^&*!][\w@#%^&*!.+-]{0,200})/gi;

function redactBareWords(sql: string): string {
  return withoutWords(sql.replace(BARE, `$1${REDACTED}`), bareWords(sql));
}

/** The message of an error, without the password that the statement spells without quotes. */
export function redactedReason(message: string, statement: string): string {
  return withoutWords(redactSql(message), message.includes(' near "') ? bareWords(statement) : []);
}

function bareWords(sql: string): readonly string[] {
  return [...sql.matchAll(BARE)].slice(0, WORDS_MAX).map((match) => match[2] ?? '');
}

function withoutWords(text: string, words: readonly string[]): string {
  let kept = text;
  for (const word of words) kept = kept.replaceAll(`near "${word}"`, `near "${REDACTED}"`);
  return kept;
}

const WORDS_MAX = 4;

/** A command of the system's shell: `COPY … FROM PROGRAM '…'`, `archive_command = '…'`. */
const COMMAND = /(?:\bPROGRAM|_command["']{0,2}\s{0,8}(?:=|\bTO\b|,))\s{0,64}(?=E?'|\$)/gi;

function redactCommands(sql: string): string {
  let out = '';
  let done = 0;
  COMMAND.lastIndex = 0;
  for (let match = COMMAND.exec(sql); match !== null; match = COMMAND.exec(sql)) {
    const from = match.index + match[0].length;
    const end = literalEnd(sql, from);
    if (end < 0) continue;
    const to = sql[end - 1] === "'" ? end - 1 : end;
    out += sql.slice(done, from) + redactedCommand(sql.slice(from, to));
    done = to;
    COMMAND.lastIndex = end;
  }
  return done === 0 ? sql : out + sql.slice(done);
}

const VALUE = `(?:\\\\?'{1,2}(?!\\s|,|;|\\)|$)(?:[^'\\\\]|\\\\[^'])*\\\\?'{0,2}|(?:[^\\s'";,)\\]\\\\]|\\\\[ ])+)`;
/** `password=x` of a connection text or an environment, in quotes or not; of an address any secret; `"token": "x"` of JSON; `Authorization: Bearer x`. */
const SETTING = new RegExp(
  `(pass(?:word|wd|file)?\\s{0,4}=\\s{0,4})(?!\\$\\d|NULL\\b|DEFAULT\\b|>|\\w{1,64}\\(|\\[redacted)${VALUE}`,
  'gi',
);
const IN_QUERY = new RegExp(`([?&;](?:${SECRET_NAME}|sig(?:nature)?|key)=)[^\\s&'"#]{1,4096}`, 'gi');
const QUERY = /[?&;]\w{1,64}=/;
const JSON_PAIR = new RegExp(`((?:${SECRET_NAME})\\\\?"{1,2}\\s{0,4}:\\s{0,4}\\\\?"{1,2})(?:[^"\\\\]|\\\\[^"])+`, 'gi');
const SAID = /(\bpass(?:word|wd|phrase)\s{0,2}:\s{1,2})[^\s'",;]{1,1024}/gi;
const HEADER = /(\bauthorization\\?["']{0,2}\s{0,4}[:,=]\s{0,4}\\?["']{0,2}\s{0,4}(?:(?:bearer|basic|token|digest)\s{1,4})?(?!(?:bearer|basic|token|digest)\s)|\bbearer\s{1,4}(?=[\w.~+/=-]{6}))[\w.~+/=-]{2,}/gi; // biome-ignore format: one pattern

function redactPairs(sql: string): string {
  let kept = sql;
  if (/pass/i.test(kept)) kept = kept.replace(SETTING, `$1${REDACTED}`).replace(SAID, `$1${REDACTED}`);
  if (QUERY.test(kept)) kept = kept.replace(IN_QUERY, `$1${REDACTED}`);
  if (kept.includes('":') || kept.includes('" :')) kept = kept.replace(JSON_PAIR, `$1${REDACTED}`);
  return /authorization|bearer/i.test(kept) ? kept.replace(HEADER, `$1${REDACTED}`) : kept;
}

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

/** Functions that take keys, passwords and what is to be kept secret by them: of pgcrypto, pgsodium, and the clouds' extensions. */
const CALL =
  /\b(?:pgp_(?:sym|pub)_(?:en|de)crypt(?:_bytea)?|crypt|hmac|digest|encrypt|decrypt|encrypt_iv|decrypt_iv|crypto_\w{1,60}|create_aws_credentials|account_add|(?:create|update)_secret)\s{0,8}\(/gi;
const CALL_CHARS_MAX = 8192;

function redactCalls(sql: string): string {
  let out = '';
  let done = 0;
  CALL.lastIndex = 0;
  for (let match = CALL.exec(sql); match !== null; match = CALL.exec(sql)) {
    const from = match.index + match[0].length;
    if (from < done) continue;
    const end = closing(sql, from, CALL_CHARS_MAX);
    out += sql.slice(done, from) + withoutLiterals(sql.slice(from, end));
    done = end;
    CALL.lastIndex = end;
  }
  return done === 0 ? sql : out + sql.slice(done);
}
