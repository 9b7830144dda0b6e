import { walkExpressions, walkOperand, walkParentheses } from './expression.ts';
import { ANSWERED, classifyFunction, functionRefusal } from './functions.ts';
import { quoteName, quoteString, type Token } from './lexer.ts';
import { denied } from './refusal.ts';
import { walkOrderElements } from './select.ts';
import { USER_DATABASE } from './tables.ts';
import { clip, type Walker } from './walker.ts';

/** Their last argument is the name of a type; a computed one could spell a type that reads raw engine states. */
const TYPE_LAST: ReadonlySet<string> = new Set(['cast', 'accuratecast', 'accuratecastornull', 'reinterpret']);

/**
 * Their first argument is the name of an aggregate function, with parameters in parentheses, and the engine *evaluates* these: any function, any subquery. So
 * it must be a literal that holds a name, and numbers at most.
 */
const AGGREGATE_FIRST: ReadonlySet<string> = new Set(['arrayreduce', 'arrayreduceinranges', 'initializeaggregation']);
const AGGREGATE_LITERAL = /^\('([A-Za-z_][A-Za-z0-9_]*)(?:\([0-9., ]*\))?',/;

/** `name(arguments)`, `name(parameters)(arguments)`, with IGNORE NULLS, RESPECT NULLS and OVER. */
export function walkCall(w: Walker): void {
  const token = w.skip();
  const answer = ANSWERED.get(token.name.toLowerCase());
  if (answer !== undefined) {
    writeAnswer(w, token, answer);
    return;
  }
  if (classifyFunction(token.name) !== 'allowed') throw functionRefusal(token.name);
  w.write(token.kind === 'quoted' ? quoteName(token.name) : token.text, token.spaced);
  const first = w.mark();
  walkArguments(w, token);
  if (AGGREGATE_FIRST.has(token.name.toLowerCase())) checkAggregate(w, first);
  if (w.isSymbol('(') && !w.peek().spaced) walkArguments(w, token);
  else if (TYPE_LAST.has(token.name.toLowerCase())) checkType(w, first);
  if (!w.copyWords('IGNORE', 'NULLS')) w.copyWords('RESPECT', 'NULLS');
  if (w.copyWords('OVER')) walkOver(w);
}

function walkArguments(w: Walker, callee: Token): void {
  w.expectSymbol('(');
  if (callee.name.toLowerCase() === 'exists') {
    // The formatter writes exists((SELECT …)).
    walkParentheses(w);
  } else if (w.isWord('SELECT') || w.isWord('WITH'))
    throw denied(`${clip(callee.name)}(SELECT …) is not available here; put the subquery into parentheses.`);
  else if (!w.isSymbol(')')) walkExpressions(w);
  w.expectSymbol(')');
}

function checkAggregate(w: Walker, mark: number): void {
  const name = AGGREGATE_LITERAL.exec(w.since(mark))?.[1];
  if (name === undefined)
    throw denied("The aggregate function must be named by a literal here, with numbers as its parameters at most: 'sum', 'quantile(0.9)'.");
  if (classifyFunction(name) !== 'allowed') throw functionRefusal(name);
}

/** The type must stand there as a literal, and must not be one whose values are the engine's raw states. */
function checkType(w: Walker, mark: number): void {
  const written = w.since(mark);
  const literal = /, ('(?:[^'\\]|\\[^])*')\)$/.exec(written)?.[1];
  if (literal === undefined) throw denied('The type of a CAST must be written as a literal.');
  if (/aggregatefunction/i.test(literal)) throw denied('A CAST to an aggregate function state is not available here.');
}

/** `currentUser()` and the like are Daybook's to answer. */
function writeAnswer(w: Walker, token: Token, answer: 'user' | 'database' | 'host'): void {
  w.expectSkip('(');
  if (!w.isSymbol(')')) throw denied(`${clip(token.name)} takes no argument here.`);
  w.expectSkip(')');
  const text = { user: w.context.userName, database: USER_DATABASE, host: 'daybook' }[answer];
  w.answered(`${token.name}()`);
  w.write(quoteString(Buffer.from(text, 'utf8').toString('latin1')), token.spaced);
}

function walkOver(w: Walker): void {
  if (w.isName()) w.copyName();
  else walkWindow(w);
}

/** `(PARTITION BY … ORDER BY … ROWS BETWEEN … AND …)`, possibly beginning with the name of another window. */
export function walkWindow(w: Walker): void {
  w.expectSymbol('(');
  if (w.isName() && !w.isWord('PARTITION') && !w.isWord('ORDER') && !w.isWord('ROWS') && !w.isWord('RANGE') && !w.isWord('GROUPS'))
    w.copyName();
  if (w.copyWords('PARTITION', 'BY')) walkExpressions(w);
  if (w.copyWords('ORDER', 'BY')) walkOrderElements(w);
  if (w.copyWords('ROWS') || w.copyWords('RANGE') || w.copyWords('GROUPS')) {
    w.expectWords('BETWEEN');
    walkFrameBound(w);
    w.expectWords('AND');
    walkFrameBound(w);
  }
  w.expectSymbol(')');
}

function walkFrameBound(w: Walker): void {
  if (w.copyWords('CURRENT', 'ROW')) return;
  if (!w.copyWords('UNBOUNDED')) walkOperand(w);
  if (!w.copyWords('PRECEDING')) w.expectWords('FOLLOWING');
}
