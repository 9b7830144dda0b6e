import type { Claim, Finding } from './claim.ts';
import { type Remote, remoteAt } from './remote.ts';

/**
 * openssh-portable auth.c auth_log():
 *
 *     (Accepted|Failed|Postponed|Partial) METHOD[/SUBMETHOD] for [invalid user ]USER from ADDRESS port N ssh2[: EXTRA]
 *
 * EXTRA is `TYPE FINGERPRINT`, `TYPE [FINGERPRINT ]ID CERTIFICATE-ID (serial N) CA TYPE FINGERPRINT`, either with `, INFO` behind it, or INFO alone.
 * Before 6.8 fingerprints are MD5 in hex; protocol 1 has no `ssh2`; before 3.9 it is `illegal user`.
 *
 * USER is whatever the client sent, and so are the id of a certificate that nobody signed and the user name in the INFO of a host-based login. Both may
 * hold ` from 10.0.0.1 port 22 ssh2`. So every place is looked at where the server's own part might begin:
 * - the last one is the server's when nothing but a plain key or nothing follows, for then no free text stands behind it;
 * - with free text behind it there may be several. USER of what was accepted is an account, without blanks: the first. Else none is certain, and the
 *   event has no address.
 */
export function loginOf(text: string): Finding {
  const blank = text.indexOf(' ');
  const word = text.slice(0, blank);
  const methodEnd = text.indexOf(' for ', blank + 1);
  if (methodEnd < 0) return undefined;
  const method = text.slice(blank + 1, methodEnd);
  if (method === '' || method.includes(' ')) return undefined;
  const userAt = methodEnd + 5;
  const found = placesOf(text, userAt);
  const place = chosen(found, word === 'Accepted');
  if (place === undefined) return found.length === 0 ? undefined : uncertain(text, { word, method, userAt });
  return claimOf({ word, method, user: text.slice(userAt, place.start), remote: place.remote, extra: text.slice(place.remote.end) });
}

interface Place {
  readonly start: number;
  readonly remote: Remote;
  /** Free text follows, in which a client may have written. */
  readonly free: boolean;
}

/** More than these in one line is an attack, whose places are all uncertain. */
const PLACES_MAX = 32;
const FROM = ' from ';
const KEY = /^[\w-]{2,40} (?:SHA\d+:[\w+/=]+|MD5:[\da-f:]+|[\da-f]{2}(?::[\da-f]{2})+)$/;
const CERTIFICATE =
  /^([\w-]{2,40}) (?:(SHA\d+:[\w+/=]+|MD5:[\da-f:]+|[\da-f]{2}(?::[\da-f]{2})+) )?ID (.*) \(serial (\d+)\) CA ([\w-]+ \S+?)(?:, (.*))?$/;
const KEY_WITH_INFO = /^([\w-]{2,40}) (SHA\d+:[\w+/=]+|MD5:[\da-f:]+|[\da-f]{2}(?::[\da-f]{2})+)(?:, (.*))?$/;

/** From the last to the first. */
function placesOf(text: string, userAt: number): readonly Place[] {
  const places: Place[] = [];
  // The name may be empty: `for invalid user  from`, `for  from`.
  for (
    let at = text.lastIndexOf(FROM);
    at >= userAt - 1 && places.length < PLACES_MAX;
    at = at === 0 ? -1 : text.lastIndexOf(FROM, at - 1)
  ) {
    const remote = remoteAt(text, at + FROM.length);
    if (remote?.port === undefined) continue;
    const rest = text.slice(remote.end);
    const extra = rest.startsWith(' ssh2') ? rest.slice(5) : rest;
    if (extra === '' || (extra.startsWith(': ') && KEY.test(extra.slice(2)))) places.push({ start: at, remote, free: false });
    else if (extra.startsWith(': ') || extra.startsWith(' ruser ')) places.push({ start: at, remote, free: true });
  }
  return places;
}

function chosen(places: readonly Place[], accepted: boolean): Place | undefined {
  const [last] = places;
  if (last === undefined) return undefined;
  if (places.length === 1) return last;
  if (!last.free) return places.some(({ free }) => free) && accepted ? places.at(-1) : last;
  return accepted ? places.at(-1) : undefined;
}

interface Parts {
  readonly word: string;
  readonly method: string;
  readonly user: string;
  readonly remote: Remote;
  readonly extra: string;
}

const OUTCOMES = { Accepted: 'success', Failed: 'failure' } as const;

function claimOf({ word, method, user, remote, extra }: Parts): Claim {
  const { name, invalid } = nameOf(user);
  const { credential, attributes } = extraOf(extra.startsWith(' ssh2') ? extra.slice(5) : extra);
  return {
    type: `${word} ${method}`,
    action: 'login',
    category: 'authentication',
    outcome: word === 'Accepted' || word === 'Failed' ? OUTCOMES[word] : 'unknown',
    user: name,
    actor: invalid ? 'unknown' : undefined,
    from: remote.from,
    authMethod: method,
    credential,
    protocol: 'ssh',
    status: word,
    reason: invalid ? 'invalid user' : undefined,
    port: remote.port,
    invalid,
    attributes,
  };
}

function uncertain(text: string, { word, method, userAt }: { word: string; method: string; userAt: number }): Claim {
  const { invalid } = nameOf(text.slice(userAt));
  return {
    type: `${word} ${method}`,
    action: 'login',
    category: 'authentication',
    outcome: word === 'Failed' ? 'failure' : 'unknown',
    actor: 'unknown',
    authMethod: method,
    protocol: 'ssh',
    status: word,
    invalid,
    attributes: { ambiguous: text.slice(userAt) },
  };
}

/** The account, and whether the server knows it. */
export function nameOf(user: string): { readonly name: string; readonly invalid: boolean } {
  if (user.startsWith('invalid user ') || user.startsWith('illegal user ')) return { name: user.slice(13), invalid: true };
  if (user === 'invalid user' || user === 'illegal user') return { name: '', invalid: true };
  return { name: user, invalid: false };
}

interface Extra {
  readonly credential?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

const NO_EXTRA: Extra = {};

function extraOf(extra: string): Extra {
  if (extra === '') return NO_EXTRA;
  if (!extra.startsWith(': ')) return { attributes: { info: extra.trim() } };
  const text = extra.slice(2);
  const certificate = CERTIFICATE.exec(text);
  if (certificate !== null) {
    const [, type, fingerprint, id, serial, ca, info] = certificate;
    const attributes = {
      key_type: type,
      certificate_id: id,
      certificate_serial: serial,
      certificate_ca: ca,
      info,
    };
    return { credential: fingerprint ?? `${ca ?? ''} serial ${serial ?? ''}`, attributes };
  }
  const key = KEY_WITH_INFO.exec(text);
  if (key === null) return { attributes: { info: text } };
  const [, type, fingerprint, info] = key;
  return { credential: fingerprint, attributes: { key_type: type, info } };
}
