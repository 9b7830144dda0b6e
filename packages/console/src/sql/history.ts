import { parseJson } from '@daybook/protocol';

/** What was run in this browser, newest first. The server has its own record, which nobody can take away. */
const KEY = 'daybook.sql';
const KEPT_MAX = 30;

export function historyOf(): readonly string[] {
  try {
    const kept = parseJson(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

export function remember(sql: string): void {
  const next = [sql, ...historyOf().filter((one) => one !== sql)].slice(0, KEPT_MAX);
  localStorage.setItem(KEY, JSON.stringify(next));
}
