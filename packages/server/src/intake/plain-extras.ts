import { KEYS, quote, unquote } from '@daybook/protocol';
import { type Draft, ESCAPED, type Extra, FALSE, NESTED, NULL, NUMBER, STRING, TRUE } from './draft.ts';
import { isPlainNumber } from './field-kinds.ts';
import type { Redaction } from './redact.ts';
import { CARD_DIGITS_MIN, ESCAPED_OTHERWISE, triggersInJson } from './triggers.ts';

/** Names that senders use for their own members; beyond so many they are looked at each time. */
const NAMES_MAX = 1000;
/** A name is a word. Longer keys go the long way. */
const NAME_CHARS_MAX = 64;
/** More members than this are sorted and redacted together with the others. */
const EXTRAS_MAX = 32;
/** A list of words, like the guesses of a time: nothing of it can be a secret. */
const WORDS = /^\["[a-z_]{1,32}"(?:,"[a-z_]{1,32}")*\]$/;
const WORDS_BYTES_MAX = 128;

/**
 * The attributes of most events that importers send are a few plain texts, the original line among them: bytes that are canonical already and hold no
 * secret are copied as they stand. Everything else goes the long way, by values; both give the same.
 */
export class PlainExtras {
  readonly #redaction: Redaction;
  /** Key as JSON, of names that are no field, no secret, and nothing of ours; '' for the others. */
  readonly #names = new Map<string, string>();
  readonly #reserved: string;

  constructor(redaction: Redaction, reserved: string) {
    this.#redaction = redaction;
    this.#reserved = reserved;
  }

  /** The canonical text of an object of these members; undefined when one of them is not plain. */
  json(draft: Draft): string | undefined {
    const { extras } = draft;
    if (extras.length > EXTRAS_MAX) return undefined;
    const sorted = isSorted(extras) ? extras : extras.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    let text = '';
    for (const extra of sorted) {
      const name = this.#name(extra.key);
      const value = name === '' ? undefined : this.#value(draft, extra);
      if (value === undefined) return undefined;
      text += `${text === '' ? '{' : ','}${name}:${value}`;
    }
    return `${text}}`;
  }

  #name(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const plain = key.length <= NAME_CHARS_MAX && !KEYS.has(key) && key !== this.#reserved && this.#redaction.isPlainName(key);
    const json = plain ? quote(key) : '';
    if (this.#names.size < NAMES_MAX) this.#names.set(key, json);
    return json;
  }

  #value({ bytes }: Draft, { kind, from, to }: Extra): string | undefined {
    if (kind === STRING || kind === ESCAPED) return this.#text(bytes, from, to);
    if (kind === NESTED) return to - from > WORDS_BYTES_MAX ? undefined : this.#words(bytes.toString('latin1', from, to));
    if (kind === NUMBER ? to - from < CARD_DIGITS_MIN && isPlainNumber(bytes, from, to) : kind === TRUE || kind === FALSE || kind === NULL)
      return bytes.toString('latin1', from, to);
    return undefined;
  }

  #words(json: string): string | undefined {
    return WORDS.test(json) ? json : undefined;
  }

  #text(bytes: Buffer, from: number, to: number): string | undefined {
    const triggers = triggersInJson(bytes, from + 1, to - 1);
    if (triggers === ESCAPED_OTHERWISE) return undefined;
    const json = bytes.toString('utf8', from, to);
    return triggers === 0 || this.#redaction.isClean(json.includes('\\') ? unquote(json) : json.slice(1, -1), triggers) ? json : undefined;
  }
}

function isSorted(extras: readonly Extra[]): boolean {
  for (let i = 1; i < extras.length; i++) if ((extras[i - 1]?.key ?? '') > (extras[i]?.key ?? '')) return false;
  return true;
}
