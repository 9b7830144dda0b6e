import { FIELD_INDEX, FIELDS, type Json, type JsonObject, textOf } from '@daybook/protocol';
import { isList, isObject } from './json-values.ts';

/**
 * A mapping as text: what of a record becomes which field. One a line, or separated by commas or semicolons:
 *
 *     user_id = actor.name                       the value at a path; a key with a point in it comes before the path
 *     user_id = actor.name | actor.id            the first that is there
 *     resource = `File name`                     a key with blanks or signs
 *     category = 'file'                          a constant
 *     outcome = result { OK: success, 'no right': denied, *: failure }
 *     attributes.team = team.name
 *
 * A path may end in a position of a list: `groups[0]`. What is not mapped goes to the attributes.
 */
export interface Mapping {
  readonly rules: readonly Rule[];
}

interface Rule {
  /** `user_id`, or `attributes` and `labels` with a name behind. */
  readonly field: string;
  readonly member: string | undefined;
  readonly from: readonly Source[];
  readonly words: ReadonlyMap<string, string> | undefined;
}

type Source = { readonly constant: string } | { readonly key: string; readonly path: readonly (string | number)[] };

/** Rules of one mapping: there are some sixty fields, and attributes. */
const RULES_MAX = 256;

/** Throws an Error whose message says what is wrong with it, and where. */
export function parseMapping(text: string): Mapping {
  const rules = split(text, '\n,;').map(ruleOf);
  if (rules.length > RULES_MAX) throw new Error(`mapping: more than ${RULES_MAX} fields`);
  return { rules };
}

function ruleOf(text: string): Rule {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Error(`mapping: "${text}" is no "field = path"`);
  const target = text.slice(0, equals).trim();
  const [field = '', ...rest] = target.split('.');
  const index = FIELD_INDEX.get(field);
  if (index === undefined || FIELDS[index]?.serverOnly === true) throw new Error(`mapping: there is no field "${field}"`);
  const member = rest.length === 0 ? undefined : rest.join('.');
  if (member !== undefined && field !== 'attributes' && field !== 'labels') throw new Error(`mapping: "${field}" has no members`);
  const right = text.slice(equals + 1).trim();
  const brace = right.endsWith('}') ? right.indexOf('{') : -1;
  const words = brace < 0 ? undefined : wordsOf(right.slice(brace + 1, -1));
  const from = split(brace < 0 ? right : right.slice(0, brace), '|').map(sourceOf);
  if (from.length === 0) throw new Error(`mapping: "${target}" is given nothing`);
  return { field, member, from, words };
}

function wordsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    split(text, ',\n').map((pair) => {
      const [from, to, ...more] = split(pair, ':');
      if (from === undefined || to === undefined || more.length > 0) throw new Error(`mapping: "${pair}" is no "word: word"`);
      return [unquoted(from), unquoted(to)];
    }),
  );
}

function sourceOf(text: string): Source {
  if (/^(['"]).*\1$/s.test(text)) return { constant: text.slice(1, -1) };
  if (/^`[^`]+`$/.test(text)) return { key: text.slice(1, -1), path: [text.slice(1, -1)] };
  const path = text.split('.').flatMap((step) => {
    const [, name = '', positions = ''] = /^([^[\]]*)((?:\[\d{1,6}\])*)$/.exec(step) ?? [];
    if (name === '' && positions === '') throw new Error(`mapping: "${text}" is no path`);
    const steps = [...positions.matchAll(/\d+/g)].map(([digits]) => Number(digits));
    return name === '' ? steps : [name, ...steps];
  });
  return { key: text, path };
}

/** Parts between separators that stand outside of quotes and braces, without blanks around them, and without empty ones. */
function split(text: string, separators: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quote = '';
  let depth = 0;
  for (const sign of text) {
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (`'"\``.includes(sign)) quote = sign;
    else if (sign === '{') depth++;
    else if (sign === '}') depth--;
    else if (depth === 0 && separators.includes(sign)) {
      parts.push(part);
      part = '';
      continue;
    }
    part += sign;
  }
  if (quote !== '' || depth !== 0) throw new Error('mapping: a quote or a brace does not end');
  return [...parts, part].map((piece) => piece.trim()).filter((piece) => piece !== '');
}

const unquoted = (text: string): string => (/^(['"]).*\1$/s.test(text) ? text.slice(1, -1) : text);

/** The object under canonical names; keys that no rule takes from stay, under their own. */
export function mapped({ rules }: Mapping, object: JsonObject): JsonObject {
  const fields: Record<string, Json> = {};
  const members: Record<string, Record<string, Json>> = { attributes: {}, labels: {} };
  const taken = new Set<string>();
  for (const { field, member, from, words } of rules) {
    const found = firstOf(from, object, taken);
    if (found === undefined) continue;
    const value = words === undefined ? found : (words.get(textOf(found)) ?? words.get('*') ?? found);
    if (member === undefined) fields[field] = value;
    else (members[field] ??= {})[member] = value;
  }
  const rest = Object.fromEntries(Object.entries(object).filter(([key]) => !taken.has(key)));
  const attributes = { ...unmapped(rest, fields), ...members['attributes'] };
  const labels = members['labels'] ?? {};
  return {
    ...fields,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

/** What no rule took: a canonical name that no rule gives is that field; else it is an attribute. */
function unmapped(rest: JsonObject, fields: Record<string, Json>): Record<string, Json> {
  const attributes: Record<string, Json> = {};
  for (const [key, value] of Object.entries(rest)) {
    const index = FIELD_INDEX.get(key);
    const field = index === undefined ? undefined : FIELDS[index];
    // Other programs have objects under such names: `host: {name}`.
    const isOther = isObject(value) && field?.type !== 'map' && field?.type !== 'json';
    if (field !== undefined && field.serverOnly !== true && fields[key] === undefined && key !== 'attributes' && !isOther)
      fields[key] = value;
    else attributes[key] = value;
  }
  return attributes;
}

function firstOf(sources: readonly Source[], object: JsonObject, taken: Set<string>): Json | undefined {
  for (const source of sources) {
    if ('constant' in source) return source.constant;
    const { key, path } = source;
    if (Object.hasOwn(object, key)) {
      const value = object[key];
      if (path.length >= 1) taken.add(key);
      if (value !== null && value !== '' && value !== undefined) return value;
      continue;
    }
    const value = at(object, path);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** The object that holds the value stays among the attributes as a whole. */
function at(object: JsonObject, path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = object;
  for (const step of path) {
    if (typeof step === 'number') value = isList(value) ? value[step] : undefined;
    else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
