import type { Framer, TextRecord } from '../framing/framer.ts';
import { JsonFramer } from '../framing/json-framer.ts';
import { LineFramer } from '../framing/line-framer.ts';
import { ExportFramer } from './export-framer.ts';

/** As much of the beginning, or its first line, tells which of journalctl's outputs it is. */
const TELLING_BYTES = 64;
const BLANK = 0x20;
const LF = 0x0a;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const JSON_BEGINS = /^[\uFEFF\s]*(?:[{[]|data: ?\{)/;
/** Before each object of `json-seq` (RFC 7464). */
const SEPARATOR = '\u001E';
const EXPORT_BEGINS = /^[A-Z_][A-Z\d_]{0,62}[=\n]/;

/** `journalctl -o json` and its kin, `-o export`, or lines (`-o verbose`, `-o short` and its kin): by how the input begins. */
export class JournalFramer implements Framer {
  #framer: Framer | undefined;
  #before: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): readonly TextRecord[] {
    if (this.#framer !== undefined) return this.#framer.push(bytes);
    const before = new Uint8Array(this.#before.length + bytes.length);
    before.set(this.#before);
    before.set(bytes, this.#before.length);
    this.#before = before;
    return isTelling(before) ? this.#begin() : [];
  }

  end(): readonly TextRecord[] {
    const first = this.#framer === undefined ? this.#begin() : [];
    return [...first, ...(this.#framer?.end() ?? [])];
  }

  #begin(): readonly TextRecord[] {
    const before = this.#before;
    this.#before = new Uint8Array(0);
    const framer = framerOf(decoder.decode(before.subarray(0, TELLING_BYTES)));
    this.#framer = framer;
    return framer.push(before);
  }
}

function isTelling(bytes: Uint8Array): boolean {
  if (bytes.length >= TELLING_BYTES) return true;
  const first = bytes.findIndex((byte) => byte > BLANK);
  return first >= 0 && bytes.indexOf(LF, first) >= 0;
}

function framerOf(head: string): Framer {
  if (JSON_BEGINS.test(head.replaceAll(SEPARATOR, ''))) return new JsonFramer();
  return EXPORT_BEGINS.test(head.trimStart()) ? new ExportFramer() : new LineFramer();
}
