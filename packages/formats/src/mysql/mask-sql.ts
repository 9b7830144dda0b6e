import { MASK } from '../secrets/mask.ts';

/** Whether a statement may hold a secret: the cheap question before it is read. */
const SUSPECT = /passw|pwd|token|identified|secret|_key|encrypt|decrypt|encode\s{0,8}\(|decode\s{0,8}\(|:\/\//i;

/**
 * A statement of MySQL or MariaDB with its passwords masked. Read token by token, so that comments between the words, quotes within a text and other blanks hide
 * nothing; what is a secret is told by the words before it:
 *
 *     … IDENTIFIED [WITH plugin] [BY | AS | USING] [PASSWORD] 'x' [REPLACE 'x'] [AND …]      account management statements; the plugin stays
 *     SET PASSWORD [FOR name] = 'x';  PASSWORD('x');  OLD_PASSWORD('x')
 *     MASTER_PASSWORD = 'x', SOURCE_PASSWORD = 'x', START REPLICA … PASSWORD = 'x', CREATE SERVER … PASSWORD 'x'
 *     name = 'x' for every name that ends in password, secret or key
 *     name LIKE 'x', name IN ('x'), (a, name) VALUES ('…', 'x'), name = MD5('x'), {"name": "x"} of them
 *     AES_ENCRYPT(…), ENCODE(…) and their likes; 'scheme://name:x@host'
 *
 * A text that the log has cut off is masked to its end.
 */
export function maskSql(sql: string): string {
  return SUSPECT.test(sql) ? new Masker(sql).masked() : sql;
}

/** Functions whose texts are secrets or keys. */
const SECRET_CALLS = new Set(
  'PASSWORD OLD_PASSWORD AES_ENCRYPT AES_DECRYPT DES_ENCRYPT DES_DECRYPT ENCODE DECODE ENCRYPT VALIDATE_PASSWORD_STRENGTH'.split(' '),
);
const SECRET_NAME = /(?:PASSWORD|PASSWD|PWD|SECRET|(?:SECRET|ACCESS|PRIVATE|ENCRYPTION|API)_?KEY|SECRET_?KEY_?ID|TOKEN)$/;
/** What a password is put through before it is compared or kept. */
const HASHES = new Set('MD5 SHA SHA1 SHA2 CONCAT'.split(' '));
/** Between a name and its text. */
const COMPARISONS = new Set('LIKE IN NOT REGEXP RLIKE < > !'.split(' '));
const JSON_PAIR =
  /["\w](?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key)\\?"\s{0,4}:\s{0,4}\\?"((?:[^"\\]|\\[^"])+)/gi;
/** Ends what began with IDENTIFIED. */
const CLAUSE_ENDS = new Set('REQUIRE WITH_ ACCOUNT ATTRIBUTE COMMENT DEFAULT RESOURCE'.split(' '));
const PLUGIN_BEFORE = new Set(['WITH', 'VIA', 'OR']);
const TOKEN = /\s+|--[ \t][^\n]*|#[^\n]*|[@\w$\u0080-\uffff.]+|:=|[^]/y;

class Masker {
  readonly #sql: string;
  #at = 0;
  #out = '';
  #done = 0;
  /** The last word (upper case) or sign, and the word before the last `=`. */
  #last = '';
  #named = '';
  #isIdentified = false;
  #isSetPassword = false;
  /** Depth of parentheses, and the depth behind a secret call; 0 for none. */
  #depth = 0;
  #secretDepth = 0;

  /** Names in the parenthesis at hand; behind VALUES the places of the secret ones, and the place at hand. */
  #columns: string[] = [];
  #secretColumns: ReadonlySet<number> | undefined;
  #column = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  masked(): string {
    while (this.#at < this.#sql.length) this.#step();
    return this.#done === 0 ? this.#sql : this.#out + this.#sql.slice(this.#done);
  }

  #step(): void {
    const sql = this.#sql;
    const from = this.#at;
    const c = sql.charCodeAt(from);
    if (c === QUOTE || c === APOSTROPHE) return this.#text(from, c);
    if (c === BACKTICK) {
      const end = sql.indexOf('`', from + 1);
      this.#at = end < 0 ? sql.length : end + 1;
      this.#word(sql.slice(from + 1, this.#at - 1).toUpperCase(), from);
      return;
    }
    // `/*! … */` is run by the server: only its marks are passed.
    if (c === SLASH && sql.startsWith('/*', from) && sql[from + 2] !== '!' && !sql.startsWith('M!', from + 2)) {
      const end = sql.indexOf('*/', from + 2);
      this.#at = end < 0 ? sql.length : end + 2;
      return;
    }
    TOKEN.lastIndex = from;
    const token = TOKEN.exec(sql)?.[0] ?? ' ';
    this.#at = from + token.length;
    if (token.trim() !== '' && !token.startsWith('--') && token[0] !== '#') this.#word(token.toUpperCase(), from);
  }

  #text(from: number, quote: number): void {
    const end = textEnd(this.#sql, from + 1, quote);
    this.#at = Math.min(end + 1, this.#sql.length);
    if (this.#isSecret()) this.#mask(from + 1, end);
    else if (this.#sql.slice(from, end).includes('://')) this.#maskUserinfo(from + 1, end);
    else if (this.#sql.slice(from, end).includes(':')) this.#maskPairs(from + 1, end);
    this.#last = "'";
  }

  #isSecret(): boolean {
    if (this.#secretDepth > 0) return true;
    if (this.#depth > 0 && this.#secretColumns?.has(this.#column) === true) return true;
    if (this.#isIdentified) return !PLUGIN_BEFORE.has(this.#last);
    if (this.#last === '=' || this.#last === ':=') return this.#isSetPassword || SECRET_NAME.test(this.#named);
    return SECRET_NAME.test(this.#last) || (this.#last === ',' && this.#isSetPassword && this.#depth > 0);
  }

  #word(word: string, from: number): void {
    if (COMPARISONS.has(word) && SECRET_NAME.test(this.#last)) return;
    if (word === '(') this.#opened();
    else if (word === ')') this.#closed();
    else if (this.#depth === 1) this.#listed(word);
    else if ((word === 'VALUES' || word === 'VALUE') && this.#last === ')') this.#rowsBegin();
    if (word === '(' || word === ')') this.#last = word;
    else this.#told(word, from);
  }

  #told(word: string, from: number): void {
    if (word === '=' || word === ':=') this.#named = this.#last;
    else if (word === 'IDENTIFIED') this.#isIdentified = true;
    else if (word === ';') this.#ended();
    else if (CLAUSE_ENDS.has(word)) this.#isIdentified = false;
    else if (word === 'PASSWORD' && this.#last === 'SET') this.#isSetPassword = true;
    // A hash in hexadecimal, or what another program's mask left: `BY *****`.
    else if (this.#isIdentified && /^0X[\dA-F]+$/.test(word)) this.#mask(from, this.#at);
    this.#last = /^(?:_\w+|N|X|B)$/.test(word) && '\'"'.includes(this.#sql[this.#at] ?? ' ') ? this.#last : word;
  }

  #opened(): void {
    this.#depth++;
    if (this.#depth === 1) this.#columns = [''];
    if (this.#depth === 1) this.#column = 0;
    const last = this.#last;
    if (this.#secretDepth > 0) return;
    if (SECRET_CALLS.has(last) || SECRET_NAME.test(last) || (HASHES.has(last) && SECRET_NAME.test(this.#named)))
      this.#secretDepth = this.#depth;
  }

  #closed(): void {
    if (this.#depth === this.#secretDepth) this.#secretDepth = 0;
    if (this.#depth > 0) this.#depth--;
  }

  #listed(word: string): void {
    if (word !== ',') this.#columns[this.#columns.length - 1] = word;
    else if (this.#secretColumns !== undefined) this.#column++;
    else if (this.#columns.length < COLUMNS_MAX) this.#columns.push('');
  }

  #rowsBegin(): void {
    this.#secretColumns = new Set(this.#columns.flatMap((name, index) => (SECRET_NAME.test(name) ? [index] : [])));
  }

  #ended(): void {
    this.#secretColumns = undefined;
    this.#isIdentified = false;
    this.#isSetPassword = false;
    this.#depth = 0;
    this.#secretDepth = 0;
  }

  #mask(from: number, to: number): void {
    this.#out += this.#sql.slice(this.#done, from) + MASK;
    this.#done = to;
  }

  #maskPairs(from: number, to: number): void {
    for (const match of this.#sql.slice(from, to).matchAll(JSON_PAIR)) {
      const end = from + match.index + match[0].length;
      this.#mask(end - (match[1] ?? '').length, end);
    }
  }

  #maskUserinfo(from: number, to: number): void {
    const match = /:\/\/[^\s/?#@:]{0,256}:([^\s/?#]{1,512})@/.exec(this.#sql.slice(from, to));
    if (match?.[1] === undefined) return;
    const end = from + match.index + match[0].length - 1;
    this.#mask(end - match[1].length, end);
  }
}

/** A table has 4096 columns at the most. */
const COLUMNS_MAX = 4096;

/** The quote that ends the text: doubled it is one of the text, as behind a backslash. The end of the statement when it is cut off. */
function textEnd(sql: string, from: number, quote: number): number {
  for (let at = from; at < sql.length; at++) {
    const c = sql.charCodeAt(at);
    if (c === BACKSLASH) at++;
    else if (c === quote) {
      if (sql.charCodeAt(at + 1) !== quote) return at;
      at++;
    }
  }
  return sql.length;
}

const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const BACKTICK = 0x60;
