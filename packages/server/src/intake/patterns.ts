import type { Config } from '../base/config.ts';
import { maskCards } from './card-numbers.ts';
import { lineValue, matched, matchedBase64, urlPassword, value, type ValueFinder, wordValue } from './secret-value.ts';
import { Trigger, triggersOf } from './triggers.ts';

/**
 * Secrets inside of longer texts, masked in place. Every expression here is linear: what may repeat without bound is never behind another unbounded
 * repetition, and the ends of values are found by plain loops. Input is hostile and as long as an item may be.
 */
export type Pattern = Config['redact']['patterns'][number];

export interface Masked {
  readonly text: string;
  /** Which patterns were found; empty when `text` is unchanged. */
  readonly found: readonly Pattern[];
}

/** One form in which secrets stand in texts: behind a key, and behind that what is masked. */
interface Form {
  readonly pattern: Pattern;
  readonly trigger: number;
  readonly key: RegExp;
  readonly find: ValueFinder;
  readonly mask: string;
}

function maskOf(pattern: Pattern): string {
  return `[redacted:${pattern}]`;
}

/** `token: expired` is no secret; a secret token has more characters. */
const TOKEN_CHARS_MIN = 8;
const bearer = { pattern: 'bearer', mask: maskOf('bearer') } as const;
const sqlPassword = { pattern: 'sql_password', mask: maskOf('sql_password') } as const;

// Tokens before pairs: `authorization: Bearer x` must lose x, not the word Bearer alone.
const FORMS: readonly Form[] = [
  { pattern: 'url_password', trigger: Trigger.url, key: /:\/\/[^\s/?#@:"'<>]*:/g, find: urlPassword, mask: maskOf('url_password') },
  // The look-behind lets a token begin only where a run of its characters begins: one start per run keeps the search linear.
  { ...bearer, trigger: Trigger.jwt, key: /(?<![\w-])eyJ/g, find: matched(/[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*/y, 'eyJ'.length) },
  { ...bearer, trigger: Trigger.daybookToken, key: /dbk_/g, find: matched(/[\w-]{8,}/y, 'dbk_'.length) },
  {
    ...bearer,
    trigger: Trigger.bearer,
    key: /\bbearer/gi,
    find: matched(/(?:\s{1,8}|\s{0,8}[:=]\s{0,8})["']?[\w.~+/=-]{6,}/y, 0),
    mask: ` ${bearer.mask}`,
  },
  {
    ...bearer,
    trigger: Trigger.basic,
    key: /\bbasic/gi,
    find: matchedBase64(/\s{1,8}[\w+/-]{6,}={0,2}/y),
    mask: ` ${bearer.mask}`,
  },
  {
    ...bearer,
    trigger: Trigger.header,
    key: /(?:authorization|cookie)(?:\\{0,8}["'])?\s{0,8}(?:=>|[:=])\s{0,8}/gi,
    find: lineValue,
  },
  {
    ...bearer,
    trigger: Trigger.tokenKey,
    key: /(?:token|api[_-]?key|access[_-]?key|private[_-]?key)(?:\\{0,8}["'])?\s{0,8}(?:=>|[:=])\s{0,8}/gi,
    find: wordValue(TOKEN_CHARS_MIN),
  },
  {
    ...sqlPassword,
    trigger: Trigger.identified,
    key: /identified\s{1,8}(?:with\s{1,8}["'`]?\w{1,64}["'`]?\s{1,8})?(?:by|as|using)\s{1,8}(?:password\s{1,8}|values\s{1,8})?/gi,
    find: wordValue(1),
  },
  {
    // PASSWORD 'x', PASSWORD('x'), PASSWORD E'x', PASSWORD $$x$$: only what is quoted, for `password incorrect` is a common sentence.
    ...sqlPassword,
    trigger: Trigger.sqlPassword,
    key: /password(?:\s{1,8}|\s{0,8}\(\s{0,8})(?:[en]|_utf8(?:mb4)?)?(?=['"$])/gi,
    find: wordValue(1),
  },
  {
    ...sqlPassword,
    trigger: Trigger.passwordKey,
    key: /(?:password|passwd|passphrase|pwd|secret)(?:\\{0,8}["'])?\s{0,8}(?:=>|:=|[:=])\s{0,8}(?:password\s{0,8}\(\s{0,8})?/gi,
    find: wordValue(1),
  },
];

/** Masks what the chosen patterns find in `text`. */
export function maskText(text: string, patterns: ReadonlySet<Pattern>, triggers = triggersOf(text)): Masked {
  if (triggers === 0) return { text, found: NOTHING };
  let masked = text;
  const found: Pattern[] = [];
  // A mask triggers nothing, and joins no letters: what stands in a masked text stood in it before.
  for (const form of FORMS) {
    if ((triggers & form.trigger) === 0 || !patterns.has(form.pattern)) continue;
    const next = maskForm(masked, form);
    if (next !== masked && found.at(-1) !== form.pattern) found.push(form.pattern);
    masked = next;
  }
  if ((triggers & Trigger.card) !== 0 && patterns.has('card')) {
    const next = maskCards(masked, CARD_MASK);
    if (next !== masked) found.push('card');
    masked = next;
  }
  return { text: masked, found };
}

/** The key of a value whose name is secret, however it is written: `db-pin=`, `"dbPin":`. One name begins where no letter stands before it. */
export function namedSecrets(names: readonly string[]): RegExp {
  const written = [...new Set(names)].filter((name) => name !== '').map((name) => Array.from(name, letter).join(''));
  return new RegExp(`(?<![A-Za-z0-9])(?:${written.join('|')})(?:\\\\{0,8}["'])?\\s{0,8}(?:=>|[:=])\\s{0,8}`, 'gi');
}

function letter(character: string): string {
  if (character === '_' || character === '-') return '[_-]?';
  return `${character.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}[_-]?`;
}

/** Masks what stands behind such names, to the end of the word or the quotes. */
export function maskNamed(text: string, key: RegExp): string {
  return maskForm(text, { pattern: 'bearer', trigger: 0, key, find: wordValue(1), mask: '[redacted]' });
}

const NOTHING: readonly Pattern[] = [];
const CARD_MASK = maskOf('card');

/** Whether a text may hold a secret: the cheap question before `maskText`. */
export function isSuspect(text: string): boolean {
  return triggersOf(text) !== 0;
}

function maskForm(text: string, { key, find, mask }: Form): string {
  let out = '';
  let done = 0;
  key.lastIndex = 0;
  while (key.test(text)) {
    if (find(text, key.lastIndex)) {
      out += text.slice(done, value.from) + mask;
      done = value.to;
    }
    key.lastIndex = value.next;
  }
  return done === 0 ? text : out + text.slice(done);
}
