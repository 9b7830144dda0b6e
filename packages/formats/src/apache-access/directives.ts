import type { Part } from '../web-access/pattern.ts';
import { attributeSetter, type Meaning, SECRET_HEADER, type Setter, SETTERS, secretSetter } from '../web-access/setters.ts';
import { CLF_CHARS, epochStamp } from '../web-access/times.ts';
import { strftimeChars, strftimeReader } from './strftime.ts';

/** Custom log formats of mod_log_config, mod_logio and mod_ssl: `%`, conditions (`!200,304`), `<` or `>`, an argument in braces, letters. */
const DIRECTIVE = /%([!\d,<>]*)(?:\{([^}]*)\})?(\^t[io]|\^FU|\^FB|[a-zA-Z%])/g;

interface Known {
  readonly meaning?: Meaning;
  /** The name among the attributes. */
  readonly name?: string;
  readonly shape: 'word' | 'free';
}

const KNOWN: Readonly<Record<string, Known>> = {
  a: { meaning: 'client', shape: 'word' },
  h: { meaning: 'client', shape: 'word' },
  A: { name: 'server_addr', shape: 'word' },
  l: { name: 'ident', shape: 'word' },
  u: { meaning: 'user', shape: 'free' },
  r: { meaning: 'request', shape: 'free' },
  m: { meaning: 'method', shape: 'free' },
  U: { meaning: 'path', shape: 'free' },
  q: { meaning: 'query', shape: 'free' },
  H: { meaning: 'version', shape: 'word' },
  s: { meaning: 'status', shape: 'word' },
  b: { meaning: 'bytes', shape: 'word' },
  B: { meaning: 'bytes', shape: 'word' },
  O: { meaning: 'bytes', shape: 'word' },
  I: { name: 'bytes_in', shape: 'word' },
  S: { name: 'bytes_transferred', shape: 'word' },
  D: { meaning: 'micros', shape: 'word' },
  T: { meaning: 'seconds', shape: 'word' },
  v: { meaning: 'site', shape: 'free' },
  V: { meaning: 'site', shape: 'free' },
  p: { name: 'server_port', shape: 'word' },
  P: { name: 'pid', shape: 'word' },
  L: { meaning: 'requestId', shape: 'word' },
  k: { name: 'keepalive_requests', shape: 'word' },
  X: { name: 'connection_status', shape: 'word' },
  f: { name: 'filename', shape: 'free' },
  R: { name: 'handler', shape: 'free' },
};
const HEADERS: Readonly<Record<string, Meaning>> = {
  referer: 'referer',
  'user-agent': 'agent',
  'x-forwarded-for': 'forwarded',
  host: 'site',
  'x-request-id': 'requestId',
};
const ENVIRONMENT: Readonly<Record<string, Meaning>> = { unique_id: 'requestId' };
const UNITS: Readonly<Record<string, Meaning>> = { us: 'micros', ms: 'millis', s: 'seconds' };
const TIME = 'time';

/** The parts of a `LogFormat`: the format alone, the whole directive, or the name of one that Apache brings along. */
export function partsOfLogFormat(format: string): readonly Part[] {
  const layout = layoutOf(format);
  const parts: Part[] = [];
  let done = 0;
  for (const match of layout.matchAll(DIRECTIVE)) {
    if (match.index > done) addText(parts, layout.slice(done, match.index));
    done = match.index + match[0].length;
    if (match[3] === '%') addText(parts, '%');
    else addDirective(parts, match[2], match[3] ?? '');
  }
  if (done < layout.length) addText(parts, layout.slice(done));
  return parts;
}

function addText(parts: Part[], text: string): void {
  parts.push({ kind: 'text', text });
}

function addDirective(parts: Part[], argument: string | undefined, letter: string): void {
  if (letter === 't') return addTime(parts, argument);
  const name = argument === undefined ? letter : `${letter}_${argument.toLowerCase()}`;
  const known = KNOWN[letter];
  if (argument === undefined || known !== undefined) {
    const meaning =
      letter === 'T' && argument !== undefined ? UNITS[argument] : letter === 'a' && argument === 'c' ? undefined : known?.meaning;
    const attribute = letter === 'a' && argument === 'c' ? 'peer_addr' : (known?.name ?? name);
    const set = meaning === undefined ? attributeSetter(attribute) : SETTERS[meaning];
    parts.push({ kind: 'value', shape: known?.shape ?? 'free', name: attribute, set });
    return;
  }
  parts.push({ kind: 'value', shape: 'free', name, set: argumentSetter(letter, argument, name) });
}

/** Headers, cookies, variables of the environment and notes by name. */
function argumentSetter(letter: string, argument: string, name: string): Setter {
  const folded = argument.toLowerCase();
  if (letter === 'C' || (/^(?:i|o|\^ti|\^to)$/.test(letter) && SECRET_HEADER.test(folded))) return secretSetter(name);
  const meaning = letter === 'i' ? HEADERS[folded] : letter === 'e' ? ENVIRONMENT[folded] : undefined;
  return meaning === undefined ? attributeSetter(folded) : SETTERS[meaning];
}

/** `%t` is `[10/Oct/2000:13:55:36 -0700]`; `%{…}t` is of strftime, or seconds and fractions of them, each said by a word. */
function addTime(parts: Part[], argument: string | undefined): void {
  const format = argument?.replace(/^(?:begin|end):?/, '') ?? '';
  if (format === '') {
    addText(parts, '[');
    parts.push({ kind: 'value', shape: CLF_CHARS, name: TIME, set: SETTERS.time });
    addText(parts, ']');
    return;
  }
  if (/^(?:sec|msec|usec)$/.test(format)) {
    parts.push({ kind: 'value', shape: 'word', name: TIME, set: (access, value) => void (access.stamp ??= epochStamp(value)) });
    return;
  }
  const letters = FRACTIONS[format] ?? format;
  const [before, between] = parts.slice(-2);
  // One time in several directives, as for milliseconds: `[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t]`.
  if (before !== undefined && isTime(before) && between?.kind === 'text' && between.text.length <= BETWEEN_CHARS_MAX) {
    parts.splice(-2, 2, timeOf(`${before.name.slice(TIME.length)}${between.text.replaceAll('%', '%%')}${letters}`));
  } else parts.push(timeOf(letters));
}

const FRACTIONS: Readonly<Record<string, string>> = { msec_frac: '%3', usec_frac: '%6' };
/** Between the parts of one time stand a point, a blank, or both. */
const BETWEEN_CHARS_MAX = 2;

/** Its name holds the format behind the word, so that a part that follows can be joined to it. */
function timeOf(format: string): Part {
  const read = strftimeReader(format);
  const set: Setter = (access, value, context) => void (access.stamp ??= read?.(value, context));
  return { kind: 'value', shape: strftimeChars(format) ?? (/[ c]/.test(format) ? 'free' : 'word'), name: `${TIME}${format}`, set };
}

function isTime(part: Part): part is Extract<Part, { kind: 'value' }> {
  return part.kind === 'value' && part.name.startsWith(`${TIME}%`);
}

const NAMED: Readonly<Record<string, string>> = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
  vhost_combined: '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"',
};

function layoutOf(format: string): string {
  const named = NAMED[format.trim()];
  if (named !== undefined) return named;
  const inside = /^\s*(?:LogFormat|CustomLog\s+\S+)\s+(?:"((?:[^"\\]|\\[^])*)"|'([^']*)')/i.exec(format);
  const layout = inside === null ? format : (inside[1] ?? inside[2] ?? '');
  return inside === null && !format.includes('\\') ? format : unquoted(layout);
}

const unquoted = (text: string): string => text.replace(/\\([^])/g, (_, sign: string) => ({ t: '\t', n: '\n', r: '\r' })[sign] ?? sign);
