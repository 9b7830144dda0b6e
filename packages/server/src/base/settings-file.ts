import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document, visit } from 'yaml';
import { assert } from './assert.ts';
import { isRecord } from './json.ts';

/** A place in daybook.yaml, one-based, as editors show it. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SettingsFile {
  readonly name: string;
  readonly values: ReadonlyMap<string, unknown>;
  /** Where the key (`at: 'key'`) or the value at a path stands; the nearest parent when there is nothing at the path itself. */
  place(at: 'key' | 'value', path: readonly PropertyKey[]): Place;
}

export interface FileProblem {
  readonly place: Place;
  readonly message: string;
}

/** A settings file that is larger is no settings file. */
export const SETTINGS_FILE_BYTES_MAX = 1_048_576;

/** Reads daybook.yaml: one mapping of settings. Duplicate keys and syntax errors are problems with their place. */
export function parseSettingsFile(name: string, text: string): SettingsFile | FileProblem[] {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, strict: true });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...doc.errors, ...doc.warnings];
  if (faults.length > 0) return faults.map((fault) => ({ place: placeOf(fault.pos[0]), message: `is no valid YAML: ${fault.message}` }));
  if (doc.contents === null) return { name, values: new Map(), place: () => placeOf(0) };
  if (!isMap(doc.contents)) return [{ place: placeOf(0), message: 'must be a mapping of settings, one `name: value` a line' }];
  const alias = firstAlias(doc);
  if (alias !== undefined) return [{ place: placeOf(alias), message: 'uses an alias; write the value out, settings have no use for more' }];
  const values: unknown = doc.toJS();
  assert(isRecord(values), 'a YAML mapping is an object');
  return { name, values: new Map(Object.entries(values)), place: (at, path) => placeOf(offsetOf(doc, at, path)) };
}

/** Aliases of aliases grow without bound; settings do without any. */
function firstAlias(doc: Document): number | undefined {
  let at: number | undefined;
  visit(doc, {
    Alias(_key, node) {
      at = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return at;
}

function offsetOf(doc: Document, at: 'key' | 'value', path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = doc.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const holder = length === 1 ? doc.contents : parent;
    if (isMap(holder)) {
      const pair = holder.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(last));
      const node = at === 'key' && length === path.length ? pair?.key : (pair?.value ?? pair?.key);
      if (isNode(node) && node.range) return node.range[0];
    }
    const node = doc.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
