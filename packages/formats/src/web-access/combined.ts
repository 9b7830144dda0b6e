import { addressOf } from '../addresses.ts';
import type { Context } from '../format.ts';
import { quarantine, type Verdict } from '../result.ts';
import { type Access, newAccess, present } from './access.ts';
import { quoteFrom, unescaped } from './escapes.ts';
import { addExtras } from './extras.ts';
import type { Stamp } from '../time/stamps.ts';
import { clfStamp, isoStamp } from './times.ts';
import { type Token, tokenAt } from './tokens.ts';

/**
 * The layouts that both servers bring along, and what operators append to them:
 *
 *     common          client ident user [time] "request" status bytes
 *     combined        … "referer" "agent"
 *     vhost_combined  site:port client ident user [time] "request" status bytes "referer" "agent"
 *     and then        quoted, bracketed and bare values, name=value
 *     ssl_request_log [time] client protocol cipher "request" bytes
 *
 * Between the time and the request operators write a site, a protocol of TLS, a duration: words of the server's own.
 *
 * nginx: ngx_http_log_module.c, `ngx_http_combined_fmt`; Apache: mod_log_config.c, CustomLog formats of the default configuration.
 *
 * The user is what a client claims, and may hold blanks, brackets and a whole time (both servers escape a quote in it, and only that): so the request's quote is the first
 * of the line that is not escaped, the time stands right before it, and the user is all that is left between.
 */
export function readCombined(text: string, context: Context): Access | Verdict {
  const open = requestQuote(text);
  const end = text.startsWith('] ', open - 2) ? open - 2 : text.lastIndexOf('] ', open - 1);
  const words = open < 2 || end < 0 ? undefined : wordsOf(text.slice(end + 2, open));
  if (words === undefined) return quarantine('not_access_log', 'this line is none of the common or combined log format');
  const bracket = text.lastIndexOf('[', end);
  // Where a value of the client's could stand between, its own time is not taken for the server's.
  if (words.length > 0 && text.lastIndexOf('[', bracket - 1) >= 0 && bracket > 0)
    return quarantine('not_access_log', 'this line is none of the common or combined log format');
  const stamp = bracket < 0 ? undefined : bracketed(text.slice(bracket + 1, end), context);
  if (stamp === undefined) return quarantine('bad_time', 'the time of this line can not be read, or there is no such time');
  const close = quoteFrom(text, open + 1);
  if (close < 0) return quarantine('cut_off', 'the request of this line does not end');
  if (bracket === 0) return readSslRequest({ stamp, words, request: text.slice(open + 1, close), rest: text.slice(close + 2) });
  const status = STATUS.exec(text.slice(close + 1, close + 6))?.[1];
  if (status === undefined) return quarantine('no_status', 'no status follows the request of this line');
  const access = newAccess();
  access.stamp = stamp;
  readWho(text.slice(0, bracket), access);
  access.request = present(text.slice(open + 1, close));
  access.status = present(status);
  readRest(text, close + 2 + status.length, access);
  if (words.length > 0) addWords(words, access);
  return access;
}

/** More of them no operator writes, nor longer ones. */
const WORDS_MAX = 8;
const WORD = /^[\w.:/+-]{1,255}$/;
const NO_WORDS: readonly string[] = [];

/** What stands between the time and the request; undefined when it is more than words. */
function wordsOf(text: string): readonly string[] | undefined {
  if (text === '') return NO_WORDS;
  const words = text.split(' ', WORDS_MAX + 2).filter((word) => word !== '');
  return words.length <= WORDS_MAX && words.every((word) => WORD.test(word)) ? words : undefined;
}

const SITE = /^(?=[^.]*[a-z])[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z-]{2,24}(?::\d{1,5})?$/i;

function addWords(words: readonly string[], access: Access): void {
  const more: string[] = [];
  for (const word of words) {
    if (access.site === undefined && SITE.test(word)) access.site = word;
    else if (word !== '-') more.push(word);
  }
  if (more.length > 0) access.more['before_request'] = more;
}

interface SslRequest {
  readonly stamp: Stamp;
  readonly words: readonly string[];
  readonly request: string;
  readonly rest: string;
}

/** mod_ssl's own log in Red Hat's configuration: `%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b`. It says no status. */
function readSslRequest({ stamp, words, request, rest }: SslRequest): Access | Verdict {
  const [client, protocol, cipher] = words;
  if (words.length !== 3 || !/^(?:\d{1,15}|-)$/.test(rest))
    return quarantine('not_access_log', 'this line is none of the common or combined log format');
  const access = newAccess();
  access.stamp = stamp;
  access.client = present(client);
  access.request = present(request);
  access.bytes = present(rest);
  if (protocol !== '-') access.more['ssl_protocol'] = protocol;
  if (cipher !== '-') access.more['ssl_cipher'] = cipher;
  return access;
}

/** Some write nginx's `$time_iso8601` or Apache's `%{%FT%T%z}t` where the servers' own layout has the time of the common log format. */
function bracketed(text: string, context: Context): Stamp | undefined {
  return text.charCodeAt(2) === SLASH || text.charCodeAt(1) === SLASH ? clfStamp(text, context) : isoStamp(text, context);
}

/** Behind it a blank or the end of the line. */
const STATUS = /^ (\d{3}|-)(?: |$)/;

/** The first quote that is not escaped; Apache writes a user without a name as `""`. */
function requestQuote(text: string): number {
  const first = quoteFrom(text, 0);
  return first >= 0 && text.startsWith('"" [', first) ? quoteFrom(text, first + 2) : first;
}

/** `client ident user `, or with a site before it. */
function readWho(text: string, access: Access): void {
  let from = text.indexOf(' ');
  let client = text.slice(0, from);
  if (from === text.length - 1) {
    access.client = present(withoutPort(client));
    return;
  }
  if (client.endsWith(',')) {
    from = readChain(text, access);
    client = '-';
  } else if (isSite(client, text, from)) {
    access.site = client;
    const end = text.indexOf(' ', from + 1);
    client = text.slice(from + 1, end);
    from = end;
  }
  // Apache's `%{X-Forwarded-For}i %h %l %u`: what is claimed stands before the address that the server saw, which no ident service answers with.
  const next = text.indexOf(' ', from + 1);
  const seen = text.slice(from + 1, next);
  if (
    seen !== '-' &&
    (client === '-' || addressOf(client) !== undefined) &&
    addressOf(seen) !== undefined &&
    text.indexOf(' ', next + 1) > 0
  ) {
    access.forwarded ??= present(client);
    client = seen;
    from = next;
  }
  access.client = present(withoutPort(client));
  const ident = text.indexOf(' ', from + 1);
  const said = present(text.slice(from + 1, ident));
  if (said !== undefined) access.more['ident'] = unescaped(said);
  const user = withoutRealAddress(text.slice(ident + 1).replace(/ $/, ''), access);
  access.user = user === '""' ? undefined : present(user);
}

/** `10.1.2.3:4444` and `[2001:db8::7]:4444`, of who logs the port beside the address. */
function withoutPort(client: string): string {
  if (!client.startsWith('[') && !(client.includes(':') && client.includes('.'))) return client;
  if (addressOf(client) !== undefined) return client;
  const bare = /^\[([\da-fA-F:.]{2,45})\](?::\d{1,5})?$/.exec(client)?.[1] ?? /^([\d.]{7,15}):\d{1,5}$/.exec(client)?.[1];
  return bare === undefined || addressOf(bare) === undefined ? client : bare;
}

/** ingress-nginx until 0.25: `$remote_addr - [$the_real_ip] - $remote_user [`, and before `$proxy_add_x_forwarded_for` in the brackets. */
function withoutRealAddress(user: string, access: Access): string {
  const found = user.startsWith('[') ? /^\[([\da-fA-F:., ]{2,1000})\] - /.exec(user) : null;
  if (found === null) return user;
  const claimed = (found[1] ?? '').split(/, ?/);
  if (claimed.some((text) => addressOf(text) === undefined)) return user;
  // The last is the client that the server saw, once more.
  const before = claimed.at(-1) === access.client ? claimed.slice(0, -1) : claimed;
  if (before.length > 0) access.forwarded ??= before.join(', ');
  return user.slice(found[0].length);
}

/**
 * Whether a site stands before the client: `shop.example:443`, or a name that an address and `-` follow. A host name as the client can look like that only when
 * its own ident service answers with an address.
 */
function isSite(first: string, text: string, end: number): boolean {
  if (first === '-' || addressOf(first) !== undefined) return false;
  const next = text.indexOf(' ', end + 1);
  if (/:\d{1,5}$/.test(first)) return !text.startsWith('- ', end + 1);
  return next > 0 && text.startsWith(' - ', next) && addressOf(text.slice(end + 1, next)) !== undefined && text.indexOf(' ', next + 3) > 0;
}

/** An operator put X-Forwarded-For where the client stands: `203.0.113.9, 10.0.0.2 - - [`. It is all claims. Returns the blank behind the last. */
function readChain(text: string, access: Access): number {
  let at = 0;
  for (;;) {
    const end = text.indexOf(' ', at);
    if (end < 0 || text.charCodeAt(end - 1) !== COMMA) {
      const last = end < 0 ? text.length : end;
      access.forwarded = text.slice(0, last);
      return last;
    }
    at = end + 1;
  }
}

function readRest(text: string, from: number, access: Access): void {
  let at = from;
  const tokens: Token[] = [];
  while (at < text.length && tokens.length < TOKENS_MAX) {
    if (text.charCodeAt(at) === BLANK) {
      at++;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  let next = 0;
  if (tokens[next]?.kind === 'bare') access.bytes = present(tokens[next++]?.text);
  // Some write a duration or the like before the referer.
  const first = next;
  while (tokens[next]?.kind === 'bare') next++;
  const between = first === next ? NO_TOKENS : tokens.slice(first, next);
  if (tokens[next]?.kind === 'quoted' && tokens[next + 1]?.kind === 'quoted') {
    const referer = present(tokens[next++]?.text);
    if (referer !== undefined) access.more['referer'] = unescaped(referer);
    access.agent = present(tokens[next++]?.text);
  }
  if (between.length > 0) addExtras([...between, ...tokens.slice(next)], access);
  else if (next < tokens.length) addExtras(tokens.slice(next), access);
  if (at < text.length) access.more['rest'] = text.slice(at);
}

const NO_TOKENS: readonly Token[] = [];
/** Values of one line: no operator logs more. Beyond, the rest stays one text. */
const TOKENS_MAX = 128;
const COMMA = 0x2c;
const BLANK = 0x20;
const SLASH = 0x2f;
