import { literalEnd, REDACTED } from './literals.ts';
import { SECRET_NAME } from './secret-names.ts';

/** `(name, password) VALUES (…)` of INSERT, `(name, password) = (…)` of UPDATE: a list of columns, and the rows behind it. */
const COLUMNS = /\(([^()]{1,4000})\)\s{0,64}(?:OVERRIDING\s{1,8}\w{1,8}\s{1,8}VALUE\s{1,64})?(?:VALUES|=)\s{0,64}(?:ROW\s{0,8})?(?=\()/gi;
const COLUMN = new RegExp(`(?:${SECRET_NAME})["\\\\]{0,8}\\s{0,64}$`, 'i');

/** Texts that are values of secret columns, masked: told by their places. */
export function redactRows(sql: string): string {
  let out = '';
  let done = 0;
  COLUMNS.lastIndex = 0;
  for (let match = COLUMNS.exec(sql); match !== null; match = COLUMNS.exec(sql)) {
    const secret = new Set((match[1] ?? '').split(',').flatMap((column, index) => (COLUMN.test(column) ? [index] : [])));
    if (secret.size === 0) continue;
    const from = match.index + match[0].length;
    const rows = maskedRows(sql, from, secret);
    out += sql.slice(done, from) + rows.text;
    done = rows.end;
    COLUMNS.lastIndex = rows.end;
  }
  return done === 0 ? sql : out + sql.slice(done);
}

/** Rows one after another, up to what is no row. */
function maskedRows(sql: string, from: number, secret: ReadonlySet<number>): { readonly text: string; readonly end: number } {
  let text = '';
  let done = from;
  let depth = 0;
  let column = 0;
  let at = from;
  for (; at < sql.length; at++) {
    const c = sql[at];
    if (c === '(') {
      if (depth++ === 0) column = 0;
    } else if (c === ')') {
      if (--depth === 0 && !NEXT_ROW.test(sql.slice(at + 1, at + 66))) break;
      if (depth < 0) break;
    } else if (c === ',' && depth === 1) column++;
    else if (c === "'" || c === '$') {
      const end = literalEnd(sql, /[eE]/.test(sql[at - 1] ?? '') ? at - 1 : at);
      if (end < 0) continue;
      if (depth > 0 && secret.has(column)) {
        text += sql.slice(done, at) + REDACTED;
        done = end;
      }
      at = end - 1;
    }
  }
  return { text: text + sql.slice(done, at), end: at };
}

const NEXT_ROW = /^\s{0,64},\s{0,64}\(/;
