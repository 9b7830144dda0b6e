import { isRecord, type JsonRecord, parseJson } from '@daybook/protocol';

/**
 * Lists that wrap records: CloudTrail's files, Kubernetes' EventList, Azure's blobs, Google's and others' list answers, CloudWatch Logs' answers and
 * subscriptions. A record of its own may have a list of such a name (a webhook's `events`), so only one that begins with an object is taken for a wrapper's.
 */
export const WRAPPERS = new Set([
  'Records', 'records', 'items', 'Items', 'value', 'entries', 'events', 'Events', 'logEvents', 'logs', 'results', 'activities', 'audit_logs', 'auditLogs', 'audit_events',
  'receivedMessages',
]); // biome-ignore format: a word list
/** Lists one level deeper: the answers of Elasticsearch and OpenSearch; Okta's event hooks, when what stands before says that it is one. */
export const NESTED: ReadonlyMap<string, RegExp | undefined> = new Map([
  ['hits.hits', undefined],
  ['data.events', /"(?:cloudEventsVersion|eventTypeVersion)"\s{0,8}:/],
]);
export const OUTER = new Set(['hits', 'data']);

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

/** Whether the object may be a wrapper, and no record: a member with a wrapper's name holds what would be its list, or what it would be in. */
export function mayWrap(object: JsonRecord): boolean {
  for (const name of WRAPPERS) if (Array.isArray(object[name])) return true;
  for (const name of OUTER) if (isRecord(object[name])) return true;
  return false;
}
