import { canonicalise, EVENT_OFFSET, NONCE_CHARS, quote } from '@daybook/protocol';
import type { EntryKind } from '@daybook/protocol';
import type { EventBatch } from './types.ts';

/** 66 random bytes are 88 characters of base64url: four nonces of 22 characters, each 132 bits. */
const NONCES_PER_DRAW = 4 * 64;
const BYTES_PER_DRAW = (66 / 4) * NONCES_PER_DRAW;

/** Nonces from random text drawn in bulk: drawing for each entry alone would cost as much as its leaf hash. */
export class Nonces {
  readonly #draw: (bytes: number) => string;
  #text: Buffer = NO_BYTES;
  #used = 0;

  constructor(draw: (bytes: number) => string) {
    this.#draw = draw;
  }

  /** Writes the next nonce. */
  write(into: Buffer, at: number): void {
    if (this.#used === this.#text.length) {
      this.#text = Buffer.from(this.#draw(BYTES_PER_DRAW), 'latin1');
      this.#used = 0;
    }
    const text = this.#text;
    let from = this.#used;
    for (let to = at; to < at + NONCE_CHARS; to++) into[to] = text[from++] ?? 0;
    this.#used = from;
  }
}

/** The bytes of one entry, whose length is known before they are written. */
export interface EntryBytes {
  readonly length: number;
  write(into: Buffer, at: number): void;
}

const NO_BYTES: Buffer = Buffer.alloc(0);
const HEAD = Buffer.from('{"event":', 'latin1');
const EVENT_KIND = kindBytes('event');
const NONCE_END = 0x22;
const RAW_KEY = Buffer.from(',"raw":', 'latin1');
const END = Buffer.from(',"v":1}', 'latin1');

/**
 * Writes entries: `{"event":{…},"kind":"event","n":"…","raw":"…","rt":"…","src":"…","sseq":7,"v":1}`. Set to an event by `event` or `control`, then written once.
 * What is the same for neighbours (receive time, producer) is made once.
 */
export class EntryText implements EntryBytes {
  readonly #nonces: Nonces;
  #length = 0;
  #event: Buffer = NO_BYTES;
  #from = 0;
  #to = 0;
  #kind = EVENT_KIND;
  #raw: Buffer = NO_BYTES;
  #middle: Buffer = NO_BYTES;
  #counter: Buffer = NO_BYTES;
  /** What `#middle` was made of. */
  #src: string | undefined;
  #rt = '';

  constructor(nonces: Nonces) {
    this.#nonces = nonces;
  }

  get length(): number {
    return this.#length;
  }

  event(batch: EventBatch, i: number, rt: string): this {
    const src = batch.src[i] ?? '';
    if (src !== this.#src || rt !== this.#rt) {
      this.#src = src;
      this.#rt = rt;
      this.#middle = Buffer.from(`,"rt":"${rt}","src":${quote(src)}`);
    }
    const raw = batch.raw?.[i];
    const sseq = batch.sseq[i];
    this.#event = batch.bytes;
    this.#from = batch.starts[i] ?? 0;
    this.#to = batch.ends[i] ?? 0;
    this.#kind = EVENT_KIND;
    this.#raw = raw === undefined ? NO_BYTES : Buffer.concat([RAW_KEY, Buffer.from(quote(raw))]);
    this.#counter = sseq === undefined ? NO_BYTES : Buffer.from(`,"sseq":${sseq}`, 'latin1');
    return this.#measured();
  }

  control(kind: EntryKind, event: Readonly<Record<string, unknown>>, rt: string): this {
    this.#event = Buffer.from(canonicalise(event));
    this.#from = 0;
    this.#to = this.#event.length;
    this.#kind = kindBytes(kind);
    this.#raw = NO_BYTES;
    this.#middle = Buffer.from(`,"rt":"${rt}"`, 'latin1');
    this.#src = undefined;
    this.#counter = NO_BYTES;
    return this.#measured();
  }

  write(into: Buffer, at: number): void {
    let to = at;
    for (let i = 0; i < EVENT_OFFSET; i++) into[to++] = HEAD[i] ?? 0;
    to += this.#event.copy(into, to, this.#from, this.#to);
    to += this.#kind.copy(into, to);
    this.#nonces.write(into, to);
    to += NONCE_CHARS;
    into[to++] = NONCE_END;
    if (this.#raw.length > 0) to += this.#raw.copy(into, to);
    to += this.#middle.copy(into, to);
    if (this.#counter.length > 0) to += this.#counter.copy(into, to);
    for (let i = 0; i < END.length; i++) into[to++] = END[i] ?? 0;
  }

  #measured(): this {
    const parts = this.#kind.length + this.#raw.length + this.#middle.length + this.#counter.length;
    this.#length = EVENT_OFFSET + (this.#to - this.#from) + parts + NONCE_CHARS + 1 + END.length;
    return this;
  }
}

/** What stands between the event and the nonce. */
function kindBytes(kind: EntryKind): Buffer {
  return Buffer.from(`,"kind":"${kind}","n":"`, 'latin1');
}
