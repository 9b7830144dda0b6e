import { parseJson } from '@daybook/protocol';
import type { JsonItem } from './cutter.ts';

const LINE_ENDS = /[\r\n]/g;

/**
 * NDJSON needs each item on one line. In valid JSON a line end stands between tokens only, so a space can take its place; in an item that is
 * no JSON it might stand inside a string, where the space would repair what was broken: such an item is refused here.
 */
export function onOneLine(item: JsonItem): JsonItem | undefined {
  if (!item.bytes.includes(0x0a) && !item.bytes.includes(0x0d)) return item;
  try {
    const text = item.bytes.toString('latin1');
    parseJson(text);
    return { bytes: Buffer.from(text.replaceAll(LINE_ENDS, ' '), 'latin1'), line: item.line };
  } catch {
    return undefined;
  }
}
