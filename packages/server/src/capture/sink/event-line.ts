import type { EventFields } from '@daybook/formats';

/** The server's bound of an item is 512 KiB of UTF-8; a text with its original may be longer. */
const LINE_CHARS_MAX = 160 * 1024;

/**
 * An event as a line of JSON. `more` is JSON text of further members that begins with a comma: what many events share is made once. `original` and other
 * names that are no fields are put among the attributes by intake. undefined: too long for an event.
 */
export function eventLine(fields: EventFields, more: string, original?: string): string | undefined {
  // JSON.stringify keeps half a surrogate pair as an escape, which intake refuses: only then is it looked at closely.
  let json = JSON.stringify(fields);
  if (json.includes('\\ud')) json = JSON.stringify(fields, wellFormed);
  if (json.length > LINE_CHARS_MAX) return undefined;
  const head = json === '{}' && more !== '' ? `{${more.slice(1)}` : json.slice(0, -1) + more;
  if (original === undefined || json.length + original.length > LINE_CHARS_MAX) return `${head}}`;
  const text = JSON.stringify(original);
  return `${head}${head === '{' ? '' : ','}"original":${text.includes('\\ud') ? JSON.stringify(wellFormed('', original)) : text}}`;
}

/** By way of UTF-8, in which half a pair is U+FFFD. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString() : value;
}
