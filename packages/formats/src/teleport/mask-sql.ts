import { REDACTED } from '../json/attributes.ts';

/** Passwords that a statement sets or uses: `PASSWORD '…'`, `IDENTIFIED BY '…'`, `password=…` in a connection string. */
const SECRET =
  /\b(password|identified(?:\s+with\s+\S{1,64})?\s+(?:by|as)|pwd)(\s*=\s*|\s*\(\s*|\s+)('(?:[^'\\]|\\.|'')*(?:'|$)|"(?:[^"\\]|\\.|"")*(?:"|$)|\$\w{0,64}\$[^$]*(?:\$\w{0,64}\$|$))/gi;

export function maskSql(query: string): string {
  return query.replace(SECRET, (_, word: string, between: string) => `${word}${between}${REDACTED}`);
}
