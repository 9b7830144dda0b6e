import { parseJson } from '@daybook/protocol';
import type { BrokenInput, Cutter, JsonItem } from './cutter.ts';
import { DepthCutter } from './depth-cutter.ts';
import { LineCutter } from './line-cutter.ts';

/** As much of the beginning as the shape is told by: the first two lines of any real log. */
const SHAPE_BYTES = 256 * 1024;

/**
 * Cuts a stream of bytes into JSON items. What an item holds is for the server's strict parser to judge: big numbers and double keys must
 * reach it as they stand. Calls `broken` when the input can't be cut any further.
 */
export async function* jsonItems(stream: AsyncIterable<Uint8Array>, broken: (what: BrokenInput) => void): AsyncGenerator<JsonItem> {
  let head = Buffer.alloc(0);
  let cutter: Cutter | undefined;
  for await (const part of stream) {
    let bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    if (cutter === undefined) {
      head = Buffer.concat([head, bytes]);
      if (head.length < SHAPE_BYTES) continue;
      bytes = withoutMark(head);
      cutter = cutterFor(bytes);
    }
    yield* cutter.push(bytes);
    if (cutter.failure !== undefined) break;
  }
  if (cutter === undefined) {
    const bytes = withoutMark(head);
    cutter = cutterFor(bytes);
    yield* cutter.push(bytes);
  }
  if (cutter.failure === undefined) yield* cutter.end();
  if (cutter.failure !== undefined) broken(cutter.failure);
}

/**
 *     [ item, item … ]       array
 *     {…}⏎{…}⏎               lines
 *     {⏎ "a": 1⏎}⏎{ …        objects, over several lines
 */
export type Shape = 'array' | 'lines' | 'objects';

export function shapeOf(head: Buffer): Shape {
  const text = head.toString('latin1').trimStart();
  if (text.startsWith('[')) return 'array';
  const [first = '', second = ''] = text.split('\n').filter((line) => line.trim() !== '');
  if (isWholeJson(first) || !first.startsWith('{')) return 'lines';
  // A broken first line, followed by one that begins like an item, is still a file of lines.
  return second.startsWith('{') && first.trim() !== '{' ? 'lines' : 'objects';
}

function cutterFor(head: Buffer): Cutter {
  const shape = shapeOf(head);
  return shape === 'lines' ? new LineCutter() : new DepthCutter(shape);
}

function isWholeJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

/** Without the byte order mark that some programs put before UTF-8. */
function withoutMark(bytes: Buffer): Buffer<ArrayBuffer> {
  const marked = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return Buffer.from(marked ? bytes.subarray(3) : bytes);
}
