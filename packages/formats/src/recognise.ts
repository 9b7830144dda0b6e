import type { Format, Head } from './format.ts';
import { FORMATS } from './formats.ts';
import { uncontained } from './framing/container-framer.ts';

/** As much of an input as its format is told by. */
export const HEAD_BYTES_MAX = 64 * 1024;

/** The format that the beginning of an input shows; undefined when it is none that is known. */
export function recognise(text: string, name = '', formats: readonly Format[] = FORMATS): Format | undefined {
  const written = uncontained(text);
  // What is text in a container's log is known without the engine's own words; what is JSON, with them.
  const inside = written === text ? undefined : surest(written, name, formats);
  return inside?.framing === 'lines' ? inside : surest(text, name, formats);
}

function surest(text: string, name: string, formats: readonly Format[]): Format | undefined {
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
