import { FIELDS } from '../fields.ts';

export const KEYWORDS = ['SELECT', 'FROM', 'WHERE', 'GROUP BY', 'ORDER BY', 'LIMIT', 'HAVING', 'AND', 'OR', 'NOT', 'IN', 'LIKE', 'ILIKE', 'BETWEEN', 'IS', 'NULL', 'AS', 'DESC', 'ASC', 'DISTINCT', 'WITH', 'JOIN', 'ON', 'UNION ALL', 'CASE', 'WHEN', 'THEN', 'ELSE', 'END', 'INTERVAL', 'DAY', 'HOUR', 'MINUTE', 'LIMIT 1 BY']; // biome-ignore format: a word list
export const FUNCTIONS = ['count()', 'countIf()', 'uniq()', 'min()', 'max()', 'avg()', 'sum()', 'quantile(0.95)()', 'topK(10)()', 'groupArray()', 'now()', 'today()', 'toDate()', 'toStartOfHour()', 'toStartOfDay()', 'toStartOfMinute()', 'toHour()', 'toDayOfWeek()', 'dateDiff()', 'JSONExtractString()', 'lower()', 'length()', 'splitByChar()', 'startsWith()', 'match()', 'if()', 'anyLast()', 'argMax()', 'isIPAddressInRange()']; // biome-ignore format: a word list
export const COLUMNS: readonly { readonly name: string; readonly doc: string }[] = [
  ...FIELDS.map(({ name, doc }) => ({ name, doc: doc.replaceAll('`', '') })),
  { name: 'log', doc: 'Which ledger.' },
  { name: 'idx', doc: 'Which leaf.' },
  { name: 'recorded_at', doc: 'When the ledger took it.' },
  { name: 'kind', doc: 'event, or a kind of the server’s own.' },
  { name: 'ip', doc: 'ip_address as text.' },
];

const SUGGESTIONS_MAX = 8;

/** What the word at the caret may become. */
export function completions(word: string): { readonly label: string; readonly hint: string }[] {
  const typed = word.toLowerCase();
  if (typed.length < 2) return [];
  const all = [
    ...COLUMNS.map(({ name, doc }) => ({ label: name, hint: doc })),
    { label: 'access_logs', hint: 'all events' },
    ...FUNCTIONS.map((label) => ({ label, hint: 'function' })),
    ...KEYWORDS.map((label) => ({ label, hint: '' })),
  ];
  return all.filter(({ label }) => label.toLowerCase().startsWith(typed) && label.toLowerCase() !== typed).slice(0, SUGGESTIONS_MAX);
}

const TOKEN = /(--[^\n]*|\/\*[\s\S]*?\*\/)|('(?:[^'\\]|\\.|'')*'?)|\b([A-Za-z_]\w*)(?=\s*\()|\b([A-Za-z_]\w*)\b/g;
const KEYWORD_WORDS: ReadonlySet<string> = new Set(KEYWORDS.flatMap((word) => word.split(' ')));

/** SQL in pieces for colouring; together they are the text. */
export function highlighted(text: string): { readonly kind: string | undefined; readonly text: string }[] {
  const parts: { kind: string | undefined; text: string }[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, comment, string, call, word] = match;
    const isKeyword = KEYWORD_WORDS.has((call ?? word ?? '').toUpperCase());
    const kind =
      comment === undefined ? (string === undefined ? (isKeyword ? 'kw' : call === undefined ? undefined : 'fn') : 'str') : 'com';
    if (kind === undefined) continue;
    if (match.index > at) parts.push({ kind: undefined, text: text.slice(at, match.index) });
    parts.push({ kind, text: whole });
    at = match.index + whole.length;
  }
  parts.push({ kind: undefined, text: text.slice(at) });
  return parts;
}
