import { isRecord, type JsonRecord, parseJson, parseRecord } from '@daybook/protocol';

/**
 * What no field takes of a record becomes the event's `attributes`, unchanged but for secrets, and for what intake's JSON can't hold: an event nests at
 * most 16 levels, an object has at most 256 members, an event 8,192 values (protocol/src/strict-json.ts). What is beyond is kept as its JSON text.
 */
const DEPTH_MAX = 12;
const KEYS_MAX = 256;
const VALUES_MAX = 6_000;
/** No product nests so; the walk's recursion is bounded. Beyond: TooDeep, and the record goes to quarantine as it stands. */
const WALK_DEPTH_MAX = 200;

export class TooDeep extends Error {}

type Mutable = Record<string, unknown>;

/** Members other than the named ones, and other than null, which is how many writers say that there is nothing. */
export function without(object: JsonRecord, names: ReadonlySet<string>): Mutable {
  const rest: Mutable = {};
  for (const name in object) {
    const value = object[name];
    if (value !== null && !names.has(name)) put(rest, name, value);
  }
  return rest;
}

/** Removes secrets from parsed JSON, in place: the record is nobody else's. Returns it, bounded. */
export function attributesOf(rest: Mutable): Mutable {
  count = 0;
  for (const name in rest) {
    const value = rest[name];
    if (isContainer(value)) put(rest, name, cleanMember(name, value, 2));
    else if (typeof value === 'string') put(rest, name, cleanText(name, value));
  }
  if (count <= VALUES_MAX) return rest;
  for (const name in rest) if (typeof rest[name] === 'object') put(rest, name, JSON.stringify(rest[name]));
  return rest;
}

/** Secrets of values that go into other fields than `attributes`. */
export function cleanValue(value: unknown): unknown {
  return isContainer(value) ? cleanContainer(value, 2) : value;
}

/** A plain assignment to `__proto__` would set the prototype. */
export function put(object: Mutable, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

let count = 0;

/** All that JSON has besides scalars; what was parsed is ours to change. */
function isContainer(value: unknown): value is unknown[] | Mutable {
  return typeof value === 'object' && value !== null;
}

function cleanMember(name: string, value: unknown[] | Mutable, depth: number): unknown {
  if (Array.isArray(value) && isSecretName(name)) hideTexts(value);
  return cleanContainer(value, depth);
}

function hideTexts(list: unknown[]): void {
  for (let i = 0; i < list.length; i++) if (typeof list[i] === 'string') list[i] = REDACTED;
}

function cleanContainer(value: unknown[] | Mutable, depth: number): unknown {
  if (depth > WALK_DEPTH_MAX) throw new TooDeep('nested too deep');
  const fits = Array.isArray(value) ? cleanList(value, depth) : cleanObject(value, depth);
  return fits && depth <= DEPTH_MAX ? value : JSON.stringify(value);
}

function cleanList(list: unknown[], depth: number): boolean {
  count += list.length;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (isContainer(item)) list[i] = cleanContainer(item, depth + 1);
    else if (typeof item === 'string') list[i] = maskAnyText(item);
  }
  return true;
}

function cleanObject(members: Mutable, depth: number): boolean {
  let keys = 0;
  for (const name in members) {
    keys++;
    const value = members[name];
    if (isContainer(value)) put(members, name, cleanMember(name, value, depth + 1));
    else if (typeof value === 'string') {
      const clean = cleanText(name, value);
      if (clean !== value) put(members, name, clean);
    }
  }
  // `{"name":"DB_PASSWORD","value":"…"}`: environments, parameters and properties are lists of such.
  if (typeof members['value'] === 'string' && namesSecret(members['name'] ?? members['key'] ?? members['optionName']))
    members['value'] = REDACTED;
  if (typeof members['parameterValue'] === 'string' && namesSecret(members['parameterKey'])) members['parameterValue'] = REDACTED;
  if (typeof members['Value'] === 'string' && namesSecret(members['Name'] ?? members['Key'])) members['Value'] = REDACTED;
  count += keys;
  return keys <= KEYS_MAX;
}

function namesSecret(name: unknown): boolean {
  return typeof name === 'string' && isSecretName(name);
}

export const REDACTED = '[redacted]';
/** kubectl keeps the whole object here, as JSON in a string. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function cleanText(name: string, value: string): string {
  if (value !== '' && isSecretName(name)) return REDACTED;
  if (name === LAST_APPLIED) return cleanApplied(value);
  return maskAnyText(value);
}

/** Collectors keep a record, or its parameters, as a text beside what they took out of it: secrets have names there as well. */
function maskAnyText(text: string): string {
  const first = text.charCodeAt(0);
  return (first === OPEN || first === OPEN_LIST) && MAYBE_SECRET_MEMBER.test(text) ? maskJson(text) : maskText(text);
}

const OPEN = 0x7b;
const OPEN_LIST = 0x5b;
const MAYBE_SECRET_MEMBER =
  /passw|passphrase|pwd|secret|token|api_?key|private_?key|authorization|cookie|signature|connection_?string|account_?key|otp|cv[vc]|code/i;

/** A JSON text without its secrets; as it stood when it has none. */
function maskJson(text: string): string {
  const outside = count;
  try {
    const value: unknown = parseJson(text);
    if (!isContainer(value)) return maskText(text);
    const before = JSON.stringify(value);
    const clean = JSON.stringify(cleanContainer(value, 2));
    return clean === before ? text : clean;
  } catch {
    // No JSON, or too deep: there its secrets show by their form only.
    return maskText(text);
  } finally {
    count = outside;
  }
}

function cleanApplied(text: string): string {
  const object = parseRecord(text);
  if (object === undefined) return maskText(text);
  redactSecretObject(object);
  return JSON.stringify(cleanValue(object));
}

/** A Kubernetes Secret, or a list of them: its values are what it hides. */
export function redactSecretObject(object: JsonRecord): void {
  for (const part of ['data', 'stringData']) {
    const values = object[part];
    if (isRecord(values)) for (const name of Object.keys(values)) put(values, name, REDACTED);
  }
}

/** Secrets that a text shows by their form: tokens of JSON Web Token form, Vault's tokens, signatures and tokens in a URL's query, `Bearer …`. */
export function maskText(text: string): string {
  if (text.length < 12 || !MAYBE_SECRET.test(text)) return text;
  return text.replace(JWT, REDACTED).replace(VAULT_TOKEN, REDACTED).replace(QUERY_SECRET, `$1${REDACTED}`).replace(BEARER, `$1${REDACTED}`);
}

const MAYBE_SECRET =
  /eyJ|hv[sbr]\.|\b[sbr]\.[A-Za-z\d]{24}|(?:signature|sig|token|key|password|secret|credential|code|code_verifier)=|bearer |basic /i;
/** Begins only where a run of its signs does: one start a run keeps the search linear. */
const JWT = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*/g;
const VAULT_TOKEN = /\b(?:hv[sbr]\.[\w-]{16,}|[sbr]\.[A-Za-z\d]{24}(?![A-Za-z\d]))/g;
const QUERY_SECRET =
  /([?&;](?:x-(?:amz|goog)-(?:signature|security-token|credential)|signature|sig|[\w-]{0,20}token|api_?key|password|passwd|(?:client_)?secret|code|code_verifier)=)[^&#\s"']+/gi;
const BEARER = /\b((?:bearer|basic) )[\w.~+/=-]{8,}/gi;

const SECRET_NAMES = new Set([
  'authorization', 'proxyauthorization', 'cookie', 'setcookie', 'pwd', 'apikey', 'xapikey', 'xvaulttoken', 'secretaccesskey', 'accesskeysecret',
  'token', 'jwt', 'otp', 'totp', 'cvv', 'cvc', 'privatekeypem', 'privatekeyblob', 'privatekeydata', 'sharedaccesssignature', 'connectionstring', 'accountkey',
  'xvaultwrapttoken', 'xamzsecuritytoken', 'xamzsignature', 'xgoogsignature', 'devicecode',
  'tokencode', 'authenticationcode1', 'authenticationcode2', 'keymaterial', 'plaintextkey', 'onetimepassword', 'recoverycode', 'passcode', 'secretstring', 'secretbinary',
]); // biome-ignore format: a word list
/** Names that end so are secret: `db_password`, `clientSecret`, `refresh_token`, `MYSQL_ROOT_PASSWORD`. A page's token leads nowhere, but intake removes it too. */
const SECRET_ENDINGS = /(?:password|passwd|passphrase|secret|token|apikey|privatekey|secretkey|secretaccesskey)$/;
/** Verdicts on names are kept for so many: records of a product repeat some hundred. Beyond, they are computed each time. */
const NAME_CACHE_MAX = 4096;
const NAME_CHARS_MAX = 128;
const secretNames = new Map<string, boolean>();

export function isSecretName(name: string): boolean {
  const known = secretNames.get(name);
  if (known !== undefined) return known;
  const folded = name.toLowerCase().replace(/[^a-z\d]/g, '');
  const secret = SECRET_NAMES.has(folded) || SECRET_ENDINGS.test(folded);
  if (secretNames.size < NAME_CACHE_MAX && name.length <= NAME_CHARS_MAX) secretNames.set(name, secret);
  return secret;
}
