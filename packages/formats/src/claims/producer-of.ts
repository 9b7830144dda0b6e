import type { Json, JsonObject } from '@daybook/protocol';
import { isList, isObject } from './json-values.ts';
import { CONDITIONS, CONSTANTS, type Condition } from './names.ts';
import { plainText, READERS } from './readers.ts';

/** What is known of the program that wrote a record. */
export interface Known {
  readonly index: number;
  readonly constants: readonly { readonly field: number; readonly value: string }[];
  /** Fields that are not what their names say. */
  readonly hidden: ReadonlySet<number>;
}

export const NO_PRODUCER: Known = { index: -2, constants: [], hidden: new Set() };
const KNOWN: readonly Known[] = CONSTANTS.map((constants, index) => ({
  index,
  constants: constants.filter(({ value }) => value !== ''),
  hidden: new Set(constants.filter(({ value }) => value === '').map(({ field }) => field)),
}));

/** The first of those that a record may be of. */
export function producerOf(candidates: readonly number[], object: JsonObject): Known {
  let first = KNOWN.length;
  for (const index of candidates)
    if (index < first && CONDITIONS[index]?.every((condition) => holds(condition, object)) === true) first = index;
  return KNOWN[first] ?? NO_PRODUCER;
}

function holds({ paths, values }: Condition, object: JsonObject): boolean {
  for (const { path, reader } of paths) {
    const value = valueAt(object, path);
    if (value === undefined || value === null || value === '') continue;
    if (reader !== undefined) {
      if (READERS[reader]?.(value, path) !== undefined) return true;
    } else if (values === undefined || values.has(plainText(value) ?? '')) return true;
  }
  return false;
}

/** A key that is the path, or the value behind its steps; of a list the first. */
function valueAt(object: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(object, path)) return object[path];
  for (let point = path.indexOf('.'); point >= 0; point = path.indexOf('.', point + 1)) {
    const step = path.slice(0, point);
    if (!Object.hasOwn(object, step)) continue;
    const value = object[step];
    const inner = isList(value) ? value[0] : value;
    if (isObject(inner)) return valueAt(inner, path.slice(point + 1));
  }
  return undefined;
}
