import { isUtf8 } from 'node:buffer';
import type { ResolvedTable, TableNames } from './tables.ts';
import { quoteName, tokenise, type Token } from './lexer.ts';
import { denied, SqlRefusal } from './refusal.ts';

/** What the walk of one statement may use. */
export interface GuardContext {
  /** The one place that knows which names a user may read and what stands behind them. */
  readonly tables: TableNames;
  /** Name of the token: the answer of `currentUser()`. */
  readonly userName: string;
  /** Values of `param_<name>`, in the escaped form of the ClickHouse HTTP interface. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** ClickHouse's own parser stops at 1,000; nested deeper than this is an attack on some stack, not a question. */
export const DEPTH_MAX = 150;

/**
 * Prefix of names that only Daybook writes. A common table expression `x` is renamed with it, so that a name which the engine did not resolve
 * where the guard did can never fall through to a real table; users can't write such names.
 */
export const RESERVED_PREFIX = 'daybook:';

const END: Token = { kind: 'end', text: '', name: '', type: '', spaced: false };

/**
 * Reads the tokens of a normalised statement and writes the statement that will run, in one pass. Nothing is copied unless a rule of the grammar
 * accepted it, and every name is written quoted: what the engine reads back is what the guard understood.
 */
export class Walker {
  readonly context: GuardContext;
  /** Names of the tables that were read, as the user knows them. */
  readonly tablesRead = new Set<string>();
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;
  private readonly out: string[] = [];
  private readonly scopes: Set<string>[] = [];
  private answer: { readonly at: number; readonly columnName: string } | undefined;

  constructor(normalised: string, context: GuardContext) {
    this.tokens = tokenise(normalised);
    this.context = context;
  }

  peek(ahead = 0): Token {
    return this.tokens[this.at + ahead] ?? END;
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.text === word;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  isName(ahead = 0): boolean {
    const kind = this.peek(ahead).kind;
    return kind === 'word' || kind === 'quoted';
  }

  /** Takes the next token without writing it. */
  skip(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  /** Takes the next token and writes it as it stands. */
  copy(): Token {
    const token = this.skip();
    this.write(token.text, token.spaced);
    return token;
  }

  write(text: string, spaced = true): void {
    this.out.push(spaced ? ` ${text}` : text);
  }

  /** Copies the words when they come next, all of them. */
  copyWords(...words: readonly string[]): boolean {
    if (!words.every((word, ahead) => this.isWord(word, ahead))) return false;
    for (let n = 0; n < words.length; n++) this.copy();
    return true;
  }

  copySymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.copy();
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.copySymbol(symbol)) throw this.unexpected();
  }

  /** Takes the symbol without writing it. */
  expectSkip(symbol: string): void {
    if (!this.isSymbol(symbol)) throw this.unexpected();
    this.skip();
  }

  expectWords(...words: readonly string[]): void {
    if (!this.copyWords(...words)) throw this.unexpected();
  }

  /** Takes a name and writes it quoted. */
  copyName(): string {
    if (!this.isName()) throw this.unexpected();
    const token = this.skip();
    this.write(quoteName(checkedName(token.name)), token.spaced);
    return token.name;
  }

  /** A place in what was written, for `since`. */
  mark(): number {
    return this.out.length;
  }

  since(mark: number): string {
    return this.out.slice(mark).join('');
  }

  /** Notes that a function was answered by Daybook right here: alone in a select list it keeps its name as the column's. */
  answered(columnName: string): void {
    this.answer = { at: this.out.length, columnName };
  }

  /** The name of the answered function that is all that was written since `mark`, if so. */
  answerSince(mark: number): string | undefined {
    return this.answer?.at === mark && this.out.length === mark + 1 ? this.answer.columnName : undefined;
  }

  nested<T>(work: () => T): T {
    this.depth += 1;
    if (this.depth > DEPTH_MAX) throw denied(`The query is nested deeper than ${DEPTH_MAX} levels.`);
    const result = work();
    this.depth -= 1;
    return result;
  }

  /** Common table expressions declared within `work` are known within it only. */
  scoped<T>(work: () => T): T {
    this.scopes.push(new Set());
    const result = work();
    this.scopes.pop();
    return result;
  }

  declare(cte: string): void {
    this.scopes.at(-1)?.add(cte);
  }

  /** What stands behind the name of a table; throws when the user may not read it. */
  table(database: string | undefined, name: string): ResolvedTable {
    if (database === undefined && this.scopes.some((scope) => scope.has(name))) {
      return { name, alias: name, sql: quoteName(RESERVED_PREFIX + name), kind: 'cte' };
    }
    const found = this.context.tables.resolve(database, name);
    if (found === undefined) {
      const full = database === undefined ? name : `${database}.${name}`;
      throw new SqlRefusal(
        'UNKNOWN_TABLE',
        `There is no table ${full}; this endpoint has access_logs and read-only views of system tables.`,
      );
    }
    this.tablesRead.add(found.name);
    return found;
  }

  isKnownTable(database: string | undefined, name: string): boolean {
    return (
      (database === undefined && this.scopes.some((scope) => scope.has(name))) || this.context.tables.resolve(database, name) !== undefined
    );
  }

  unexpected(): SqlRefusal {
    const token = this.peek();
    const what =
      token.kind === 'end' ? 'The statement ends here unexpectedly' : `Daybook's SQL does not take ${clip(token.text)} in this place`;
    const before = this.tokens.slice(Math.max(0, this.at - 4), this.at).map((token) => token.text);
    return denied(before.length === 0 ? `${what}.` : `${what}, after: ${clip(before.join(' '))}`);
  }

  finish(): string {
    if (this.peek().kind !== 'end') throw this.unexpected();
    return decode(this.out.join('').trimStart());
  }
}

/** Names of Daybook's own making, and of databases, can't be given to anything: an alias could stand for them elsewhere in the statement. */
export function checkedName(name: string): string {
  if (name.startsWith(RESERVED_PREFIX)) throw denied(`Names that begin with ${RESERVED_PREFIX} are Daybook's own.`);
  if (/[^\x20-\x7e\x80-\xff]/.test(name)) throw denied('A name may not hold control characters.');
  return name;
}

const RESERVED_ALIASES: ReadonlySet<string> = new Set(['default', 'system', 'information_schema', 'daybook']);

export function checkedAlias(name: string): string {
  if (RESERVED_ALIASES.has(name.toLowerCase().split('.', 1)[0] ?? '')) {
    throw denied(`An alias may not be called ${clip(name)}: databases are called so. Choose another name.`);
  }
  return checkedName(name);
}

export function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function decode(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  if (!isUtf8(bytes)) throw denied('The query holds bytes that are not UTF-8 outside of a string; write them as unhex(…).');
  return bytes.toString('utf8');
}
