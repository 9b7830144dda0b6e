import { startsQuery, walkExpression, walkExpressions } from './expression.ts';
import { quoteName } from './lexer.ts';
import { denied } from './refusal.ts';
import { walkQuery } from './select.ts';
import { checkedAlias, checkedName, clip, type Walker } from './walker.ts';

/**
 * They make rows out of numbers. Every other table function reads something, or, like `values`, takes a string with column declarations, in which ALIAS and DEFAULT are
 * expressions that no guard sees.
 */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['numbers', 'numbers_mt', 'zeros', 'generateseries', 'generate_series']);

const JOIN_WORDS: ReadonlySet<string> = new Set(
  'GLOBAL LOCAL NATURAL ANY ALL ASOF SEMI ANTI LEFT RIGHT INNER FULL OUTER CROSS PASTE ONLY'.split(' '),
);

/** What stands behind FROM, up to the next clause. */
export function walkTables(w: Walker): void {
  walkTable(w);
  for (;;) {
    if (w.copyWords('LEFT', 'ARRAY', 'JOIN') || w.copyWords('ARRAY', 'JOIN')) walkExpressions(w);
    else if (w.copySymbol(',')) walkTable(w);
    else if (copyJoin(w)) {
      walkTable(w);
      walkJoinCondition(w);
    } else return;
  }
}

function copyJoin(w: Walker): boolean {
  let words = 0;
  while (w.peek(words).kind === 'word' && JOIN_WORDS.has(w.peek(words).text)) words += 1;
  if (!w.isWord('JOIN', words)) return false;
  for (let n = 0; n <= words; n++) w.copy();
  return true;
}

function walkJoinCondition(w: Walker): void {
  if (w.copyWords('ON')) walkExpression(w);
  else if (w.copyWords('USING')) walkExpressions(w);
}

function walkTable(w: Walker): void {
  if (w.isSymbol('(')) {
    if (!startsQuery(w)) throw w.unexpected();
    w.expectSymbol('(');
    walkQuery(w);
    w.expectSymbol(')');
    walkTableAlias(w, undefined);
  } else if (w.isName() && w.isSymbol('(', 1)) {
    walkTableFunction(w);
    walkTableAlias(w, undefined);
  } else walkTableName(w);
  w.copyWords('FINAL');
  if (w.copyWords('SAMPLE')) {
    walkExpression(w);
    if (w.copyWords('OFFSET')) walkExpression(w);
  }
}

/** `name` or `database.name`, written as what stands behind it. */
export function walkTableName(w: Walker): void {
  if (w.peek().kind === 'parameter') throw denied('A parameter may not stand for a table; write the name into the query.');
  if (!w.isName()) throw w.unexpected();
  const first = w.skip();
  let database: string | undefined;
  let name = checkedName(first.name);
  if (w.isSymbol('.')) {
    w.skip();
    if (!w.isName()) throw w.unexpected();
    database = name;
    name = checkedName(w.skip().name);
    if (w.isSymbol('.')) throw w.unexpected();
  }
  const table = w.table(database, name);
  w.write(table.sql, true);
  walkTableAlias(w, table.alias);
}

/** Columns may be renamed with the alias: `AS t(a, b)`. */
function walkTableAlias(w: Walker, otherwise: string | undefined): void {
  if (!w.copyWords('AS')) {
    if (otherwise !== undefined) w.write(`AS ${quoteName(otherwise)}`);
    return;
  }
  checkedAlias(w.copyName());
  if (!w.copySymbol('(')) return;
  do checkedAlias(w.copyName());
  while (w.copySymbol(','));
  w.expectSymbol(')');
}

export function walkTableFunction(w: Walker): void {
  const token = w.skip();
  if (!TABLE_FUNCTIONS.has(token.name.toLowerCase())) {
    throw denied(
      `The table function ${clip(token.name)} is not available here: it reaches outside of the tables that this endpoint shows.`,
    );
  }
  w.write(quoteName(token.name), token.spaced);
  w.expectSymbol('(');
  if (!w.isSymbol(')')) walkExpressions(w);
  w.expectSymbol(')');
}
