import { FORMATS, type Format, HEAD_BYTES_MAX, recognise } from '@daybook/formats';
import { usageError } from '../cli-error.ts';

/** What `auto` says of an input whose beginning no format knows. */
export type Unknown = 'unknown_format' | 'binary';

/** The format that was named; undefined for `auto`. */
export function namedFormat(name: string | undefined, formats: readonly Format[]): Format | undefined {
  if (name === undefined || name === 'auto') return undefined;
  const format = formats.find((one) => one.name === name);
  if (format === undefined)
    throw usageError(
      `There is no format ${name}.`,
      `Formats: auto, ${formats
        .map((one) => one.name)
        .sort()
        .join(', ')}.`,
    );
  return format;
}

export function allFormats(more: readonly Format[]): readonly Format[] {
  const names = new Set(more.map(({ name }) => name));
  return [...more, ...FORMATS.filter(({ name }) => !names.has(name))];
}

/** The format that an input's beginning shows. */
export function chooseFormat(head: Uint8Array, name: string, formats: readonly Format[]): Format | Unknown {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const whole = bytes.length < HEAD_BYTES_MAX ? bytes : upToLineEnd(bytes.subarray(0, HEAD_BYTES_MAX));
  const format = recognise(whole.toString('utf8').replace(/^\uFEFF/, ''), name, formats);
  if (format !== undefined) return format;
  return isBinary(whole) ? 'binary' : 'unknown_format';
}

function upToLineEnd(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(0x0a);
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
}

/** Logs hold no NUL but by accident; programs, databases and `wtmp` are full of them. */
function isBinary(bytes: Buffer): boolean {
  let zeros = 0;
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) zeros++;
  return zeros * BINARY_SHARE > bytes.length;
}

/** One byte of a hundred. */
const BINARY_SHARE = 100;

/** The beginning of a stream, and the whole stream. What fails while the beginning is read, fails again when the stream comes to it. */
export async function withHead(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly whole: AsyncIterable<Uint8Array> }> {
  const rest = stream[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let size = 0;
  let failure: Error | undefined;
  while (size < HEAD_BYTES_MAX) {
    const next = await rest.next().catch((error: unknown) => {
      failure = error instanceof Error ? error : new Error('the input failed', { cause: error });
      return { done: true as const, value: undefined };
    });
    if (next.done === true) break;
    parts.push(next.value);
    size += next.value.length;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* parts;
    if (failure !== undefined) throw failure;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  }
  return { head: Buffer.concat(parts), whole: whole() };
}
