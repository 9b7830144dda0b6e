import { isUtf8 } from 'node:buffer';
import { walkCall } from './call.ts';
import { quoteName } from './lexer.ts';
import { parameterLiteral } from './parameters.ts';
import { denied, SqlRefusal } from './refusal.ts';
import { walkQuery } from './select.ts';
import { walkRightOfIn } from './set-operand.ts';
import { checkedAlias, checkedName, type Walker } from './walker.ts';

/**
 * Expressions. The normalised text has its parentheses already, so precedence does not matter here: an expression is operands with operators between them, and
 * each operand is one of a few forms. What makes an expression dangerous is which functions it calls and which names can be tables, and both are local.
 */

/** Words that can't be a column when bare: the formatter does not quote them, so they would be read as syntax that comes next. */
const BARE_KEYWORDS: ReadonlySet<string> = new Set(
  'ALL AND ANY APPLY ARRAY AS ASC ASOF ANTI BETWEEN BY CROSS CUBE DESC DISTINCT ESCAPE EXCEPT FILL FINAL FORMAT FROM FULL GLOBAL GROUP GROUPING HAVING IGNORE ILIKE IN INNER INTERPOLATE INTERSECT INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULLS OFFSET ON OR ORDER OUTFILE OVER PARALLEL PASTE PREWHERE QUALIFY RESPECT RIGHT ROLLUP SAMPLE SELECT SEMI SETTINGS STALENESS STEP STREAM TIES TO TOTALS UNION USING WHERE WINDOW WITH'.split(' '),
); // biome-ignore format: a word list

const LITERAL_WORDS: ReadonlySet<string> = new Set(['NULL', 'true', 'false', 'nan', 'inf']);
const OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '=', '==', '!=', '<>', '<', '>', '<=', '>=', '<=>', '->', '||']);
export function walkExpressions(w: Walker): void {
  do walkExpression(w);
  while (w.copySymbol(','));
}

export function walkExpression(w: Walker): void {
  w.nested(() => {
    walkOperand(w);
    while (walkOperator(w)) continue;
  });
}

/** Copies an operator and what stands right of it. */
function walkOperator(w: Walker): boolean {
  const token = w.peek();
  if (token.kind === 'symbol' && OPERATORS.has(token.text)) {
    w.copy();
    walkOperand(w);
    return true;
  }
  if (
    w.copyWords('AND') ||
    w.copyWords('OR') ||
    w.copyWords('IS', 'NOT', 'DISTINCT', 'FROM') ||
    w.copyWords('IS', 'DISTINCT', 'FROM') ||
    copyLike(w)
  ) {
    walkOperand(w);
    if (w.copyWords('ESCAPE')) copyString(w);
    return true;
  }
  if (w.copyWords('IN') || w.copyWords('NOT', 'IN') || w.copyWords('GLOBAL', 'IN') || w.copyWords('GLOBAL', 'NOT', 'IN')) {
    walkRightOfIn(w);
    return true;
  }
  return w.copyWords('IS', 'NOT', 'NULL') || w.copyWords('IS', 'NULL') || copyAlias(w);
}

function copyLike(w: Walker): boolean {
  return w.copyWords('LIKE') || w.copyWords('ILIKE') || w.copyWords('NOT', 'LIKE') || w.copyWords('NOT', 'ILIKE');
}

export function copyAlias(w: Walker): boolean {
  if (!w.copyWords('AS')) return false;
  if (!w.isName()) throw w.unexpected();
  checkedAlias(w.copyName());
  return true;
}

export function walkOperand(w: Walker): void {
  while (w.copyWords('NOT') || w.copySymbol('-')) continue;
  walkPrimary(w);
  while (walkSuffix(w)) continue;
}

function walkPrimary(w: Walker): void {
  const token = w.peek();
  if (token.kind === 'number') w.copy();
  else if (token.kind === 'string') copyString(w);
  else if (token.kind === 'parameter') writeParameter(w);
  else if (isLiteralWord(w, 0)) w.copy();
  else if (w.isSymbol('(')) walkParentheses(w);
  else if (w.isSymbol('[')) walkList(w, '[', ']');
  else if (w.isSymbol('*')) {
    w.copy();
    walkTransformers(w);
  } else if (w.isName()) walkNamed(w);
  else throw w.unexpected();
}

function writeParameter(w: Walker): void {
  const token = w.skip();
  w.write(parameterLiteral(w.context.parameters, token.name, token.type), token.spaced);
}

/** A string literal; bytes that are no UTF-8 become escapes, so that the statement is text. */
export function copyString(w: Walker): void {
  const token = w.skip();
  if (token.kind !== 'string') throw w.unexpected();
  const valid = isUtf8(Buffer.from(token.text, 'latin1'));
  const text = valid ? token.text : token.text.replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
  w.write(text, token.spaced);
}

function walkSuffix(w: Walker): boolean {
  if (w.isSymbol('[')) {
    walkList(w, '[', ']');
    return true;
  }
  if (!w.isSymbol('.')) return false;
  // `(expression).1`: an element of a tuple. Names after a dot behind anything but a name come out of the formatter as tupleElement(…).
  w.copy();
  if (w.peek().kind !== 'number') throw w.unexpected();
  w.copy();
  return true;
}

/** `(…)`: a subquery, a set operation between subqueries, a tuple, or an expression. */
export function walkParentheses(w: Walker): void {
  w.nested(() => {
    if (startsQuery(w)) {
      w.expectSymbol('(');
      walkQuery(w);
      w.expectSymbol(')');
    } else walkList(w, '(', ')');
  });
}

/** Whether the parenthesis that comes next holds a query: `(SELECT`, `(WITH`, or `((SELECT …) UNION`. */
export function startsQuery(w: Walker): boolean {
  let ahead = 0;
  while (w.isSymbol('(', ahead)) ahead += 1;
  if (ahead === 0 || !(w.isWord('SELECT', ahead) || w.isWord('WITH', ahead))) return false;
  return ahead === 1 || isSetOperation(w, ahead);
}

/** `((SELECT 1) EXCEPT …)` is a query, `((SELECT 1) + 1)` an expression: what follows the innermost closing parenthesis decides. */
function isSetOperation(w: Walker, opened: number): boolean {
  let depth = opened;
  let ahead = opened;
  for (; depth >= opened; ahead++) {
    if (w.peek(ahead).kind === 'end') return false;
    if (w.isSymbol('(', ahead)) depth += 1;
    else if (w.isSymbol(')', ahead)) depth -= 1;
  }
  return w.isWord('UNION', ahead) || w.isWord('EXCEPT', ahead) || w.isWord('INTERSECT', ahead);
}

function walkList(w: Walker, open: '(' | '[', close: ')' | ']'): void {
  w.expectSymbol(open);
  if (!w.isSymbol(close)) walkExpressions(w);
  w.expectSymbol(close);
}

/** A column, `t.*`, `COLUMNS(…)`, or a call. */
function walkNamed(w: Walker): void {
  const token = w.peek();
  if (w.isSymbol('(', 1) && !w.peek(1).spaced) {
    if (token.kind === 'word' && token.text === 'COLUMNS') walkColumns(w);
    else walkCall(w);
    return;
  }
  if (token.kind === 'word' && BARE_KEYWORDS.has(token.text)) {
    throw new SqlRefusal('SYNTAX_ERROR', `Syntax error: ${token.text} can't stand for a column here; is something missing before it?`);
  }
  walkColumn(w);
}

function walkColumn(w: Walker): void {
  const spaced = w.peek().spaced;
  const parts: string[] = [checkedName(w.skip().name)];
  while (w.isSymbol('.')) {
    w.skip();
    if (w.isSymbol('*')) {
      w.skip();
      w.write(`${writePath(w, parts)}.*`, spaced);
      walkTransformers(w);
      return;
    }
    if (w.peek().kind === 'number') {
      // `a.1`, and `a.1.2` read as the number 1.2.
      const path = w.skip().text;
      if (!/^[0-9]+(?:\.[0-9]+)*$/.test(path)) throw w.unexpected();
      w.write(`${writePath(w, parts)}.${path}`, spaced);
      return;
    }
    if (!w.isName()) throw w.unexpected();
    parts.push(checkedName(w.skip().name));
  }
  w.write(writePath(w, parts), spaced);
}

/** `default.access_logs.user_id` is written as `access_logs.user_id`: the alias that the table gets holds wherever it really lies. */
function writePath(w: Walker, parts: readonly string[]): string {
  const [database, table] = parts;
  const qualified =
    parts.length > 2 && database !== undefined && table !== undefined && w.context.tables.resolve(database, table) !== undefined;
  return (qualified ? parts.slice(1) : parts).map(quoteName).join('.');
}

function walkColumns(w: Walker): void {
  w.copy();
  w.expectSymbol('(');
  if (w.peek().kind === 'string') copyString(w);
  else {
    do walkColumn(w);
    while (w.copySymbol(','));
  }
  w.expectSymbol(')');
  walkTransformers(w);
}

/** EXCEPT and REPLACE choose and compute columns; APPLY calls a function by a bare name and is refused whole. */
function walkTransformers(w: Walker): void {
  for (;;) {
    if (w.isWord('APPLY')) throw denied('APPLY is not available here; call the function on each column.');
    if (w.isWord('EXCEPT') && !isSetOperand(w)) {
      w.copy();
      w.copyWords('STRICT');
      walkExceptNames(w);
    } else if (w.copyWords('REPLACE')) {
      w.copyWords('STRICT');
      walkList(w, '(', ')');
    } else return;
  }
}

/** `SELECT * EXCEPT SELECT 1` comes out as `(SELECT *) EXCEPT (SELECT 1)`; a bare EXCEPT before SELECT is not a transformer in any case. */
function isSetOperand(w: Walker): boolean {
  return w.isWord('SELECT', 1) || w.isWord('ALL', 1) || w.isWord('DISTINCT', 1) || (w.isSymbol('(', 1) && w.isWord('SELECT', 2));
}

function walkExceptNames(w: Walker): void {
  if (w.peek().kind === 'string') {
    copyString(w);
    return;
  }
  if (!w.copySymbol('(')) {
    w.copyName();
    return;
  }
  do w.copyName();
  while (w.copySymbol(','));
  w.expectSymbol(')');
}

export function isLiteralWord(w: Walker, ahead: number): boolean {
  const token = w.peek(ahead);
  return token.kind === 'word' && LITERAL_WORDS.has(token.text);
}
