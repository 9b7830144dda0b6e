import { isRecord, parseJson } from '@daybook/protocol';

/** As much of a wrapper's members before its list is kept; no wrapper has more. */
export const WRAPPER_HEAD_BYTES = 64 * 1024;

/** Members that say nothing of any record: what kind of list it is, and where its next page is. */
const EMPTY_WORDS = new Set([
  'kind', 'apiVersion', 'metadata', 'nextToken', 'NextToken', 'nextPageToken', 'next_page_token', 'nextLink', '@odata.context', '@odata.nextLink', 'nextForwardToken',
  'nextBackwardToken', 'searchedLogStreams', 'etag', 'total', 'count', 'totalCount', 'total_count', 'has_more', 'page', 'per_page', 'limit', 'offset', 'next', 'previous',
]); // biome-ignore format: a word list

/** The wrapper as an object without the records of its list, when it says something beside them. `head` ends in the list's bracket, `tail` begins behind it. */
export function wrapperText(head: string, tail: string): string | undefined {
  if (/^\s*\}$/.test(tail) && /^\s*\{\s*"[^"]*"\s*:\s*\[\s*$/.test(head)) return undefined;
  const text = `${head}]${tail}`;
  try {
    const object = parseJson(text);
    if (!isRecord(object)) return text;
    return Object.entries(object).every(([name, value]) => EMPTY_WORDS.has(name) || (Array.isArray(value) && value.length === 0))
      ? undefined
      : text;
  } catch {
    return text;
  }
}
