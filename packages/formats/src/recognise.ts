import type { Format, Head } from './format.ts';
import { FORMATS } from './formats.ts';

/** As much of an input as its format is told by. */
export const HEAD_BYTES_MAX = 64 * 1024;

/** The format that the beginning of an input shows; undefined when it is none that is known. */
export function recognise(text: string, name = '', formats: readonly Format[] = FORMATS): Format | undefined {
  const head: Head = { text, lines: text.split(/\r?\n/).filter((line) => line !== ''), name };
  let best: Format | undefined;
  let sureness = 0;
  for (const format of formats) {
    const found = format.recognise(head);
    if (found <= sureness) continue;
    best = format;
    sureness = found;
  }
  return best;
}
