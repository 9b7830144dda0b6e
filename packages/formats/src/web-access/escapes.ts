/**
 * What web servers escape in the values that clients send. nginx (ngx_http_log_escape): `"`, `\` and bytes below 0x20 and above 0x7e as `\xHH`. Apache
 * (ap_escape_logitem): `\"` and `\\`, `\b \n \r \t \v`, other bytes that can't be printed as `\xhh`. nginx with `escape=json`: as JSON does.
 */
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|(.))/g;
/** Header fields are shorter in both servers unless told otherwise. A longer value stays as it is written. */
const UNESCAPED_CHARS_MAX = 65_536;
const NAMED: Readonly<Record<string, string>> = { b: '\b', n: '\n', r: '\r', t: '\t', v: '\v', f: '\f' };
// oxlint-disable-next-line no-control-regex -- control characters are what must not come back
const CONTROL = /[\u0000-\u001f\u007f]/;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The value as the client sent it, when it is text; a value with control characters, or bytes that are no UTF-8, stays as the server wrote it. */
export function unescaped(text: string): string {
  if (!text.includes('\\') || text.length > UNESCAPED_CHARS_MAX) return text;
  const bytes: number[] = [];
  let done = 0;
  for (const match of text.matchAll(ESCAPE)) {
    push(bytes, text.slice(done, match.index));
    const [whole, hex, unit, sign] = match;
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (unit !== undefined) push(bytes, String.fromCharCode(Number.parseInt(unit, 16)));
    else push(bytes, NAMED[sign ?? ''] ?? sign ?? '');
    done = match.index + whole.length;
  }
  push(bytes, text.slice(done));
  try {
    const value = strict.decode(Uint8Array.from(bytes));
    return CONTROL.test(value) ? text : value;
  } catch {
    return text;
  }
}

function push(bytes: number[], text: string): void {
  for (const byte of encoder.encode(text)) bytes.push(byte);
}

const QUOTE = '"';
const BACKSLASH = 0x5c;

/** The next quote from `from` on that no backslash escapes; -1 when there is none. Linear: each backslash is looked at once. */
export function quoteFrom(text: string, from: number): number {
  for (let at = text.indexOf(QUOTE, from); at >= 0; at = text.indexOf(QUOTE, at + 1)) {
    let slashes = at;
    while (slashes > from && text.charCodeAt(slashes - 1) === BACKSLASH) slashes--;
    if ((at - slashes) % 2 === 0) return at;
  }
  return -1;
}
