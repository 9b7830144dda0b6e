import { requestLineOf } from '../web-access/request-line.ts';

/** What nginx appends to a message about a connection, and the message without it. */
export interface Tail {
  readonly message: string;
  readonly client: string | undefined;
  /** When several places of the text could be the tail: what each says, and none is taken. */
  readonly candidates: readonly string[] | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The grammar (ngx_http_log_error and ngx_http_log_error_handler, ngx_mail_log_error, ngx_stream_log_error), none of it escaped:
 *
 *     MESSAGE, client: ADDR, server: NAME, request: "LINE", subrequest: "URI", upstream: "URL", host: "HOST", referrer: "URL"
 *
 * A client can write this text itself: into the message by a path or a user name, and behind the real one by a `Host` or `Referer` header. So every place that looks
 * like the tail is a candidate. Where a message can't hold a client's text, the first is real. Otherwise one must be the only one that stands: its values follow one another up to the
 * end of the line, and a path in the message is the path of its request. If not exactly one stands, no address is taken: a wrong one would be worse.
 */
export function tailOf(text: string): Tail {
  const first = text.indexOf(', client: ');
  if (first < 0) return { message: text, client: undefined, candidates: undefined, fields: {} };
  const all = candidatesIn(text, first);
  const [only] = all;
  if (only === undefined) return { message: text, client: undefined, candidates: undefined, fields: {} };
  const isSure = all.length === 1 && text.length < CUT_CHARS && !text.startsWith(STDERR);
  const chosen = isSure || FIXED.test(text.slice(0, only.from)) ? only : theOne(all.filter((candidate) => stands(candidate, text)));
  if (chosen !== undefined)
    return {
      message: text.slice(0, chosen.from),
      client: chosen.client,
      candidates: undefined,
      fields: { server: chosen.server, ...fieldsAt(text, chosen.to).fields },
    };
  return { message: text, client: undefined, candidates: all.map(({ client }) => client), fields: {} };
}

/** How nginx begins what it passes on of a program behind it. */
export const STDERR = 'FastCGI sent in stderr: "';
/** NGX_MAX_ERROR_STR is 2048: a record near it may have lost its end, the real tail with it. */
export const CUT_CHARS = 1900;

interface Candidate {
  /** Where its comma stands. */
  readonly from: number;
  /** Behind the server's name. */
  readonly to: number;
  readonly client: string;
  readonly server: string;
}

const CANDIDATE = /, client: ([^ ,"]{1,108}), server: ([^ ,"\n]{0,512})(?=[,\n]|$)/g;
/** A text with more is an attack; its first ones are looked at. */
const CANDIDATES_MAX = 16;

function candidatesIn(text: string, first: number): Candidate[] {
  const found: Candidate[] = [];
  CANDIDATE.lastIndex = first;
  for (let match = CANDIDATE.exec(text); match !== null && found.length < CANDIDATES_MAX; match = CANDIDATE.exec(text))
    found.push({ from: match.index, to: match.index + match[0].length, client: match[1] ?? '', server: match[2] ?? '' });
  return found;
}

/** Whole messages into which no client writes. */
const FIXED =
  /^(?:access forbidden by rule|(?:limiting|delaying) requests,(?: dry run,)? excess: [\d.]+,? by zone "[^"]*"|limiting connections(?:, dry run,)? by zone "[^"]*"|client intended to send too large (?:chunked )?body: [\d+]+ bytes|no user\/password was provided for basic authentication|client sent (?:no required SSL certificate|plain HTTP request to HTTPS port)(?: while [a-z ]+)?|SSL_do_handshake\(\) failed \(SSL: error:[\w:./ ()-]*\)(?: while SSL handshaking)?|peer closed connection in SSL handshake(?: \(\d+: [\w ]+\))?(?: while SSL handshaking)?)$/;

const theOne = (candidates: readonly Candidate[]): Candidate | undefined => (candidates.length === 1 ? candidates[0] : undefined);

function stands({ from, to }: Candidate, text: string): boolean {
  const { fields, isWhole } = fieldsAt(text, to);
  if (!isWhole) return false;
  const { request } = fields;
  if (
    request !== undefined &&
    request.includes(', client: ') &&
    requestLineOf(request.slice(0, request.indexOf('"') >>> 0))?.version !== undefined
  )
    return false;
  const message = text.slice(0, from);
  const kind = KINDS.find(({ begins }) => begins.test(message));
  if (kind === undefined) return true;
  return (
    kind.ends.test(message) &&
    (!kind.hasPath || (request !== undefined && message.includes(decoded(requestLineOf(request)?.target ?? '\n'))))
  );
}

interface Kind {
  readonly begins: RegExp;
  /** nginx's own words at the end. */
  readonly ends: RegExp;
  /** Whether it shows the path that the request's was mapped to. */
  readonly hasPath: boolean;
}

/** Messages into which a client writes. */
const KINDS: readonly Kind[] = [
  { begins: /^user "/, ends: /": password mismatch$|" was not found in "[^"]*"$/, hasPath: false },
  { begins: /^FastCGI sent in stderr: "/, ends: /" while [a-z ]{4,60}$/, hasPath: false },
  { begins: /^directory index of "/, ends: /" is forbidden$/, hasPath: true },
  { begins: /^(?:\w{1,40}\(\) )?"/, ends: / \(\d{1,5}: [^()]{0,100}\)$/, hasPath: true },
];

/** The path of a target, as nginx maps it. */
function decoded(target: string): string {
  const path = target.replace(/[?#][^]*$/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const NEXT = /, (request|subrequest|upstream|host|referrer|login|URL): "/y;
/** The beginning of a value that follows another, behind its quote. */
const FOLLOWS = /, (?:request|subrequest|upstream|host|referrer|login|URL): "|, bytes from\/to |, upstream: [^ ",]{1,300}$|$/y;
/** What the mail module adds, without quotes. */
const UPSTREAM = /^, upstream: [^ ",]{1,300}$/;
/** What the stream module adds. */
const COUNTS = /^, bytes from\/to client:[\d/]+(?:, bytes from\/to upstream:[\d/]+)?$/;

interface Fields {
  readonly fields: Record<string, string>;
  /** Whether they go up to the end. */
  readonly isWhole: boolean;
}

function fieldsAt(text: string, from: number): Fields {
  const fields: Record<string, string> = {};
  let at = from;
  for (let match = matchAt(NEXT, text, at); match !== null; match = matchAt(NEXT, text, at)) {
    const begin = at + match[0].length;
    const end = valueEnd(text, begin);
    if (end < 0) return { fields, isWhole: false };
    fields[match[1] ?? ''] ??= text.slice(begin, end);
    at = end + 1;
  }
  return { fields, isWhole: at === text.length || COUNTS.test(text.slice(at, at + 200)) || UPSTREAM.test(text.slice(at, at + 400)) };
}

/** The first quote behind which another value follows, or nothing. */
function valueEnd(text: string, begin: number): number {
  for (let at = text.indexOf('"', begin); at >= 0; at = text.indexOf('"', at + 1)) if (matchAt(FOLLOWS, text, at + 1) !== null) return at;
  return -1;
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}
