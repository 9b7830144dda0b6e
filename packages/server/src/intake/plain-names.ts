import { KEYS } from '@daybook/protocol';
import { ByteWords, hashBytes } from './byte-words.ts';
import type { Redaction } from './redact.ts';
import { OWN_NAMES_MAX } from './scan.ts';

/** What a name may be, as bits. */
export const PlainName = {
  /** It may stand among the attributes as it is. */
  attribute: 1,
  /** It may stand in an object below them as it is. */
  nested: 2,
  /** Its value may be the name of a secret that stands beside it. */
  pair: 4,
} as const;

/** Sources use a few hundred names between them. Beyond so many, each is looked at anew. */
const NAMES_MAX = 4096;
const UNASKED = 0xff;
/** A name is a word. Longer keys go the long way. */
const NAME_BYTES_MAX = 64;
/** See `secretPair` of the redaction. */
const PAIR_NAMES: ReadonlySet<string> = new Set(['name', 'key', 'field']);

/** What is known about members' names, found by their bytes: making a string of each key of each event would cost more than all else about it. */
export class PlainNames {
  readonly #redaction: Redaction;
  readonly #reserved: string;
  readonly #names = new ByteWords([], NAMES_MAX);
  readonly #bits = new Uint8Array(NAMES_MAX);
  readonly #ofWord = new Uint8Array(OWN_NAMES_MAX).fill(UNASKED);

  /** `reserved`: the attribute that nobody may send. */
  constructor(redaction: Redaction, reserved: string) {
    this.#redaction = redaction;
    this.#reserved = reserved;
  }

  /** Bits of `PlainName` for the key `[from, to)`, without its quotes. 0: to be looked at closely. */
  bitsOf(bytes: Buffer, from: number, to: number): number {
    if (to - from > NAME_BYTES_MAX) return 0;
    const hash = hashBytes(bytes, from, to);
    const known = this.#names.find(bytes, from, to, hash);
    if (known >= 0) return this.#bits[known] ?? 0;
    const bits = this.#judge(bytes.toString('latin1', from, to));
    const learnt = this.#names.learn(bytes, from, to, hash);
    if (learnt >= 0) this.#bits[learnt] = bits;
    return bits;
  }

  /** The same of a key that has a number (`Extra.word`). */
  bitsOfWord(word: number, name: string): number {
    const known = this.#ofWord[word] ?? UNASKED;
    return known === UNASKED ? (this.#ofWord[word] = this.#judge(name)) : known;
  }

  #judge(name: string): number {
    // Where the reserved one stands tells whether it is refused: not told here.
    if (name === this.#reserved || !PRINTABLE.test(name) || !this.#redaction.isPlainName(name)) return 0;
    const attribute = KEYS.has(name) ? 0 : PlainName.attribute;
    return PlainName.nested | attribute | (PAIR_NAMES.has(name) ? PlainName.pair : 0);
  }
}

/** ASCII that stands in JSON as it is: its bytes sort as its characters do. */
const PRINTABLE = /^[ !#-[\]-~]+$/;
