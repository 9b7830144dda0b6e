/**
 * What tests hold the parsers against: JSON.parse itself, but with every object written as a list, so that no key is left that V8 could take
 * for another (parse-json.ts). For texts that are JSON; throws or gives nonsense for others.
 */
export function parseByLists(text: string): unknown {
  return rebuilt(JSON.parse(text.replaceAll(STRINGS_AND_MARKS, (found) => AS_LIST[found] ?? found)));
}

/** The object of these members, the last of equal keys; `__proto__` is one like others. */
export function objectOf(members: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  const object = {};
  for (const [key, value] of members) Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

/** Strings too, so that marks within them are passed over. */
const STRINGS_AND_MARKS = /"(?:[^"\\]|\\.)*"|[{}:]/gs;
/** `{"a":1}` is `[{},["a",1]]`: the empty object tells it from lists, which hold none after this. */
const AS_LIST: Readonly<Record<string, string>> = { '{': '[{},[', '}': ']]', ':': ',' };

function rebuilt(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [first, second] = value as readonly unknown[];
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return value.map(rebuilt);
  const flat = Array.isArray(second) ? (second as readonly unknown[]) : [];
  return objectOf(Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), rebuilt(flat[2 * i + 1])] as const));
}
