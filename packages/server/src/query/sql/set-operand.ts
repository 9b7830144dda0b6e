import { copyAlias, isLiteralWord, startsQuery, walkOperand } from './expression.ts';
import { quoteName } from './lexer.ts';
import { checkedName, type Walker } from './walker.ts';

/**
 * Right of IN a bare name can be a table, so it is resolved as one: an allowed table or common table expression is written as a subquery. Any other name is
 * wrapped in a function, where the engine takes it for a column or an alias only.
 */
export function walkRightOfIn(w: Walker): void {
  let open = 0;
  while (w.isSymbol('(', open)) open += 1;
  const path = pathLength(w, open);
  if (path === 0 || startsQuery(w)) {
    walkOperand(w);
    return;
  }
  const after = w.peek(open + path);
  const alone = open === 0 ? !(after.kind === 'symbol' && after.text === '(') : w.isSymbol(')', open + path) || w.isWord('AS', open + path);
  if (!alone) {
    walkOperand(w);
    return;
  }
  const spaced = w.peek().spaced;
  for (let n = 0; n < open; n++) w.skip();
  const names: string[] = [];
  for (let n = 0; n < path; n++) {
    const token = w.skip();
    if (n % 2 === 0) names.push(token.name);
  }
  w.write(`${'('.repeat(open)}${setOf(w, names)}`, spaced);
  if (open > 0) copyAlias(w);
  for (let n = 0; n < open; n++) w.expectSymbol(')');
}

/** Tokens of the dotted name that begins `ahead`; 0 when there is none. */
function pathLength(w: Walker, ahead: number): number {
  if (!w.isName(ahead) || isLiteralWord(w, ahead)) return 0;
  let length = 1;
  while (w.isSymbol('.', ahead + length) && w.isName(ahead + length + 1)) length += 2;
  return length;
}

function setOf(w: Walker, names: readonly string[]): string {
  const [first = '', second] = names;
  const [database, table] = second === undefined ? [undefined, first] : [first, second];
  if (names.length <= 2 && w.isKnownTable(database, table)) {
    return `(SELECT * FROM ${w.table(database, table).sql})`;
  }
  return `identity(${names.map((name) => quoteName(checkedName(name))).join('.')})`;
}
