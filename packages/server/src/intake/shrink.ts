import { canonicalise, type Json, type JsonObject } from '@daybook/protocol';
import { OWN_ATTRIBUTE } from './decide.ts';
import { EVENT_BYTES_MAX, HEAD_CHARS } from './limits.ts';
import { isObject, parseOwn } from './values.ts';

/** Below this a member is not worth a blob of its own: its reference would be as long. All the attributes then move as one. */
const MOVED_BYTES_MIN = 2 * HEAD_CHARS;
/** Fields that name an event or decide on it stay where they are. */
const STAYS: ReadonlySet<string> = new Set(['event_id', 'source', 'tenant_id', 'redactions', 'labels', 'roles', 'ip_chain']);

export interface PutBlob {
  (bytes: Buffer): Promise<string>;
}

/**
 * Makes an event fit into an entry: the longest members move, whole and redacted as they are, to blobs; the entry keeps their head, length and the
 * blob's name in `attributes.daybook.blobs`. Blobs are durable before the entry that names them. undefined: even so it does not fit.
 */
export async function shrinkEvent(text: string, putBlob: PutBlob): Promise<string | undefined> {
  const event = parseOwn(text);
  const attributes = { ...objectOf(event['attributes']) };
  const own = objectOf(attributes[OWN_ATTRIBUTE]);
  const blobs: Record<string, Json> = {};
  const move = async (path: string, value: Json): Promise<Json> => {
    const isText = typeof value === 'string';
    const bytes = Buffer.from(isText ? value : canonicalise(value));
    blobs[path] = { blob: await putBlob(bytes), bytes: bytes.length };
    const head = wellFormedHead(isText ? value : bytes.toString('utf8', 0, HEAD_CHARS * 4));
    return isText ? head : { head };
  };
  for (;;) {
    const shrunk = canonicalise(withOwn(event, attributes, own, blobs));
    if (Buffer.byteLength(shrunk) <= EVENT_BYTES_MAX) return shrunk;
    const longest = longestMember(event, attributes);
    if (longest !== undefined && longest.bytes >= MOVED_BYTES_MIN) {
      const { owner, key, path } = longest;
      owner[key] = await move(path, owner[key] ?? null);
    } else {
      const { [OWN_ATTRIBUTE]: _, ...rest } = attributes;
      if (blobs['attributes'] !== undefined || Object.keys(rest).length === 0) return undefined;
      const moved = await move('attributes', rest);
      for (const key of Object.keys(rest)) Reflect.deleteProperty(attributes, key);
      Object.assign(attributes, moved);
    }
  }
}

function withOwn(event: JsonObject, attributes: JsonObject, own: JsonObject, blobs: JsonObject): JsonObject {
  const mark = Object.keys(blobs).length === 0 ? own : { ...own, blobs };
  const all = Object.keys(mark).length === 0 ? attributes : { ...attributes, [OWN_ATTRIBUTE]: mark };
  return Object.keys(all).length === 0 ? event : { ...event, attributes: all };
}

interface LongMember {
  readonly owner: Record<string, Json>;
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
}

function longestMember(event: Record<string, Json>, attributes: Record<string, Json>): LongMember | undefined {
  let longest: LongMember | undefined;
  const consider = (owner: Record<string, Json>, key: string, path: string) => {
    const value = owner[key] ?? null;
    const bytes = typeof value === 'string' ? value.length : canonicalise(value).length;
    if (longest === undefined || bytes > longest.bytes) longest = { owner, key, path, bytes };
  };
  for (const key of Object.keys(event)) if (key !== 'attributes' && !STAYS.has(key)) consider(event, key, key);
  for (const key of Object.keys(attributes)) if (key !== OWN_ATTRIBUTE) consider(attributes, key, `attributes.${key}`);
  return longest;
}

/** The first characters, not ending within a surrogate pair. */
function wellFormedHead(text: string): string {
  const head = text.slice(0, HEAD_CHARS);
  return /[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head.replaceAll('\ufffd', '');
}

/** Adds a member to `attributes.daybook` of a canonical event. */
export function withMark(text: string, name: string, value: Json): string {
  const event = parseOwn(text);
  const attributes = objectOf(event['attributes']);
  const own = objectOf(attributes[OWN_ATTRIBUTE]);
  return canonicalise({ ...event, attributes: { ...attributes, [OWN_ATTRIBUTE]: { ...own, [name]: value } } });
}

function objectOf(value: Json | undefined): Record<string, Json> {
  return value !== undefined && isObject(value) ? { ...value } : {};
}
