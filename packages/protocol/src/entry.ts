/**
 * The ledger entry, profile `daybook-entry/1`: one canonical JSON object (RFC 8785), made once, stored and hashed as stored.
 *
 *     {"event":{…},"kind":"event","n":"<22 base64url>","raw":"…","rt":"2023-11-04T12:34:56.000000Z","src":"shop/web-1","sseq":17,"v":1}
 *
 * Keys are sorted, so `event` is always first and everything behind it is strings and integers made by the server: the byte sequence
 * `},"kind":"` behind the event cannot stand inside a JSON string (its quotes would be escaped), hence its *last* occurrence ends the event.
 */

/** What an entry can be. All but `event` are set by the server only. */
export const ENTRY_KINDS = [
  'event',
  'daybook.start',
  'daybook.stop',
  'daybook.seal',
  'daybook.prune',
  'daybook.erase',
  'daybook.hold',
  'daybook.key',
  'daybook.gap',
  'daybook.config',
  'daybook.read',
  'daybook.source',
  'daybook.canary',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** C2SP tlog-tiles gives an entry a uint16 length. */
export const ENTRY_BYTES_MAX = 65_535;
/** 22 characters of base64url: 132 random bits, at least the 128 that make a leaf hash unguessable. */
export const NONCE_CHARS = 22;
export const ENTRY_VERSION = 1;
/** `{"event":` — where the event's `{` stands in every entry. */
export const EVENT_OFFSET = 9;

/** Its last occurrence ends the event: the brace is the event's own. */
export const EVENT_END_MARK = '},"kind":"';

/** End (exclusive) of the event object within `bytes[start, end)`, which must hold one whole entry; -1 when it is no entry. */
export function eventEnd(bytes: Buffer, start: number, end: number): number {
  // lastIndexOf takes the position where the match may begin at the latest.
  const at = bytes.lastIndexOf(EVENT_END_MARK, end - EVENT_END_MARK.length, 'latin1');
  return at < start + EVENT_OFFSET ? -1 : at + 1;
}

/** The members of an entry after parseJson. */
export interface Entry {
  readonly event: Readonly<Record<string, unknown>>;
  readonly kind: EntryKind;
  readonly n: string;
  readonly raw?: string;
  readonly rt: string;
  readonly src?: string;
  readonly sseq?: number;
  readonly v: 1;
}
