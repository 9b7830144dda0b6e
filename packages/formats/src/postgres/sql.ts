import type { Action, Category } from '@daybook/protocol';

/** What a statement does, as far as its beginning tells. The text stays the evidence: this is for finding it. */
export interface Sql {
  /** PostgreSQL's command tag: `SELECT`, `CREATE TABLE`; '' when there is none. */
  readonly tag: string;
  /** The first object named, '' when none is. */
  readonly object: string;
  /** `table`, `role` …; '' when unknown. */
  readonly objectType: string;
}

/** Of a statement only its beginning is looked at: the first object stands there. */
const READ_CHARS_MAX = 8192;
const NAME =
  '(?:"[^"]{1,200}"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]{0,200})(?:\\.(?:"[^"]{1,200}"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]{0,200})){0,2}';

const FROM = new RegExp(`\\b(?:FROM|INTO|UPDATE|USING|JOIN)\\s{1,64}(?:ONLY\\s{1,64}|LATERAL\\s{1,64})?(${NAME})`, 'i');
const AFTER_VERB: Readonly<Record<string, RegExp>> = {
  UPDATE: new RegExp(`^UPDATE\\s{1,64}(?:ONLY\\s{1,64})?(${NAME})`, 'i'),
  TRUNCATE: new RegExp(`^TRUNCATE\\s{1,64}(?:TABLE\\s{1,64})?(?:ONLY\\s{1,64})?(${NAME})`, 'i'),
  COPY: new RegExp(`^COPY\\s{1,64}(?:BINARY\\s{1,64})?(${NAME})`, 'i'),
  LOCK: new RegExp(`^LOCK\\s{1,64}(?:TABLE\\s{1,64})?(?:ONLY\\s{1,64})?(${NAME})`, 'i'),
  GRANT: new RegExp(`\\bON\\s{1,64}(?:TABLE\\s{1,64})?(?:ALL\\s{1,8}\\w{1,20}\\s{1,8}IN\\s{1,8}SCHEMA\\s{1,8})?(?:(?:SCHEMA|DATABASE|FUNCTION|PROCEDURE|ROUTINE|SEQUENCE|DOMAIN|TYPE|LANGUAGE|TABLESPACE|PARAMETER|FOREIGN\\s{1,8}SERVER|FOREIGN\\s{1,8}DATA\\s{1,8}WRAPPER|LARGE\\s{1,8}OBJECT)\\s{1,64})?(${NAME})`, 'i'),
  CALL: new RegExp(`^CALL\\s{1,64}(${NAME})`, 'i'),
  EXECUTE: new RegExp(`^EXECUTE\\s{1,64}(${NAME})`, 'i'),
}; // biome-ignore format: a table
/** What is created, altered or dropped, between the verb and the name. */
const DEFINITION = new RegExp(
  `^(CREATE|ALTER|DROP|COMMENT\\s{1,8}ON|REINDEX|VACUUM|ANALYZE|CLUSTER|REFRESH)\\b((?:\\s{1,64}(?:OR\\s{1,8}REPLACE|GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|UNIQUE|RECURSIVE|TRUSTED|PROCEDURAL|CONSTRAINT)\\b){0,3})\\s{1,64}` +
    '(MATERIALIZED\\s{1,8}VIEW|FOREIGN\\s{1,8}(?:TABLE|DATA\\s{1,8}WRAPPER)|EVENT\\s{1,8}TRIGGER|USER\\s{1,8}MAPPING|TEXT\\s{1,8}SEARCH\\s{1,8}\\w{1,20}|ACCESS\\s{1,8}METHOD|OPERATOR\\s{1,8}(?:CLASS|FAMILY)|DEFAULT\\s{1,8}PRIVILEGES|LARGE\\s{1,8}OBJECT|[A-Za-z]{1,30})' +
    `(?:\\s{1,64}CONCURRENTLY\\b)?(?:\\s{1,64}IF\\s{1,8}(?:NOT\\s{1,8})?EXISTS\\b)?(?:\\s{1,64}(?:ON|FOR)\\b)?(?:\\s{1,64}(${NAME}))?`,
  'i',
);

/** A setting of the server: its name stands behind one word more. */
const SETTING = new RegExp(`^ALTER\\s{1,64}SYSTEM\\s{1,64}(?:SET|RESET)\\s{1,64}(${NAME})`, 'i');

/** What a role owns is dropped: the role is named. */
const OWNED = new RegExp(`^DROP\\s{1,64}OWNED\\s{1,64}BY\\s{1,64}(${NAME})`, 'i');
/** Of objects to come: none is named. */
const DEFAULTS = /^ALTER\s{1,64}DEFAULT\s{1,64}PRIVILEGES\b/i;

const NOTHING: Sql = { tag: '', object: '', objectType: '' };

export function sqlOf(text: string): Sql {
  const sql = afterComments(text.slice(0, READ_CHARS_MAX));
  const verb = /^[A-Za-z]{1,30}/.exec(sql)?.[0].toUpperCase();
  if (verb === undefined) return NOTHING;
  const setting = SETTING.exec(sql)?.[1];
  if (setting !== undefined) return { tag: 'ALTER SYSTEM', object: setting.replaceAll('"', ''), objectType: 'setting' };
  const defined = DEFINITION.exec(sql);
  const owned = OWNED.exec(sql);
  if (owned !== null) return { tag: 'DROP OWNED', object: (owned[1] ?? '').replaceAll('"', ''), objectType: 'role' };
  if (DEFAULTS.test(sql)) return { tag: 'ALTER DEFAULT PRIVILEGES', object: '', objectType: '' };
  if (defined !== null) return definition(verb, defined);
  if (verb === 'WITH' || verb === 'EXPLAIN') return led(verb, sql);
  const granted = verb === 'GRANT' || verb === 'REVOKE' ? GRANTED_KIND.exec(sql) : null;
  const found = (AFTER_VERB[verb === 'REVOKE' ? 'GRANT' : verb] ?? FROM).exec(sql)?.[1];
  const object = found === undefined || found.toUpperCase() === 'TABLE' ? '' : found.replaceAll('"', '');
  const tag = TWO_WORDS.has(verb)
    ? (/^[A-Za-z]{1,30}\s{1,64}[A-Za-z]{1,30}/.exec(sql)?.[0].toUpperCase().replace(/\s+/g, ' ') ?? verb)
    : verb;
  const objectType = object === '' ? '' : (TYPES[verb] ?? kindOf(granted));
  return { tag: tag === 'TRUNCATE' ? 'TRUNCATE TABLE' : tag, object, objectType };
}

/** What rights are given on: nothing said is a table; of all in a schema the schema is named. */
const GRANTED_KIND =
  /\bON\s{1,64}(?:ALL\s{1,8}\w{1,20}\s{1,8}IN\s{1,8}(SCHEMA)|(SCHEMA|DATABASE|FUNCTION|PROCEDURE|ROUTINE|SEQUENCE|DOMAIN|TYPE|LANGUAGE|TABLESPACE|PARAMETER|FOREIGN\s{1,8}SERVER|FOREIGN\s{1,8}DATA\s{1,8}WRAPPER))\s/i;

function kindOf(granted: RegExpExecArray | null): string {
  return (granted?.[1] ?? granted?.[2] ?? 'table').toLowerCase().replace(/\s+/g, ' ');
}

const TYPES: Readonly<Record<string, string>> = { CALL: 'procedure', EXECUTE: 'prepared statement', FETCH: 'cursor', MOVE: 'cursor' };
/** Tags of two words that no object follows. */
const TWO_WORDS: ReadonlySet<string> = new Set(['DECLARE', 'SECURITY', 'IMPORT', 'REASSIGN']);

function definition(verb: string, [, , , kind = '', name = '']: RegExpExecArray): Sql {
  const type = kind.toUpperCase().replace(/\s+/g, ' ');
  const roles = type === 'USER' || type === 'GROUP' || type === 'ROLE';
  if (verb === 'VACUUM' || verb === 'ANALYZE' || verb === 'CLUSTER') return { tag: verb, object: name || kind, objectType: 'table' };
  const objectType = roles ? 'role' : type.toLowerCase();
  const tag = verb === 'COMMENT' || verb === 'REINDEX' ? verb : `${verb} ${roles ? 'ROLE' : type}`;
  return { tag, object: name.replaceAll('"', ''), objectType };
}

/** A WITH, or an EXPLAIN ANALYZE, is what it leads to; one that changes data inside is told by that. */
function led(verb: string, sql: string): Sql {
  const change = /\b(?:INSERT\s{1,64}INTO|UPDATE|DELETE\s{1,64}FROM|MERGE\s{1,64}INTO)\b/i.exec(sql);
  const inner = change === null ? undefined : /^\w+/.exec(change[0])?.[0].toUpperCase();
  const name = FROM.exec(change === null ? sql : sql.slice(change.index))?.[1]?.replaceAll('"', '') ?? '';
  return { tag: verb === 'EXPLAIN' ? 'EXPLAIN' : (inner ?? 'SELECT'), object: name, objectType: name === '' ? '' : 'table' };
}

function afterComments(sql: string): string {
  let at = 0;
  for (let before = -1; before !== at; ) {
    before = at;
    while (at < sql.length && (sql.charCodeAt(at) <= 0x20 || sql[at] === '(')) at++;
    if (sql.startsWith('--', at)) at = behind(sql, '\n', at);
    else if (sql.startsWith('/*', at)) at = behind(sql, '*/', at);
  }
  return at === 0 ? sql : sql.slice(at);
}

function behind(sql: string, mark: string, at: number): number {
  const end = sql.indexOf(mark, at);
  return end < 0 ? sql.length : end + mark.length;
}

/** Whole tags first, then first words. The verbs of pgaudit and of statements are the same, so that one question finds both. */
const ACTIONS: Readonly<Record<string, Action>> = {
  SELECT: 'read', TABLE: 'read', VALUES: 'read', FETCH: 'read', MOVE: 'read', SHOW: 'read', 'DECLARE CURSOR': 'read', DECLARE: 'read',
  INSERT: 'create', UPDATE: 'update', MERGE: 'update', DELETE: 'delete', TRUNCATE: 'delete', COPY: 'export',
  EXECUTE: 'execute', DO: 'execute', CALL: 'execute', LOAD: 'execute', EXPLAIN: 'query', PREPARE: 'query',
  GRANT: 'grant', REVOKE: 'revoke', 'ALTER DEFAULT PRIVILEGES': 'grant', 'ALTER SYSTEM': 'configure',
  CREATE: 'create', ALTER: 'update', DROP: 'delete', COMMENT: 'update', SECURITY: 'update', REFRESH: 'update', IMPORT: 'create', REASSIGN: 'update',
  SET: 'configure', RESET: 'configure', DISCARD: 'configure',
}; // biome-ignore format: a word list
const IAM = /^(?:GRANT|REVOKE|REASSIGN|(?:CREATE|ALTER|DROP) (?:ROLE|USER|GROUP|POLICY|OWNED)|ALTER DEFAULT)/;
const CONFIG = /^(?:CREATE|ALTER|DROP|COMMENT|SECURITY|IMPORT|LOAD|SHOW)/;
const SESSION =
  /^(?:SET|RESET|DISCARD|BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE TRANSACTION|LISTEN|UNLISTEN|NOTIFY|DEALLOCATE|CLOSE|LOCK)/;

export function actionOfTag(tag: string): Action {
  const whole = Object.hasOwn(ACTIONS, tag) ? ACTIONS[tag] : undefined;
  if (whole !== undefined) return whole;
  const blank = tag.indexOf(' ');
  const first = blank < 0 ? tag : tag.slice(0, blank);
  return (Object.hasOwn(ACTIONS, first) ? ACTIONS[first] : undefined) ?? 'other';
}

export function categoryOfTag(tag: string): Category {
  if (IAM.test(tag)) return 'iam';
  if (SESSION.test(tag)) return 'session';
  return CONFIG.test(tag) ? 'config' : 'data';
}

/** The verb alone: what `method` holds. */
export function verbOf(tag: string): string {
  const blank = tag.indexOf(' ');
  return blank < 0 ? tag : tag.slice(0, blank);
}

const ROLE_NAME = '("[^"]{1,200}"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]{0,200})';
const ROLE_DEFINED = new RegExp(
  `^\\s{0,64}(?:(?:CREATE|ALTER|DROP)\\s{1,64}(?:(?:ROLE|USER|GROUP)\\s{1,64}(?:MAPPING\\s{1,64}(?:IF\\s{1,8}(?:NOT\\s{1,8})?EXISTS\\s{1,8})?FOR\\s{1,64})?|OWNED\\s{1,64}BY\\s{1,64})|REASSIGN\\s{1,64}OWNED\\s{1,64}BY\\s{1,64})(?:IF\\s{1,8}EXISTS\\s{1,8})?${ROLE_NAME}`,
  'i',
);
const ROLE_GRANTED = new RegExp(`\\b(?:TO|FROM)\\s{1,64}(?:GROUP\\s{1,64})?${ROLE_NAME}`, 'i');

/** The role that is made, changed, or given and refused rights. */
export function targetRole(tag: string, sql: string): string | undefined {
  const text = sql.slice(0, READ_CHARS_MAX);
  const pattern = /^(?:GRANT|REVOKE|ALTER DEFAULT)/.test(tag) ? ROLE_GRANTED : ROLE_DEFINED;
  return pattern.exec(text)?.[1]?.replaceAll('"', '');
}
