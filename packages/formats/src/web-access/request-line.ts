/** The first line of a request (RFC 9112 section 3), as far as it is one. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** `HTTP/1.1`; undefined for HTTP/0.9, which says none. */
  readonly version: string | undefined;
}

const METHOD = /^[A-Za-z][A-Za-z_-]{0,31}$/;

/**
 * undefined: no request line but whatever a client sent: the first bytes of a TLS greeting, a scanner's rubbish, nothing. The target may hold blanks (some clients
 * do not encode them): the method ends at the first blank, the version begins behind the last.
 */
export function requestLineOf(text: string): RequestLine | undefined {
  const first = text.indexOf(' ');
  if (first <= 0) return undefined;
  const method = text.slice(0, first);
  if (!METHOD.test(method)) return undefined;
  const last = text.lastIndexOf(' ');
  const tail = text.slice(last + 1);
  if (last > first && tail.startsWith('HTTP/')) return { method, target: text.slice(first + 1, last), version: tail };
  const target = text.slice(first + 1);
  // HTTP/0.9 has GET and a path, no more.
  return method === 'GET' && target.startsWith('/') && last === first ? { method, target, version: undefined } : undefined;
}
