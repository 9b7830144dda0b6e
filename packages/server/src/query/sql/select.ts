import { walkWindow } from './call.ts';
import { copyString, startsQuery, walkExpression, walkExpressions } from './expression.ts';
import { denied } from './refusal.ts';
import { quoteName } from './lexer.ts';
import { walkTables } from './table-expression.ts';
import { checkedAlias, RESERVED_PREFIX, type Walker } from './walker.ts';

/** One SELECT or several between UNION, INTERSECT and EXCEPT. */
export function walkQuery(w: Walker): void {
  w.nested(() =>
    // Common table expressions of the first SELECT hold for the following ones too: the engine's grammar says so.
    w.scoped(() => {
      walkQueryOperand(w);
      while (copySetOperator(w)) walkQueryOperand(w);
    }),
  );
}

function walkQueryOperand(w: Walker): void {
  if (w.copySymbol('(')) {
    walkQuery(w);
    w.expectSymbol(')');
  } else walkSelect(w);
}

function copySetOperator(w: Walker): boolean {
  if (!w.copyWords('UNION') && !w.copyWords('INTERSECT') && !w.copyWords('EXCEPT')) return false;
  if (!w.copyWords('ALL')) w.copyWords('DISTINCT');
  return true;
}

function walkSelect(w: Walker): void {
  if (w.copyWords('WITH')) walkWith(w);
  w.expectWords('SELECT');
  w.copyWords('DISTINCT');
  walkSelectList(w);
  if (w.copyWords('FROM')) walkTables(w);
  if (w.copyWords('PREWHERE')) walkExpression(w);
  if (w.copyWords('WHERE')) walkExpression(w);
  if (w.copyWords('GROUP', 'BY')) walkGroupBy(w);
  if (w.copyWords('HAVING')) walkExpression(w);
  if (w.copyWords('WINDOW')) walkWindows(w);
  if (w.copyWords('QUALIFY')) walkExpression(w);
  if (w.copyWords('ORDER', 'BY')) walkOrderBy(w);
  while (w.copyWords('LIMIT')) walkLimit(w);
  if (w.copyWords('OFFSET')) walkExpression(w);
  if (w.isWord('SETTINGS'))
    throw denied('A SETTINGS clause is not available here; send settings as URL parameters: …/sql?max_execution_time=60');
}

function walkSelectList(w: Walker): void {
  do {
    const start = w.mark();
    walkExpression(w);
    const name = w.answerSince(start);
    if (name !== undefined) w.write(`AS ${quoteName(name)}`);
  } while (w.copySymbol(','));
}

function walkWith(w: Walker): void {
  const recursive = w.copyWords('RECURSIVE');
  do walkWithElement(w, recursive);
  while (w.copySymbol(','));
}

/** `name AS [MATERIALIZED] (SELECT …)`, or an expression with an alias. */
function walkWithElement(w: Walker, recursive: boolean): void {
  const materialized = w.isWord('MATERIALIZED', 2) ? 1 : 0;
  if (!w.isName() || !w.isWord('AS', 1) || !w.isSymbol('(', 2 + materialized)) {
    walkExpression(w);
    return;
  }
  const token = w.skip();
  const name = checkedAlias(token.name);
  w.write(quoteName(RESERVED_PREFIX + name), token.spaced);
  w.expectWords('AS');
  w.copyWords('MATERIALIZED');
  if (recursive) w.declare(name);
  if (!startsQuery(w)) throw w.unexpected();
  w.expectSymbol('(');
  walkQuery(w);
  w.expectSymbol(')');
  w.declare(name);
}

function walkGroupBy(w: Walker): void {
  if (w.copyWords('GROUPING', 'SETS')) {
    w.expectSymbol('(');
    do walkGroupingSet(w);
    while (w.copySymbol(','));
    w.expectSymbol(')');
  } else if (!w.copyWords('ALL')) walkExpressions(w);
  while (w.copyWords('WITH', 'ROLLUP') || w.copyWords('WITH', 'CUBE') || w.copyWords('WITH', 'TOTALS')) continue;
}

function walkGroupingSet(w: Walker): void {
  w.expectSymbol('(');
  if (!w.isSymbol(')')) walkExpressions(w);
  w.expectSymbol(')');
}

function walkWindows(w: Walker): void {
  do {
    w.copyName();
    w.expectWords('AS');
    walkWindow(w);
  } while (w.copySymbol(','));
}

function walkOrderBy(w: Walker): void {
  if (w.copyWords('ALL')) copyDirection(w);
  else walkOrderElements(w);
  if (!w.copyWords('INTERPOLATE')) return;
  if (!w.copySymbol('(')) return;
  do {
    w.copyName();
    w.expectWords('AS');
    walkExpression(w);
  } while (w.copySymbol(','));
  w.expectSymbol(')');
}

export function walkOrderElements(w: Walker): void {
  do {
    walkExpression(w);
    copyDirection(w);
    if (w.copyWords('COLLATE')) copyString(w);
    if (w.copyWords('WITH', 'FILL')) walkFill(w);
  } while (w.copySymbol(','));
}

function copyDirection(w: Walker): void {
  if (!w.copyWords('ASC')) w.copyWords('DESC');
  if (!w.copyWords('NULLS', 'FIRST')) w.copyWords('NULLS', 'LAST');
}

function walkFill(w: Walker): void {
  for (const word of ['FROM', 'TO', 'STEP', 'STALENESS']) if (w.copyWords(word)) walkExpression(w);
}

/** `LIMIT [offset,] n [WITH TIES]` and `LIMIT [offset,] n BY …`. */
function walkLimit(w: Walker): void {
  walkExpression(w);
  if (w.copySymbol(',')) walkExpression(w);
  if (w.copyWords('BY')) {
    if (!w.copyWords('ALL')) walkExpressions(w);
  } else w.copyWords('WITH', 'TIES');
}
