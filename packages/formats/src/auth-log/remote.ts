/** The other end of a connection as a message names it. */
export interface Remote {
  readonly from: string;
  readonly port: string | undefined;
  /** Where the text goes on behind it. */
  readonly end: number;
}

/** A longer host name is none (RFC 1035: 255 octets); OpenSSH cuts at 200 and less. */
const HOST_CHARS_MAX = 255;

/** `ADDRESS` or `ADDRESS port N` at `at`. The address has no blanks, whatever its owner calls it. */
export function remoteAt(text: string, at: number): Remote | undefined {
  let end = text.indexOf(' ', at);
  if (end < 0) end = text.length;
  const size = end - at;
  if (size === 0 || size > HOST_CHARS_MAX) return undefined;
  const from = text.slice(at, end);
  if (!text.startsWith(' port ', end)) return { from, port: undefined, end };
  const portAt = end + 6;
  let past = portAt;
  while (isDigit(text.charCodeAt(past)) && past - portAt < 6) past++;
  return past === portAt ? { from, port: undefined, end } : { from, port: text.slice(portAt, past), end: past };
}

/** The remote end of which the text's end consists: `… from ADDRESS port N`. Everything before it may be the client's. */
export function remoteBefore(text: string, word: string): (Remote & { readonly start: number }) | undefined {
  const start = text.lastIndexOf(word);
  if (start < 0) return undefined;
  const remote = remoteAt(text, start + word.length);
  return remote?.end === text.length ? { ...remote, start } : undefined;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
