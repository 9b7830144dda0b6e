import { copyString, startsQuery, walkExpression } from './expression.ts';
import { FORMATS } from './formats.ts';
import { quoteString } from './lexer.ts';
import { denied, SqlRefusal } from './refusal.ts';
import { walkQuery } from './select.ts';
import { isIgnoredSetting } from './settings.ts';
import { walkTableFunction } from './table-expression.ts';
import { USER_DATABASE } from './tables.ts';
import { clip, Walker, type GuardContext } from './walker.ts';

/** A statement that the guard let through. */
export interface GuardedStatement {
  /** What runs, without FORMAT and SETTINGS; undefined when there is nothing to run (USE, SET). */
  readonly sql: string | undefined;
  /** The FORMAT clause, if there was one. */
  readonly format: string | undefined;
  /** An EXPLAIN: it runs nothing of the statement. */
  readonly explains: boolean;
  /** Tables that it reads, as the user knows them. */
  readonly tables: readonly string[];
}

const WRITES: ReadonlySet<string> = new Set(
  'INSERT CREATE DROP ALTER DELETE UPDATE TRUNCATE RENAME EXCHANGE ATTACH DETACH OPTIMIZE UNDROP REPLACE MOVE BACKUP RESTORE GRANT REVOKE SYSTEM KILL BEGIN COMMIT ROLLBACK COPY'.split(' '),
); // biome-ignore format: a word list

const EXPLAIN_SETTINGS: ReadonlySet<string> = new Set(
  'header description actions json indexes projections sorting keep_logical_steps pretty compact graph distributed optimize oneline run_query_tree_passes query_tree_passes'.split(
    ' ',
  ),
);

/** Reads a normalised statement; throws SqlRefusal when it is anything but an allowed read. */
export function guardStatement(normalised: string, context: GuardContext): GuardedStatement {
  const w = new Walker(normalised, context);
  const explains = w.isWord('EXPLAIN');
  const runs = walkStatement(w);
  const format = takeFormat(w);
  const written = w.finish();
  return { sql: runs ? written : undefined, format, explains, tables: [...w.tablesRead].sort() };
}

/** Writes what runs; false when nothing does. */
function walkStatement(w: Walker): boolean {
  const first = w.peek();
  if (first.kind === 'symbol' || w.isWord('SELECT') || w.isWord('WITH')) walkQuery(w);
  else if (w.isWord('SHOW')) walkShow(w);
  else if (w.copyWords('DESCRIBE', 'TABLE')) walkDescribe(w);
  else if (w.isWord('EXISTS')) walkExists(w);
  else if (w.isWord('EXPLAIN')) walkExplain(w);
  else if (w.isWord('USE')) {
    walkUse(w);
    return false;
  } else if (w.isWord('SET')) {
    walkSet(w);
    return false;
  } else if (first.kind === 'word' && WRITES.has(first.text)) {
    throw new SqlRefusal(
      'READONLY',
      `${clip(first.text)} is not possible here: this endpoint is read-only. Events come in by POST /v1/events.`,
    );
  } else throw denied(`${clip(first.text)} is not available here: SELECT, SHOW, DESCRIBE, EXISTS and EXPLAIN are.`);
  return true;
}

function takeFormat(w: Walker): string | undefined {
  if (w.isWord('INTO')) throw denied('INTO OUTFILE is not available here: the answer comes over HTTP; write it to a file on your side.');
  if (w.isWord('SETTINGS'))
    throw denied('A SETTINGS clause is not available here; send settings as URL parameters: …/sql?max_execution_time=60');
  if (!w.isWord('FORMAT')) return undefined;
  w.skip();
  const format = w.skip().name;
  if (w.isWord('SETTINGS'))
    throw denied('A SETTINGS clause is not available here; send settings as URL parameters: …/sql?max_execution_time=60');
  return knownFormat(format);
}

export function knownFormat(format: string): string {
  if (!FORMATS.has(format))
    throw new SqlRefusal(
      'UNKNOWN_FORMAT',
      `The format ${clip(format)} is not available here; SELECT name FROM system.formats lists those that are.`,
    );
  return format;
}

function walkShow(w: Walker): void {
  w.skip();
  if (w.isWord('CREATE') && w.isWord('TABLE', 1)) {
    if (w.context.tables.scoped) throw denied('SHOW CREATE TABLE is not available within a scope; DESCRIBE TABLE lists the columns.');
    w.write('SHOW', false);
    w.expectWords('CREATE', 'TABLE');
    walkBareTable(w);
  } else if (w.isWord('TABLES')) {
    w.skip();
    const database = takeDatabase(w) ?? USER_DATABASE;
    const names = w.context.tables.names(database).map(quoteString).join(', ');
    w.write(`SELECT * FROM (SELECT arrayJoin(CAST([${names}], 'Array(String)')) AS name)`, false);
    walkShowFilter(w, 'name');
  } else if (w.isWord('DATABASES')) {
    w.skip();
    w.write(`SELECT * FROM (SELECT ${quoteString(USER_DATABASE)} AS name)`, false);
    walkShowFilter(w, 'name');
  } else walkShowColumns(w);
}

/** `SHOW [EXTENDED] [FULL] COLUMNS FROM table [FROM database]`. */
function walkShowColumns(w: Walker): void {
  while (w.isWord('EXTENDED') || w.isWord('FULL')) w.skip();
  if (!w.isWord('COLUMNS'))
    throw denied(`SHOW ${clip(w.peek().text)} is not available here: SHOW TABLES, DATABASES, COLUMNS and CREATE TABLE are.`);
  w.skip();
  if (!w.isWord('FROM')) throw w.unexpected();
  w.skip();
  const table = w.isName() ? w.skip().name : '';
  const database = takeDatabase(w);
  const found = w.table(database, table);
  const columns = w.table('system', 'columns').sql;
  const name = found.kind === 'table' ? found.alias : '';
  w.write(
    `SELECT * FROM (SELECT name AS field, type AS type, if(startsWith(type, 'Nullable('), 'YES', 'NO') AS \`null\`, if(is_in_primary_key, 'PRI', '') AS key, ` +
      `default_expression AS \`default\`, '' AS extra FROM ${columns} WHERE \`table\` = ${quoteString(name)} ORDER BY position)`,
    false,
  );
  walkShowFilter(w, 'field');
}

function takeDatabase(w: Walker): string | undefined {
  if (!w.isWord('FROM') && !w.isWord('IN')) return undefined;
  w.skip();
  if (!w.isName()) throw w.unexpected();
  const database = w.skip().name;
  if (w.context.tables.names(database).length === 0)
    throw new SqlRefusal('UNKNOWN_DATABASE', `There is no database ${clip(database)} here; the events are in ${USER_DATABASE}.`);
  return database;
}

function walkShowFilter(w: Walker, column: string): void {
  if (w.copyWords('WHERE')) walkExpression(w);
  else if (w.isWord('LIKE') || w.isWord('ILIKE') || w.isWord('NOT')) {
    w.write(`WHERE ${column}`);
    w.copyWords('NOT');
    if (!w.copyWords('LIKE')) w.expectWords('ILIKE');
    copyString(w);
  }
  if (w.copyWords('LIMIT')) walkExpression(w);
}

/** A table by name, for statements that take neither alias nor subquery. */
function walkBareTable(w: Walker): void {
  const { database, name } = takeTableName(w);
  const table = w.table(database, name);
  if (table.kind !== 'table') throw denied(`${clip(table.name)} is answered by Daybook; there is no CREATE statement for it.`);
  w.write(table.sql);
}

function takeTableName(w: Walker): { readonly database: string | undefined; readonly name: string } {
  if (!w.isName()) throw w.unexpected();
  const first = w.skip().name;
  if (!w.isSymbol('.')) return { database: undefined, name: first };
  w.skip();
  if (!w.isName()) throw w.unexpected();
  return { database: first, name: w.skip().name };
}

function walkDescribe(w: Walker): void {
  if (startsQuery(w)) {
    w.expectSymbol('(');
    walkQuery(w);
    w.expectSymbol(')');
  } else if (w.isName() && w.isSymbol('(', 1)) walkTableFunction(w);
  else {
    const { database, name } = takeTableName(w);
    w.write(w.table(database, name).sql);
  }
}

/** Answered without the engine: 1 for what this user can read, 0 for everything else. */
function walkExists(w: Walker): void {
  w.skip();
  const what = w.peek().text;
  if (!['TABLE', 'VIEW', 'DICTIONARY', 'DATABASE'].includes(what)) throw w.unexpected();
  w.skip();
  const { database, name } = takeTableName(w);
  const exists = what === 'DATABASE' ? w.context.tables.names(name).length > 0 : what === 'TABLE' && w.isKnownTable(database, name);
  w.write(`SELECT toUInt8(${exists ? 1 : 0}) AS result`, false);
}

/** Runs as a subquery: FORMAT behind an EXPLAIN would be a part of what is explained. */
function walkExplain(w: Walker): void {
  if (w.context.tables.scoped) throw denied('EXPLAIN is not available within a scope: it would tell of the whole table.');
  w.write('SELECT * FROM (', false);
  w.copy();
  if (!(w.copyWords('AST') || w.copyWords('SYNTAX') || w.copyWords('PIPELINE') || w.copyWords('ESTIMATE'))) w.copyWords('PLAN');
  if (w.isWord('QUERY') || w.isWord('CURRENT') || w.isWord('TABLE') || w.isWord('ANALYZE')) {
    throw denied(`EXPLAIN ${clip(w.peek().text)} is not available here: EXPLAIN PLAN, SYNTAX, AST, PIPELINE and ESTIMATE are.`);
  }
  while (w.peek().kind === 'word' && w.isSymbol('=', 1)) {
    if (!EXPLAIN_SETTINGS.has(w.peek().text)) throw denied(`EXPLAIN takes no setting ${clip(w.peek().text)} here.`);
    w.copy();
    w.copy();
    if (w.copy().kind !== 'number') throw w.unexpected();
    w.copySymbol(',');
  }
  if (!(w.isWord('SELECT') || w.isWord('WITH') || w.isSymbol('('))) throw denied('EXPLAIN explains SELECT here, nothing else.');
  walkQuery(w);
  w.write(')', false);
}

/** There are no sessions, and one database: USE of it changes nothing. */
function walkUse(w: Walker): void {
  w.skip();
  const name = w.isName() ? w.skip().name : '';
  if (name !== USER_DATABASE)
    throw new SqlRefusal('UNKNOWN_DATABASE', `There is no database ${clip(name)} here; the events are in ${USER_DATABASE}.`);
}

/** Clients set what does not matter here at the start of a session; a setting that would matter must not seem to be set. */
function walkSet(w: Walker): void {
  w.skip();
  do {
    const name = w.isName() ? w.skip().name : '';
    if (!w.isSymbol('=')) throw denied('Only SET name = value is known here.');
    w.skip();
    if (!isIgnoredSetting(name))
      throw denied(`SET ${clip(name)} has no effect here, since there are no sessions; send it as a URL parameter: …/sql?${clip(name)}=…`);
    if (!['number', 'string', 'word'].includes(w.peek().kind)) throw w.unexpected();
    w.skip();
    if (!w.isSymbol(',')) return;
    w.skip();
  } while (w.peek().kind !== 'end');
}
