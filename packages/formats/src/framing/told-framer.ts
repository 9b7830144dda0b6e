import { CsvFramer } from './csv-framer.ts';
import type { Framer, TextRecord } from './framer.ts';
import { JsonFramer } from './json-framer.ts';
import { XmlFramer } from './xml-framer.ts';

const BLANK = 0x20;
const QUOTE = 0x22;
const LESS = 0x3c;
/** The byte order mark. */
const MARK = new Set([0xef, 0xbb, 0xbf]);

/** XML, values in quotes, or JSON: by the first byte of the input that is no blank. Lines between JSON's objects are records too: syslog carries any of the three. */
export class ToldFramer implements Framer {
  #framer: Framer | undefined;
  /** Blanks before the first byte: they count as places. */
  #before: Uint8Array[] = [];

  push(bytes: Uint8Array): readonly TextRecord[] {
    if (this.#framer !== undefined) return this.#framer.push(bytes);
    const first = bytes.find((byte) => byte > BLANK && !MARK.has(byte));
    if (first === undefined) {
      this.#before.push(bytes.slice());
      return [];
    }
    const framer = first === LESS ? new XmlFramer() : first === QUOTE ? new CsvFramer() : new JsonFramer({ textLines: true });
    this.#framer = framer;
    const before = this.#before.flatMap((piece) => framer.push(piece));
    this.#before = [];
    return [...before, ...framer.push(bytes)];
  }

  end(): readonly TextRecord[] {
    return this.#framer?.end() ?? [];
  }
}
