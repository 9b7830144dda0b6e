import { canonicalise, type Json, unquote } from '@daybook/protocol';
import { EventText, type Member, memberOf, objectOf } from './event-text.ts';
import { EVENT_BYTES_MAX, HEAD_CHARS } from './limits.ts';

/** Below this a member is not worth a blob of its own: its reference would be as long. All the attributes then move as one. */
const MOVED_BYTES_MIN = 2 * HEAD_CHARS;
/** Fields that name an event or decide on it stay where they are. */
const STAYS: ReadonlySet<string> = new Set(['event_id', 'source', 'tenant_id', 'redactions', 'labels', 'roles', 'ip_chain']);
const ATTRIBUTES = 'attributes';

export interface PutBlob {
  (bytes: Buffer): Promise<string>;
}

/**
 * Makes an event fit into an entry: the longest members move, whole and redacted as they are, to blobs; the entry keeps their head, length and the
 * blob's name in `attributes.daybook.blobs`. Blobs are durable before the entry that names them. undefined: even so it does not fit.
 */
export async function shrinkEvent(event: Buffer, putBlob: PutBlob): Promise<Buffer | undefined> {
  const parts = new EventText(event);
  const blobs: Record<string, Json> = {};
  const move = async (path: string, json: Buffer): Promise<string> => {
    const string = json[0] === QUOTE ? unquote(json.toString()) : undefined;
    const bytes = string === undefined ? json : Buffer.from(string);
    blobs[path] = { blob: await putBlob(bytes), bytes: bytes.length };
    parts.own['blobs'] = blobs;
    return wellFormedHead(string ?? bytes.toString('utf8', 0, HEAD_CHARS * 4));
  };
  while (parts.length > EVENT_BYTES_MAX) {
    const longest = longestMember(parts, blobs);
    if (longest !== undefined && longest.member.json.length >= MOVED_BYTES_MIN) {
      const { path, member } = longest;
      const isText = member.json[0] === QUOTE;
      const head = await move(path, member.json);
      member.json = jsonOf(isText ? head : { head });
    } else {
      if (blobs[ATTRIBUTES] !== undefined || parts.attributes.size === 0) return undefined;
      const head = await move(ATTRIBUTES, objectOf(parts.attributes));
      parts.attributes.clear();
      parts.attributes.set('head', memberOf('head', head));
    }
  }
  return parts.bytes();
}

interface LongMember {
  readonly path: string;
  readonly member: Member;
}

/** What was moved already stays. */
function longestMember(parts: EventText, blobs: Readonly<Record<string, Json>>): LongMember | undefined {
  let longest: LongMember | undefined;
  const consider = (path: string, member: Member): void => {
    if (blobs[path] === undefined && member.json.length > (longest?.member.json.length ?? 0)) longest = { path, member };
  };
  for (const [key, member] of parts.event) if (!STAYS.has(key)) consider(key, member);
  for (const [key, member] of parts.attributes) consider(`${ATTRIBUTES}.${key}`, member);
  return longest;
}

/** The first characters, not ending within a surrogate pair. */
function wellFormedHead(text: string): string {
  const head = text.slice(0, HEAD_CHARS);
  return /[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head.replaceAll('\ufffd', '');
}

/** Member of `attributes.daybook` of an entry in which others are counted. */
export const FOLDED_MARK = 'folded';

/** An entry's event as it was before others were counted in it. */
export function withoutFolded(event: Buffer): Buffer {
  const parts = new EventText(event);
  delete parts.own[FOLDED_MARK];
  return parts.bytes();
}

/** Adds a member to `attributes.daybook` of a canonical event. */
export function withMark(event: Buffer, name: string, value: Json): Buffer {
  const parts = new EventText(event);
  parts.own[name] = value;
  return parts.bytes();
}

function jsonOf(value: Json): Buffer {
  return Buffer.from(canonicalise(value));
}

const QUOTE = 0x22;
