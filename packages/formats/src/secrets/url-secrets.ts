import { MASK } from './mask.ts';

/**
 * Secrets that stand in addresses, in headers that an operator lets a web server log, and in pairs of a name and a value: masked in the text of a record before it
 * is taken apart, so that neither the event nor what is kept of the original holds them. The end of a value is found without knowing the format: no value of
 * a query holds a quote, a blank or `&`. A mask holds none either, so that a masked record has the same parts.
 */
export function maskUrlSecrets(text: string): string {
  let masked = text;
  if (masked.includes('=') || masked.includes('%3')) masked = maskPairs(masked);
  if (masked.includes('://')) masked = maskUserinfo(masked);
  if (masked.includes('asic ') || masked.includes('earer ') || masked.includes('ASIC ') || masked.includes('EARER '))
    masked = masked.replace(CREDENTIALS, `$1 ${MASK}`);
  return masked;
}

/** `Authorization: Basic …`, in whatever field it is logged; but not the end of a path with the version behind it, nor nginx's own `basic authentication`. */
const CREDENTIALS = /(?<![\w/.?&%-])(basic|bearer) {1,4}(?!HTTP\/\d|authentication\b)[\w.~+/-]{6,}={0,2}/gi;
/** Longer names are no names: also bounds the walk back from each `=`. */
const NAME_CHARS_MAX = 64;

/** Secret wherever it is the name of a pair: in a query, a cookie, `name=value` of a log's own. Lower case, without `_`, `-` and `.`. */
const SECRET_NAMES = new Set(
  (
    'password passwd passwort pwd pass userpass passphrase secret clientsecret token accesstoken refreshtoken idtoken authtoken sessiontoken csrftoken apitoken bearertoken ' +
    'securitytoken resettoken invitetoken apikey accesskey privatekey secretkey authkey jwt assertion clientassertion samlresponse samlrequest authorization xapikey ' +
    'sessionid sessid phpsessid jsessionid aspsessionid connectsid sid session signature sig hmac xamzsignature xamzsecuritytoken xamzcredential xgoogsignature xgoogcredential ' +
    'googleaccessid awsaccesskeyid xosssignature ossaccesskeyid keypairid otp totp pin'
  ).split(' '),
);
/** Secret as a parameter of a query only: elsewhere `code=200` is a status. */
const QUERY_SECRETS = new Set(
  'code key state nonce auth sign policy ticket hash credential credentials verifier codeverifier k pw'.split(' '),
);
const SECRET_ENDINGS = /(?:token|secret|password|passwd|signature|apikey)$/;

/** What was decided about a name: sources have hundreds. Beyond, all are forgotten. */
const REMEMBERED_MAX = 2000;
const remembered = new Map<string, Kind>();
type Kind = 'secret' | 'in query' | 'open';

function maskPairs(text: string): string {
  let out = '';
  let done = 0;
  const next = text.includes('%3') ? nextEither : nextEquals;
  for (let at = next(text, 0), least = 0; at >= 0; at = next(text, at + 1)) {
    const encoded = text.charCodeAt(at) === PERCENT;
    const from = at + (encoded ? 3 : 1);
    const isSecret = from >= done && isSecretBefore(text, at, least);
    // No name goes back behind the sign before.
    least = from;
    if (!isSecret) continue;
    const to = valueEnd(text, from, encoded);
    if (to === from || text.startsWith(MASK, from)) continue;
    out += text.slice(done, from) + MASK;
    done = to;
  }
  return done === 0 ? text : out + text.slice(done);
}

const nextEquals = (text: string, from: number): number => text.indexOf('=', from);

const EITHER = /=|%3d/gi;

/** The next `=`, or `%3D` of an address within an address. */
function nextEither(text: string, from: number): number {
  EITHER.lastIndex = from;
  return EITHER.exec(text)?.index ?? -1;
}

function isSecretBefore(text: string, at: number, begin: number): boolean {
  let from = at;
  const least = Math.max(begin, at - NAME_CHARS_MAX);
  while (from > least && isNameUnit(text.charCodeAt(from - 1))) from--;
  if (from === at) return false;
  let name = text.slice(from, at);
  let before = from === 0 ? 0 : text.charCodeAt(from - 1);
  // The name of a nested address begins behind an encoded separator.
  const nested = Math.max(name.lastIndexOf('%3F'), name.lastIndexOf('%3f'), name.lastIndexOf('%26'));
  if (nested >= 0) {
    name = name.slice(nested + 3);
    before = AMPERSAND;
  }
  const kind = kindOf(name);
  return kind === 'secret' || (kind === 'in query' && (before === QUESTION || before === AMPERSAND || before === HASH));
}

function kindOf(name: string): Kind {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const folded = name
    .replace(/%5f|%2d/gi, '')
    .toLowerCase()
    .replace(/[_.-]/g, '');
  const kind = SECRET_NAMES.has(folded) || SECRET_ENDINGS.test(folded) ? 'secret' : QUERY_SECRETS.has(folded) ? 'in query' : 'open';
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(name, kind);
  return kind;
}

function isNameUnit(c: number): boolean {
  return (
    (c >= 0x61 && c <= 0x7a) ||
    (c >= 0x41 && c <= 0x5a) ||
    (c >= 0x30 && c <= 0x39) ||
    c === 0x5f ||
    c === 0x2d ||
    c === 0x2e ||
    c === PERCENT
  );
}

function valueEnd(text: string, from: number, encoded: boolean): number {
  let at = from;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c <= 0x20 || c === QUOTE || c === AMPERSAND || c === SEMICOLON || c === HASH || c === COMMA) break;
    if (encoded && c === PERCENT && text.startsWith('26', at + 1)) break;
    // A quote that the log escapes ends a value too.
    if (c === BACKSLASH && (text.charCodeAt(at + 1) === QUOTE || text.startsWith('x22', at + 1))) break;
  }
  return at;
}

/** `https://name:secret@host/`: up to the last `@` before the path. */
function maskUserinfo(text: string): string {
  return text.replace(/:\/\/([^\s/?#@:"]{0,256}):([^\s/?#"]{1,512})@/g, `://$1:${MASK}@`);
}

const QUOTE = 0x22;
const HASH = 0x23;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const QUESTION = 0x3f;
const BACKSLASH = 0x5c;
