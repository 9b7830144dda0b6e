/** Whether `text` is well-formed Unicode. With the `u` flag a surrogate pair is one character, so only lone ones match. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** The canonical text of one string. The caller knows that it is well-formed. */
export function quote(text: string): string {
  // JSON.stringify escapes exactly what RFC 8785 wants escaped, apart from lone surrogates, which are refused before.
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** The text of one JSON string, its quotes included. JSON.parse is safe here: nothing but objects has keys (parse-json.ts). */
export function unquote(json: string): string {
  const text: unknown = JSON.parse(json);
  if (typeof text !== 'string') throw new SyntaxError('not a JSON string');
  return text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
// oxlint-disable-next-line no-control-regex -- control characters are what JSON escapes
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;
