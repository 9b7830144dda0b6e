import { SERVER_KEYS } from './aliases.ts';
import { FIELDS, type Field } from './fields.ts';
import { JSON_KEYS_MAX } from './strict-json.ts';

/**
 * The JSON Schema of an event as producers send it, aliases included: made from the table of fields, so that it can't say anything else. It refuses
 * what intake refuses, as far as a schema can see it, and in two places more: a canonical time that is no text and no number, and a canonical address
 * that is no text. Intake keeps such events (with the receive time, with the claim among the attributes), but nobody means to send them.
 *
 * What it can't see: who owns `source`, `tenant_id` and `src`; duplicate keys and digits that a JSON reader has lost before; depth and length; which
 * of two keys for one field wins; whether a text is a time or an address.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where a server serves it: the one that it goes by. */
export const EVENT_SCHEMA_PATH = '/schemas/event.json';
export const EVENT_SCHEMA_ID = 'urn:daybook:schema:event:1';

/** At least one of these says something, or there was no access. */
const SUBSTANCE = ['user_id', 'event_type', 'action', 'resource', 'ip_address'] as const;
/** A list of roles, labels, a proxy chain: as intake's LIST_ITEMS_MAX, held by a test. */
const LIST_ITEMS_MAX = 256;

/** As a document of its own, with its name. */
export function eventSchemaDocument(): JsonSchema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: EVENT_SCHEMA_ID, ...eventSchema() };
}

/** As a part of another document. `at`: the pointer to it there. */
export function eventSchema(at = '#'): JsonSchema {
  const ref = (name: Definition) => ({ $ref: `${at}/$defs/${name}` });
  const properties: Record<string, JsonSchema> = {};
  for (const field of FIELDS) {
    properties[field.name] = field.serverOnly ? forbidden(field.doc) : canonical(field, ref);
    for (const alias of field.aliases ?? []) properties[alias] = aliasOf(field);
  }
  for (const key of SERVER_KEYS) properties[key] = forbidden('');
  properties['daybook'] = { not: {}, description: "The server's own word among the attributes." };
  properties['src'] = { type: 'string', minLength: 1, maxLength: 128, description: SRC_DOC };
  properties['sseq'] = {
    ...ref('sequence'),
    description: "The producer instance's own counter of its events; doubles and gaps are told by it.",
  };
  return {
    title: 'Event',
    description: 'One access: who, what, when, from where, how, and with what result. Keys that are not named here are kept as attributes.',
    type: 'object',
    maxProperties: JSON_KEYS_MAX,
    properties,
    anyOf: SUBSTANCE.flatMap((name) => saysOne(name, ref)),
    // An actor of these kinds has a name; the others may lack one.
    if: {
      required: ['actor_type'],
      properties: { actor_type: { type: 'string', pattern: `^\\s*(?:${anyCase('user|service|agent')})\\s*$` } },
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { anyOf: saysOne('user_id', ref) },
    $defs: DEFINITIONS,
  };
}

type Definition = keyof typeof DEFINITIONS;
type Ref = (name: Definition) => JsonSchema;

const SRC_DOC = "Producer instance, such as `shop/web-1`: the token's name, alone or followed by one of `/ : . # @` and more.";

/** Letters in both cases, for a pattern: JSON Schema has no flags. */
function anyCase(pattern: string): string {
  return pattern.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** Words that begin with `daybook.` are the server's own. */
const NOT_RESERVED = `^(?!\\s*${anyCase('daybook')}\\.)`;
const SCALAR = ['string', 'number', 'boolean', 'null'] as const;
const UINT_MAX = Number.MAX_SAFE_INTEGER;

const DEFINITIONS = {
  text: { description: 'A text. Numbers and booleans are taken as theirs; null and the empty text say nothing.', type: SCALAR },
  word: {
    description: 'A word of a closed set. Other words, in any case, are understood where they can be, else kept as attributes.',
    type: SCALAR,
    pattern: NOT_RESERVED,
  },
  time: {
    description:
      'RFC 3339, also with a blank for the T; without a zone UTC is assumed, and marked. Or seconds, milliseconds, microseconds or nanoseconds since 1970, by magnitude.',
    type: ['string', 'number', 'null'],
    examples: ['2026-11-04T12:34:56.789Z', 1_793_795_696],
  },
  count: {
    description: 'An integer from 0 to 2^53-1, or its digits.',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: UINT_MAX },
      { type: 'string', pattern: '^(?:\\d{0,15}|[0-8]\\d{15})$' },
      { type: 'null' },
    ],
  },
  sequence: {
    description: 'An integer from 0 to 2^53-1, or its digits.',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: UINT_MAX },
      { type: 'string', pattern: '^(?:\\d{1,15}|[0-8]\\d{15})$' },
      { type: 'null' },
    ],
  },
  number: {
    description: 'A number that a double holds without loss, or its text.',
    anyOf: [{ type: ['number', 'null'] }, { type: 'string', pattern: '^(?:-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)?$' }],
  },
  flag: { description: 'True or false.', enum: [true, false, 'true', 'false', 1, 0, '', null] },
  severity: {
    description: '0 … 6 on the OCSF scale, or its name.',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 6 },
      { type: 'string', pattern: `^\\s*(?:[0-6]|${anyCase('unknown|informational|info|low|medium|high|critical|fatal')})?\\s*$` },
      { type: 'null' },
    ],
  },
  address: { description: 'An IPv4 or IPv6 address. What is none is kept as an attribute.', type: ['string', 'null'] },
  texts: {
    description: 'A list of texts; one alone is a list of one.',
    anyOf: [{ type: 'array', maxItems: LIST_ITEMS_MAX, items: { type: SCALAR } }, { type: SCALAR }],
  },
  labels: {
    description: 'Texts by name.',
    type: ['object', 'null'],
    maxProperties: LIST_ITEMS_MAX,
    additionalProperties: { type: SCALAR },
  },
  attributes: {
    description: "Whatever else the source says. The member `daybook` is the server's own.",
    properties: { daybook: false },
    maxProperties: JSON_KEYS_MAX,
  },
  changes: { description: 'An object or a list.', type: ['object', 'array', 'null'], maxProperties: JSON_KEYS_MAX },
  /** Present, and not only by its key. */
  said: { anyOf: [{ type: 'string', minLength: 1 }, { type: ['number', 'boolean'] }] },
  saidAddress: { type: 'string', minLength: 1 },
} as const;

const BY_TYPE: Readonly<Record<Field['type'], Definition>> = {
  string: 'text',
  enum: 'word',
  time: 'time',
  bool: 'flag',
  uint: 'count',
  float: 'number',
  ip: 'address',
  strings: 'texts',
  map: 'labels',
  json: 'changes',
};

/** Fields that intake decides in a way of their own. */
const BY_NAME: Readonly<Record<string, (ref: Ref) => JsonSchema>> = {
  attributes: (ref) => ref('attributes'),
  // Decided by the server's rules; what a producer says of it is an attribute like any other.
  importance: () => ({}),
  severity: (ref) => ref('severity'),
  event_type: (ref) => ({ ...ref('text'), pattern: NOT_RESERVED }),
  source: (ref) => ({ ...ref('text'), pattern: `^(?!${anyCase('daybook')}$)` }),
  // The category audit is for the server's own records; the enumeration offers the others.
  category: (ref) => ({ ...ref('word'), pattern: `^(?!\\s*${anyCase('audit')}\\s*$)` }),
};

function canonical(field: Field, ref: Ref): JsonSchema {
  const special = BY_NAME[field.name];
  const schema = special === undefined ? ref(BY_TYPE[field.type]) : special(ref);
  const examples = field.values?.filter((value) => value !== 'audit');
  return { ...schema, description: field.doc, ...(examples === undefined ? {} : { examples }) };
}

/** What an alias can't mean is kept as an attribute, so that anything may stand there; but not Daybook's own words. */
function aliasOf(field: Field): JsonSchema {
  const guarded = field.type === 'enum' || field.name === 'event_type';
  return { description: `Means \`${field.name}\`, which wins when both are given.`, ...(guarded ? { pattern: NOT_RESERVED } : {}) };
}

function forbidden(doc: string): JsonSchema {
  return { not: {}, description: `Set by the server only. ${doc}`.trim() };
}

/** Alternatives, one per key of the field: each present with something said. */
function saysOne(name: string, ref: Ref): JsonSchema[] {
  const field = FIELDS.find((candidate) => candidate.name === name);
  const said = ref(field?.type === 'ip' ? 'saidAddress' : 'said');
  return [name, ...(field?.aliases ?? [])].map((key) => ({ required: [key], properties: { [key]: said } }));
}
