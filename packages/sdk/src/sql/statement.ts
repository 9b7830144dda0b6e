import { hash } from 'node:crypto';
import type { Action } from '../event.ts';

/** A statement without what people put into it. */
export interface Statement {
  /** Literals replaced by `?`, comments gone, white space single; cut to `TEXT_CHARS_MAX`. */
  readonly text: string;
  /** Of the whole text: the same for all statements that differ only in literals. */
  readonly hash: string;
  /** SELECT, INSERT … */
  readonly verb: string;
  readonly action: Action;
  /** The first table named, or ''. */
  readonly table: string;
  /** Says nothing of an access: BEGIN, SET, a ping. */
  readonly isNoise: boolean;
}

/** What is shown of a statement; its hash is of all. */
const TEXT_CHARS_MAX = 4096;
/** Beyond, only this much of a statement is read: what a program writes is shorter, and a bulk INSERT repeats itself. */
const READ_CHARS_MAX = 65_536;
/** Statements remembered: programs have hundreds. Beyond, all are forgotten and read anew. */
const REMEMBERED_MAX = 1000;

export interface Dialect {
  /** `'it\'s'`: a backslash escapes in every string, as in MySQL. PostgreSQL knows that in `E'…'` only. */
  readonly backslash?: boolean;
}

const remembered = new Map<string, Statement>();

/** Reads a statement. No literal survives, whatever it is: a text that does not end is cut off where it begins. */
export function statementOf(sql: string, dialect: Dialect = {}): Statement {
  const key = dialect.backslash === true ? `\\${sql}` : sql;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const text = normalise(sql.slice(0, READ_CHARS_MAX), dialect);
  const verb = verbOf(text);
  const statement: Statement = {
    text: text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}…` : text,
    hash: hash('sha256', text, 'hex').slice(0, 16),
    verb,
    action: ACTIONS[verb] ?? 'other',
    table: tableOf(text),
    isNoise: NOISE.has(verb) || /^SELECT (?:\?|version\(\)|current_\w+(?:\(\))?)$/i.test(text),
  };
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  if (sql.length <= TEXT_CHARS_MAX) remembered.set(key, statement);
  return statement;
}

/**
 * One token at a time, the longest that fits: comments (nested ones too) go; strings of every form and numbers become `?`; quoted and plain names,
 * `$1` and operators stay. Lists of nothing but literals shrink to one, so that a bulk INSERT has the text of a single one.
 */
function normalise(sql: string, dialect: Dialect): string {
  const pieces: string[] = [];
  let last = '(';
  for (let at = 0; at < sql.length; ) {
    const { text, end, spaced } = tokenAt(sql, at, dialect);
    at = end;
    if (text === '') continue;
    if (last === ',' || (spaced && !'(.'.includes(last) && !'),.;'.includes(text))) pieces.push(' ');
    pieces.push(text);
    last = text;
  }
  return pieces
    .join('')
    .replace(/;\s*$/, '')
    .replace(/\((?:\?|\$\d+)(?:, ?(?:\?|\$\d+))+\)/g, '(?, …)')
    .replace(/(\([^()]*\))(?:, ?\1)+/g, '$1, …')
    .trim();
}

interface Token {
  readonly text: string;
  readonly end: number;
  /** White space or a comment stood before it. */
  readonly spaced: boolean;
}

function tokenAt(sql: string, from: number, dialect: Dialect): Token {
  let at = from;
  for (let before = -1; before !== at; ) {
    before = at;
    at = afterBlank(sql, at);
  }
  const spaced = at > from;
  const end = literalEnd(sql, at, dialect);
  if (end > at) return { text: '?', end, spaced };
  NAME.lastIndex = at;
  const name = NAME.exec(sql)?.[0] ?? sql.slice(at, at + 1);
  return { text: name, end: at + Math.max(1, name.length), spaced };
}

/** Behind white space, or one comment. */
function afterBlank(sql: string, at: number): number {
  BLANK.lastIndex = at;
  const blank = BLANK.exec(sql)?.[0].length ?? 0;
  if (blank > 0) return at + blank;
  if (!sql.startsWith('/*', at)) return at;
  let depth = 0;
  for (let i = at; i < sql.length; i++) {
    if (sql.startsWith('/*', i)) depth++;
    else if (sql.startsWith('*/', i) && --depth === 0) return i + 2;
    else continue;
    i++;
  }
  return sql.length;
}

/** Behind the literal at `at`; `at` when none begins there. */
function literalEnd(sql: string, at: number, dialect: Dialect): number {
  const prefix = /^(?:[eEbBxXnN]|[uU]&)?'/.exec(sql.slice(at, at + 3))?.[0];
  if (prefix !== undefined) return quotedEnd(sql, at + prefix.length, dialect.backslash === true || /^e/i.test(prefix));
  // MySQL's other string: a name in standard SQL, where it is kept.
  if (dialect.backslash === true && sql[at] === '"') return quotedEnd(sql, at + 1, true, '"');
  const dollar = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 66))?.[0];
  if (dollar !== undefined) {
    const end = sql.indexOf(dollar, at + dollar.length);
    return end < 0 ? sql.length : end + dollar.length;
  }
  NUMBER.lastIndex = at;
  return at + (NUMBER.exec(sql)?.[0].length ?? 0);
}

function quotedEnd(sql: string, from: number, backslash: boolean, quote = "'"): number {
  for (let i = from; i < sql.length; i++) {
    if (backslash && sql[i] === '\\') i++;
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return sql.length;
}

const BLANK = /(?:\s+|--[^\n]*(?:\n|$))/y;
/** A quoted name, a plain one, a parameter (`$1`, `:name`, `@name`), or an operator. */
const NAME = /"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\$\d+|::|[:@][A-Za-z_]\w*|[<>=!|&*+/%^~#-]+?/y;
const NUMBER = /(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)/iy;

function verbOf(text: string): string {
  const first = /^\(*\s*([A-Za-z]+)/.exec(text)?.[1]?.toUpperCase() ?? '';
  // A WITH is what it leads to; one that changes data inside of it is told by that.
  if (first !== 'WITH' && first !== 'EXPLAIN') return first;
  return /\b(INSERT|UPDATE|DELETE|MERGE)\b/i.exec(text)?.[1]?.toUpperCase() ?? (first === 'WITH' ? 'SELECT' : first);
}

function tableOf(text: string): string {
  const match =
    /\b(?:FROM|INTO|UPDATE|TABLE(?: IF (?:NOT )?EXISTS)?|JOIN|COPY|TRUNCATE|ON)\s+(?:ONLY\s+)?((?:"[^"]+"|`[^`]+`|[A-Za-z_][\w$]*)(?:\.(?:"[^"]+"|`[^`]+`|[A-Za-z_][\w$]*))?)/i.exec(
      text,
    );
  return match?.[1]?.replace(/["`]/g, '') ?? '';
}

const ACTIONS: Readonly<Record<string, Action>> = {
  SELECT: 'read',
  TABLE: 'read',
  VALUES: 'read',
  EXPLAIN: 'query',
  INSERT: 'create',
  UPDATE: 'update',
  MERGE: 'update',
  UPSERT: 'update',
  REPLACE: 'update',
  DELETE: 'delete',
  TRUNCATE: 'delete',
  COPY: 'export',
  CALL: 'execute',
  DO: 'execute',
  EXECUTE: 'execute',
  GRANT: 'grant',
  REVOKE: 'revoke',
  CREATE: 'configure',
  ALTER: 'configure',
  DROP: 'configure',
  COMMENT: 'configure',
};
const NOISE: ReadonlySet<string> = new Set(
  ' BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE SET RESET SHOW DISCARD DEALLOCATE PREPARE LISTEN UNLISTEN NOTIFY FETCH MOVE CLOSE DECLARE PRAGMA'.split(
    ' ',
  ),
);
