/**
 * What the engine process must know of a statement's text: whether it is an INSERT with its rows behind it, and where its FORMAT stands. The texts come
 * from Daybook's own code and from the guard, which writes them anew; this is no SQL parser and no boundary.
 */
export interface InsertHead {
  /** `INSERT INTO t (…) SELECT …`: what stands before FROM. */
  readonly into: string;
  /** Columns and types of the rows, as the literal that stands in the statement. */
  readonly structure: string;
  readonly format: string;
}

const INSERT_HEAD = /^\s*(INSERT\s+INTO\s.+)\sFROM\s+input\(('(?:[^'\\]|\\.)*')\)\s+FORMAT\s+(\w+)\s*$/is;
const READS = /^[\s(]*(?:SELECT|WITH|SHOW|DESCRIBE|DESC|EXPLAIN|EXISTS|VALUES)\b/i;
const SETTING = String.raw`\w+\s*=\s*(?:'(?:[^'\\]|\\.|'')*'|[\w.+-]+)`;
/** A FORMAT clause at the end, with the SETTINGS that may follow it. No two parts can take the same character, so that it fails in linear time. */
const FORMAT_TAIL = new RegExp(String.raw`^\sFORMAT\s+(\w+)(\s+SETTINGS\s+${SETTING}(?:\s*,\s*${SETTING})*)?\s*;?\s*$`, 'is');

/** An INSERT whose rows follow, in the one form that Daybook writes: `INSERT INTO t (…) SELECT … FROM input('…') FORMAT F`. */
export function parseInsertHead(text: string): InsertHead | undefined {
  const match = INSERT_HEAD.exec(text);
  if (match === null) return undefined;
  const [, into = '', structure = '', format = ''] = match;
  return { into, structure, format };
}

export function isRead(text: string): boolean {
  return READS.test(text);
}

export interface ReadText {
  /** The statement without FORMAT and what follows it. */
  readonly body: string;
  readonly format: string;
  /** ` SETTINGS …` that stood behind FORMAT, or empty. */
  readonly settings: string;
}

export function splitRead(text: string, defaultFormat: string): ReadText {
  // The last place where a FORMAT clause can begin: an earlier match could only lie within a string.
  for (let at = lastFormat(text, text.length); at >= 0; at = lastFormat(text, at)) {
    const match = FORMAT_TAIL.exec(text.slice(at));
    if (match !== null) return { body: text.slice(0, at), format: match[1] ?? defaultFormat, settings: match[2] ?? '' };
  }
  return { body: text.replace(/[\s;]+$/, ''), format: defaultFormat, settings: '' };
}

function lastFormat(text: string, before: number): number {
  if (before <= 0) return -1;
  const match = /.*\s(?=FORMAT\s)/is.exec(text.slice(0, Math.min(text.length, before + 6)));
  if (match === null) return -1;
  const at = match[0].length - 1;
  return at < before ? at : -1;
}
