import type { Action, Category } from '@daybook/protocol';

/** What a statement does, as far as its beginning tells. */
export interface Statement {
  /** `SELECT`, `CREATE TABLE`, `CREATE USER`; '' when there is none. */
  readonly tag: string;
  /** The first object named: `shop.orders`; '' when none is. */
  readonly object: string;
  /** `table`, `user` …; '' when unknown. */
  readonly objectType: string;
}

/** Of a statement only its beginning is looked at: the first object stands there. */
const READ_CHARS_MAX = 4096;
const NAME =
  '(?:`[^`]{1,64}`|"[^"]{1,64}"|[\\w$\\u0080-\\uffff]{1,64})(?:\\s{0,8}\\.\\s{0,8}(?:`[^`]{1,64}`|"[^"]{1,64}"|[\\w$\\u0080-\\uffff]{1,64}))?';
/** A quote within the name is doubled or follows a backslash. */
const ACCOUNT = `(?:'(?:[^'\\\\]|''|\\\\[^]){1,80}'|"(?:[^"\\\\]|""|\\\\[^]){1,80}"|\`[^\`]{1,80}\`|[\\w$.]{1,80})`;
const FROM = new RegExp(
  `\\b(?:FROM|INTO(?!\\s{1,64}(?:OUT|DUMP)FILE\\b)|JOIN|UPDATE|TABLE)\\s{1,64}(?:(?:LOW_PRIORITY|IGNORE|TABLE)\\s{1,64}){0,2}(${NAME})`,
  'i',
);
const UPDATE = new RegExp(`^UPDATE\\s{1,64}(?:(?:LOW_PRIORITY|IGNORE)\\s{1,64}){0,2}(${NAME})`, 'i');
const INTO = new RegExp(`^(?:INSERT|REPLACE)\\s{1,64}(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|INTO)\\s{1,64}){0,4}(${NAME})`, 'i');
const ON = new RegExp(`\\bON\\s{1,64}(?:(?:TABLE|FUNCTION|PROCEDURE)\\s{1,64})?(\\*\\.\\*|${NAME}(?:\\s{0,8}\\.\\s{0,8}\\*)?|\\*)`, 'i');
const CALLED = new RegExp(`^(?:CALL|EXECUTE|USE|DESCRIBE|DESC|HANDLER|PREPARE|TRUNCATE(?:\\s{1,64}TABLE)?)\\s{1,64}(${NAME})`, 'i');
const DEFINITION = new RegExp(
  '^(?:CREATE|ALTER|DROP|RENAME|ANALYZE|OPTIMIZE|REPAIR|CHECK|LOCK)\\s{1,64}' +
    '(?:(?:OR\\s{1,8}REPLACE|TEMPORARY|UNIQUE|FULLTEXT|SPATIAL|ONLINE|OFFLINE|IGNORE|UNDO|NO_WRITE_TO_BINLOG|LOCAL|AGGREGATE|DEFINER\\s{0,8}=\\s{0,8}\\S{1,200}|SQL\\s{1,8}SECURITY\\s{1,8}\\w{1,20}|ALGORITHM\\s{0,8}=\\s{0,8}\\w{1,20})\\s{1,64}){0,4}' +
    `([A-Za-z]{1,30})(?:\\s{1,64}IF\\s{1,8}(?:NOT\\s{1,8})?EXISTS)?(?:\\s{1,64}(${NAME}|${ACCOUNT}))?`,
  'i',
);
/** A variable of the server, and not of the session. */
const SETTING = /^SET\s{1,64}(?:(?:GLOBAL|PERSIST|PERSIST_ONLY)\s{1,64}|@@(?:GLOBAL|PERSIST|PERSIST_ONLY)\.)(`?[\w.$]{1,80}`?)/i;
const NOTHING: Statement = { tag: '', object: '', objectType: '' };

export function statementOf(text: string): Statement {
  const sql = afterComments(text.slice(0, READ_CHARS_MAX));
  const verb = /^[A-Za-z]{1,30}/.exec(sql)?.[0].toUpperCase();
  if (verb === undefined) return NOTHING;
  const defined = DEFINITION.exec(sql);
  if (defined !== null) return definition(verb, defined);
  if (verb === 'WITH' || verb === 'EXPLAIN') return led(verb, sql);
  if (verb === 'START' || verb === 'STOP')
    return { tag: /^[A-Z]+\s{1,64}[A-Z_]{1,40}/i.exec(sql)?.[0].toUpperCase().replace(/\s+/g, ' ') ?? verb, object: '', objectType: '' };
  const setting = verb === 'SET' ? SETTING.exec(sql)?.[1] : undefined;
  if (setting !== undefined) return { tag: 'SET GLOBAL', object: setting.replaceAll('`', ''), objectType: 'setting' };
  if (verb === 'SET')
    return /^SET\s{1,64}(?:STATEMENT\s{1,64}.{1,200}\s{1,64}FOR\s{1,64})?PASSWORD\b/i.test(sql)
      ? { tag: 'SET PASSWORD', object: '', objectType: 'user' }
      : { tag: 'SET', object: '', objectType: '' };
  const pattern =
    verb === 'GRANT' || verb === 'REVOKE'
      ? ON
      : verb === 'UPDATE'
        ? UPDATE
        : verb === 'INSERT' || verb === 'REPLACE'
          ? INTO
          : CALLED.test(sql)
            ? CALLED
            : FROM;
  const object = bare(pattern.exec(sql)?.[1]);
  const tag = verb === 'SELECT' && TO_FILE.test(sql) ? 'SELECT INTO' : verb;
  return { tag, object, objectType: object === '' ? '' : (TYPES[verb] ?? 'table') };
}

/** Rows leave the database for a file of its machine. */
const TO_FILE = /\bINTO\s{1,64}(?:OUT|DUMP)FILE\b/i;
const TYPES: Readonly<Record<string, string>> = { CALL: 'procedure', EXECUTE: 'statement', PREPARE: 'statement', USE: 'database' };

function definition(verb: string, [, kind = '', name]: RegExpExecArray): Statement {
  const type = kind.toUpperCase();
  const objectType = type === 'SCHEMA' ? 'database' : type === 'TABLES' ? 'table' : type.toLowerCase();
  const object = type === 'USER' || type === 'ROLE' ? (unquoted(name) ?? '') : bare(name);
  return { tag: `${verb} ${type}`, object, objectType };
}

/** A WITH is what it leads to; an EXPLAIN reads what it explains. */
function led(verb: string, sql: string): Statement {
  const change = /\b(?:INSERT\s{1,64}INTO|UPDATE|DELETE\s{1,64}FROM)\b/i.exec(sql);
  const tag = verb === 'EXPLAIN' ? verb : (/^\w+/.exec(change?.[0] ?? 'SELECT')?.[0].toUpperCase() ?? 'SELECT');
  const object = bare(FROM.exec(change === null ? sql : sql.slice(change.index))?.[1]);
  return { tag, object, objectType: object === '' ? '' : 'table' };
}

const bare = (name: string | undefined): string =>
  name === undefined || /^(?:SELECT|VALUES|SET|DUAL)$/i.test(name) ? '' : name.replace(/[`"'\s]/g, '');

/** Behind blanks, opening parentheses and comments; of a comment that the server runs (`/*!50001`) its text is looked at. */
function afterComments(sql: string): string {
  let at = 0;
  for (let before = -1; before !== at; ) {
    before = at;
    while (at < sql.length && (sql.charCodeAt(at) <= 0x20 || sql[at] === '(')) at++;
    if (/^--\s/.test(sql.slice(at, at + 3)) || sql[at] === '#') at = behind(sql, '\n', at);
    else if (/^\/\*M?!/.test(sql.slice(at, at + 4))) at += /^\/\*M?!\d{0,6}/.exec(sql.slice(at, at + 12))?.[0].length ?? 3;
    else if (sql.startsWith('/*', at)) at = behind(sql, '*/', at);
  }
  return at === 0 ? sql : sql.slice(at);
}

function behind(sql: string, mark: string, at: number): number {
  const end = sql.indexOf(mark, at);
  return end < 0 ? sql.length : end + mark.length;
}

/** Whole tags first, then first words. The same verbs as of PostgreSQL's statements, so that one question finds both. */
const ACTIONS: Readonly<Record<string, Action>> = {
  SELECT: 'read', 'SELECT INTO': 'export', TABLE: 'read', VALUES: 'read', HANDLER: 'read', SHOW: 'read', DESCRIBE: 'read', DESC: 'read', HELP: 'read', CHECK: 'read', CHECKSUM: 'read', EXPLAIN: 'query', PREPARE: 'query',
  INSERT: 'create', REPLACE: 'update', LOAD: 'create', IMPORT: 'create', UPDATE: 'update', DELETE: 'delete', TRUNCATE: 'delete',
  CALL: 'execute', DO: 'execute', EXECUTE: 'execute', USE: 'access', GRANT: 'grant', REVOKE: 'revoke',
  CREATE: 'create', ALTER: 'update', RENAME: 'update', DROP: 'delete', 'SET PASSWORD': 'update',
  SET: 'configure', RESET: 'configure', FLUSH: 'configure', KILL: 'configure', SHUTDOWN: 'configure', RESTART: 'configure', INSTALL: 'configure', UNINSTALL: 'configure', PURGE: 'delete', CHANGE: 'configure',
  'START TRANSACTION': 'other', START: 'configure', STOP: 'configure', ANALYZE: 'configure', OPTIMIZE: 'configure', REPAIR: 'configure', BINLOG: 'update', BACKUP: 'export',
}; // biome-ignore format: a word list
const IAM = /^(?:GRANT|REVOKE|SET PASSWORD|(?:CREATE|ALTER|DROP|RENAME) (?:USER|ROLE))/;
const CONFIG =
  /^(?:CREATE|ALTER|DROP|RENAME|FLUSH|KILL|SHUTDOWN|RESTART|INSTALL|UNINSTALL|PURGE|CHANGE|STOP|RESET|SHOW|ANALYZE|OPTIMIZE|REPAIR|SET GLOBAL|START (?!TRANSACTION))\b/;
const SESSION = /^(?:SET(?! GLOBAL)|BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|XA|LOCK|UNLOCK|USE|DEALLOCATE)\b/;

export function actionOfTag(tag: string): Action {
  const whole = Object.hasOwn(ACTIONS, tag) ? ACTIONS[tag] : undefined;
  const first = tag.split(' ', 1)[0] ?? '';
  return whole ?? (Object.hasOwn(ACTIONS, first) ? ACTIONS[first] : undefined) ?? 'other';
}

export function categoryOfTag(tag: string): Category {
  if (IAM.test(tag)) return 'iam';
  if (SESSION.test(tag)) return 'session';
  return CONFIG.test(tag) ? 'config' : 'data';
}

/** The verb alone: what `method` holds. */
export const verbOf = (tag: string): string => tag.split(' ', 1)[0] ?? '';

const DEFINED_USER = new RegExp(
  `^\\s{0,64}(?:CREATE|ALTER|DROP|RENAME)\\s{1,64}(?:OR\\s{1,8}REPLACE\\s{1,8})?(?:USER|ROLE)\\s{1,64}(?:IF\\s{1,8}(?:NOT\\s{1,8})?EXISTS\\s{1,8})?(${ACCOUNT})`,
  'i',
);
const GRANTED_USER = new RegExp(`\\b(?:TO|FROM)\\s{1,64}(${ACCOUNT})`, 'i');
const PASSWORD_USER = new RegExp(`\\bPASSWORD\\s{1,64}FOR\\s{1,64}(${ACCOUNT})`, 'i');

/** The account that is made, changed, or given and refused rights; its name without its host. */
export function targetUser(tag: string, text: string): string | undefined {
  if (!IAM.test(tag)) return undefined;
  const pattern = tag === 'SET PASSWORD' ? PASSWORD_USER : tag === 'GRANT' || tag === 'REVOKE' ? GRANTED_USER : DEFINED_USER;
  return unquoted(pattern.exec(text.slice(0, READ_CHARS_MAX))?.[1]);
}

function unquoted(name: string | undefined): string | undefined {
  const quote = name?.[0] ?? '';
  if (name === undefined || !/['"`]/.test(quote)) return name;
  return name
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replace(/\\([^])/g, '$1');
}
