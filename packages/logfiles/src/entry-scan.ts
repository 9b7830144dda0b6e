import { isUtf8 } from 'node:buffer';
import { CanonicalError, canonicaliseCheck, ENTRY_KINDS, FIELDS, NONCE_CHARS, TIME_TEXT_CHARS, textToMicros } from '@daybook/protocol';
import { CanonicalScanner } from './canonical-scan.ts';

export interface EntryFault {
  readonly code: 'entry_not_canonical' | 'entry_profile' | 'entry_time';
  readonly detail: string;
}

/**
 * Checks entries, in the order of their log, against the profile `daybook-entry/1`, and tells what the check of a log needs from each of them.
 * One scanner object for many entries: its members hold what the last one said.
 */
export class EntryScanner {
  readonly #scanner = new CanonicalScanner();
  readonly #field = new FieldWalk();
  readonly #onKey = (start: number, end: number): boolean => this.#field.next(this.#scanner.bytes, start, end);
  /** Receive time of the last entry that had one; sorts as time does. */
  rt = '';
  /** Its kind is `event`, not one of the server's own. */
  isEvent = false;
  #rtAt = -1;
  #kindAt = -1;
  #kindEnd = -1;
  srcStart = -1;
  srcEnd = -1;
  /** -1: it has none. */
  sseq = -1;

  /** Undefined when the entry is as it should be. */
  check(bytes: Buffer, start: number, end: number): EntryFault | undefined {
    const scanner = this.#scanner;
    scanner.bytes = bytes;
    scanner.nonAscii = false;
    this.#field.reset();
    if (this.#members(start) !== end || (scanner.nonAscii && !isUtf8(bytes.subarray(start, end))))
      return explain(bytes.subarray(start, end));
    if (!this.isEvent && !KINDS.has(bytes.toString('latin1', this.#kindAt, this.#kindEnd)))
      return { code: 'entry_profile', detail: 'Its kind is unknown.' };
    return this.#time(bytes);
  }

  /** Its event has `attributes`, where blobs are named. */
  get hasAttributes(): boolean {
    return this.#field.sawAttributes;
  }

  get kind(): string {
    return this.#scanner.bytes.toString('latin1', this.#kindAt, this.#kindEnd);
  }

  /** Where the entry ends, by its members; -1 when it is no entry. */
  #members(start: number): number {
    const scanner = this.#scanner;
    let p = scanner.literal(start, EVENT);
    if (p > 0) p = scanner.object(p, 1, this.#onKey);
    if (p > 0) p = scanner.literal(p, KIND);
    if (p > 0) {
      this.#kindAt = p;
      p = scanner.string(p - 1);
      this.#kindEnd = p - 1;
      this.isEvent = scanner.literal(this.#kindAt, EVENT_KIND) === p;
    }
    if (p > 0) p = scanner.literal(p, NONCE);
    if (p > 0) p = this.#nonce(p);
    if (p > 0 && scanner.literal(p, RAW) > 0) p = scanner.string(p + RAW.length);
    if (p > 0) p = scanner.literal(p, RT);
    if (p > 0) {
      this.#rtAt = p;
      p = scanner.literal(p + TIME_TEXT_CHARS, QUOTE);
    }
    if (p > 0) p = this.#producer(p);
    return p > 0 ? scanner.literal(p, VERSION) : -1;
  }

  #nonce(at: number): number {
    for (let p = at; p < at + NONCE_CHARS; p++) if (BASE64URL[this.#scanner.bytes[p] ?? 0] !== 1) return -1;
    return this.#scanner.literal(at + NONCE_CHARS, QUOTE);
  }

  /** `src` stands on every event, `sseq` where the producer counts. */
  #producer(at: number): number {
    const scanner = this.#scanner;
    this.sseq = -1;
    this.srcStart = -1;
    let p = at;
    if (scanner.literal(p, SRC) > 0) {
      this.srcStart = p + SRC.length + 1;
      p = scanner.string(p + SRC.length);
      this.srcEnd = p - 1;
    } else if (this.isEvent) return -1;
    if (p > 0 && this.srcStart > 0 && scanner.literal(p, SSEQ) > 0) {
      p = scanner.integer(p + SSEQ.length);
      this.sseq = scanner.integerValue;
    }
    return p;
  }

  /** Neighbours mostly share their receive time. */
  #time(bytes: Buffer): EntryFault | undefined {
    const { rt } = this;
    let same = rt.length === TIME_TEXT_CHARS;
    for (let i = 0; same && i < TIME_TEXT_CHARS; i++) same = bytes[this.#rtAt + i] === rt.charCodeAt(i);
    if (same) return undefined;
    const next = bytes.toString('latin1', this.#rtAt, this.#rtAt + TIME_TEXT_CHARS);
    if (Number.isNaN(textToMicros(next))) return { code: 'entry_profile', detail: 'Its receive time is no time.' };
    this.rt = next;
    return next < rt ? { code: 'entry_time', detail: `It says ${next}, the one before ${rt}.` } : undefined;
  }
}

/** The slow way says why. */
function explain(entry: Buffer): EntryFault {
  if (!isUtf8(entry)) return { code: 'entry_not_canonical', detail: 'It is not UTF-8.' };
  try {
    canonicaliseCheck(entry.toString('utf8'));
  } catch (error) {
    if (error instanceof CanonicalError) return { code: 'entry_not_canonical', detail: `It is ${SENTENCES[error.reason]}.` };
    throw error;
  }
  return { code: 'entry_profile', detail: 'A member, or a field of its event, is missing, unknown or of another type.' };
}

const SENTENCES: Readonly<Record<CanonicalError['reason'], string>> = {
  depth: 'nested too deep',
  lone_surrogate: 'not well-formed Unicode',
  number: 'with a number that has no canonical form',
  type: 'no JSON',
  syntax: 'no JSON',
  form: 'JSON in another form',
};

const EVENT = Buffer.from('{"event":');
const KIND = Buffer.from(',"kind":"');
const NONCE = Buffer.from(',"n":"');
const RAW = Buffer.from(',"raw":');
const RT = Buffer.from(',"rt":"');
const SRC = Buffer.from(',"src":');
const SSEQ = Buffer.from(',"sseq":');
const VERSION = Buffer.from(',"v":1}');
const QUOTE = Buffer.from('"');
const KINDS: ReadonlySet<string> = new Set(ENTRY_KINDS);
const EVENT_KIND = Buffer.from('event"');
const BASE64URL = Uint8Array.from({ length: 256 }, (_, byte) => (/[A-Za-z0-9_-]/.test(String.fromCharCode(byte)) ? 1 : 0));
const FIELD_NAMES = FIELDS.map(({ name }) => Buffer.from(name));
const ATTRIBUTES = FIELD_NAMES.find((name) => name.equals(Buffer.from('attributes')));

/** Whether ascending keys are all names of fields: both lists are sorted, so one walk along the table does. */
class FieldWalk {
  #next = 0;
  sawAttributes = false;

  reset(): void {
    this.#next = 0;
    this.sawAttributes = false;
  }

  next(bytes: Buffer, start: number, end: number): boolean {
    for (;;) {
      const name = FIELD_NAMES[this.#next++];
      if (name === undefined) return false;
      if (name.length === end - start && sameBytes(bytes, start, name)) {
        if (name === ATTRIBUTES) this.sawAttributes = true;
        return true;
      }
    }
  }
}

function sameBytes(bytes: Buffer, start: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
}
