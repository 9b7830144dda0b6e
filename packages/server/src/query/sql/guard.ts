import { SqlRefusal } from './refusal.ts';
import { guardStatement, type GuardedStatement } from './statement.ts';
import type { GuardContext } from './walker.ts';

/** Runs one statement of Daybook's own in the engine and returns its whole answer; rejects with the engine's message. */
export type AskEngine = (sql: string) => Promise<Buffer>;

/**
 * The engine reads at most 262,144 bytes of a statement (`max_query_size`). The text travels to its parser as hexadecimal digits, twice as long; and what
 * the guard writes is longer than what it read.
 */
export const QUERY_BYTES_MAX = 120_000;
export const STATEMENT_BYTES_MAX = 250_000;

const SCOPE_MARK = ': In scope SELECT formatQuerySingleLine(';

/**
 * Parses with the engine's own parser, which refuses several statements and never runs what it formats; then reads its output only. The text goes in
 * as digits, so no quoting has to be right.
 */
export async function guardQuery(text: string, context: GuardContext, ask: AskEngine): Promise<GuardedStatement> {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > QUERY_BYTES_MAX)
    throw new SqlRefusal('QUERY_IS_TOO_LARGE', `The query has ${bytes.length} bytes; ${QUERY_BYTES_MAX} is the limit.`);
  if (text.includes('\0')) throw new SqlRefusal('SYNTAX_ERROR', `Syntax error: a NUL character at position ${text.indexOf('\0') + 1}.`);
  if (text.trim() === '') throw new SqlRefusal('SYNTAX_ERROR', 'Syntax error: the query is empty.');
  const statement = guardStatement(await normalise(bytes, ask), context);
  if (statement.sql !== undefined && Buffer.byteLength(statement.sql) > STATEMENT_BYTES_MAX) {
    throw new SqlRefusal('QUERY_IS_TOO_LARGE', `The query has more than ${STATEMENT_BYTES_MAX} bytes when its names are written out.`);
  }
  return statement;
}

async function normalise(bytes: Buffer, ask: AskEngine): Promise<string> {
  try {
    const answer = await ask(`SELECT formatQuerySingleLine(unhex('${bytes.toString('hex')}')) FORMAT RawBLOB`);
    return answer.toString('latin1').trim();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const end = message.lastIndexOf(SCOPE_MARK);
    if (end < 0 || !/Code: (?:62|168|306|167)\./.test(message)) throw error;
    const start = message.indexOf('DB::Exception: ');
    throw new SqlRefusal('SYNTAX_ERROR', message.slice(start < 0 ? 0 : start + 'DB::Exception: '.length, end));
  }
}
