import { canonicalise, type Json, unquote } from '@daybook/protocol';
import { OWN_ATTRIBUTE } from './decide.ts';
import { skipValue } from './scan.ts';
import { parseOwn } from './values.ts';

/** A member as it stands in a canonical text. */
export interface Member {
  /** With its quotes. */
  readonly keyJson: Buffer;
  json: Buffer;
}

type Members = Map<string, Member>;

/**
 * A canonical event taken apart at its seams: its members, those of its attributes, and what is ours among these. Values stay the bytes that they are: an
 * event of half a megabyte, whose parts only change places, is not worth parsing and writing again.
 */
export class EventText {
  /** All but `attributes`. */
  readonly event: Members;
  /** All but ours. */
  readonly attributes: Members;
  readonly own: Record<string, Json>;

  /** The members are parts of `event`, and hold as long as its bytes do. */
  constructor(event: Buffer) {
    this.event = membersOf(event);
    const attributes = this.event.get('attributes');
    this.event.delete('attributes');
    this.attributes = attributes === undefined ? new Map() : membersOf(attributes.json);
    const own = this.attributes.get(OWN_ATTRIBUTE);
    this.attributes.delete(OWN_ATTRIBUTE);
    this.own = own === undefined ? {} : parseOwn(own.json.toString());
  }

  /** Of what `bytes` returns. */
  get length(): number {
    const own = isEmpty(this.own) ? [] : [memberOf(OWN_ATTRIBUTE, this.own)];
    const attributes = lengthOf([...this.attributes.values(), ...own]);
    const outer = this.attributes.size + own.length === 0 ? 0 : (this.event.size > 0 ? 1 : 0) + ATTRIBUTES_KEY.length + 1 + attributes;
    return lengthOf([...this.event.values()]) + outer;
  }

  /** The canonical bytes of what the event is by now: a copy. */
  bytes(): Buffer {
    const event = [...this.event];
    const attributes = [...this.attributes];
    if (!isEmpty(this.own)) attributes.push([OWN_ATTRIBUTE, memberOf(OWN_ATTRIBUTE, this.own)]);
    if (attributes.length > 0) event.push(['attributes', { keyJson: ATTRIBUTES_KEY, json: objectOf(attributes) }]);
    return objectOf(event);
  }
}

export function memberOf(key: string, value: Json): Member {
  return { keyJson: Buffer.from(canonicalise(key)), json: Buffer.from(canonicalise(value)) };
}

/** The canonical text of an object with these members. */
export function objectOf(members: Iterable<readonly [string, Member]>): Buffer {
  const parts: Buffer[] = [];
  for (const [, { keyJson, json }] of [...members].sort(byKey)) parts.push(parts.length === 0 ? OPEN : COMMA, keyJson, COLON, json);
  return Buffer.concat(parts.length === 0 ? [OPEN, CLOSE] : [...parts, CLOSE]);
}

/** `<` on strings compares UTF-16 code units, which is the order of RFC 8785. */
function byKey(a: readonly [string, Member], b: readonly [string, Member]): number {
  return a[0] < b[0] ? -1 : 1;
}

/** Of a canonical object: no white space, and every end is where it is looked for. */
function membersOf(bytes: Buffer): Members {
  const members: Members = new Map();
  for (let at = 1; at < bytes.length - 1; at++) {
    const keyEnd = skipValue(bytes, at, bytes.length);
    const end = skipValue(bytes, keyEnd + 1, bytes.length);
    if (keyEnd < 0 || end < 0) throw new Error('our own text is no canonical object');
    const keyJson = bytes.subarray(at, keyEnd);
    members.set(keyText(keyJson), { keyJson, json: bytes.subarray(keyEnd + 1, end) });
    at = end;
  }
  return members;
}

function keyText(keyJson: Buffer): string {
  const text = keyJson.toString('utf8', 1, keyJson.length - 1);
  return text.includes('\\') ? unquote(keyJson.toString()) : text;
}

/** Of the object with these members: with braces, colons and commas. */
function lengthOf(members: readonly Member[]): number {
  return members.reduce((length, { keyJson, json }) => length + keyJson.length + json.length + 2, members.length === 0 ? 2 : 1);
}

function isEmpty(object: Record<string, Json>): boolean {
  return Object.keys(object).length === 0;
}

const OPEN = Buffer.from('{');
const CLOSE = Buffer.from('}');
const COMMA = Buffer.from(',');
const COLON = Buffer.from(':');
const ATTRIBUTES_KEY = Buffer.from('"attributes"');
