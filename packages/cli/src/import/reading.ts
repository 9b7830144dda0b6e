import { type Context, type Format, openReader, quarantine, type Result, stateless, type Zone } from '@daybook/formats';
import { chooseFormat, type Unknown, withHead } from './choose.ts';
import type { Input } from './input.ts';
import { UnreadableInput } from './unpack.ts';

/** An input, and the format it is read by. */
export interface Reading {
  readonly input: Input;
  readonly format: Format;
  /** Why no format is the input's own: then `format` is one that puts every line into quarantine. */
  readonly unknown: Unknown | undefined;
  readonly stream: AsyncIterable<Uint8Array>;
}

export interface ReadingOptions {
  readonly formats: readonly Format[];
  /** undefined: as the input's beginning shows. */
  readonly named: Format | undefined;
  readonly zone: Zone;
  readonly options: Readonly<Record<string, string>>;
  /** Nothing was said about how JSON is to be read: Daybook's own events go to the server as they stand. */
  readonly raw: boolean;
}

export async function openReading(input: Input, options: ReadingOptions): Promise<Reading> {
  if (options.named !== undefined) return { input, format: options.named, unknown: undefined, stream: input.stream };
  const { head, whole } = await withHead(input.stream);
  const found = head.length === 0 ? EMPTY : chooseFormat(head, input.name, options.formats);
  if (typeof found !== 'string') return { input, format: found, unknown: undefined, stream: whole };
  return { input, format: found === 'binary' ? BINARY : UNKNOWN, unknown: found, stream: whole };
}

/** What was read in one go. */
export interface Step {
  readonly bytes: Uint8Array;
  readonly results: readonly Result[];
  /** These were given out only because the input ends here: had it gone on, they might be others. */
  readonly atEnd: boolean;
}

/** Why an input was not read, or not to its end. */
export interface Stop {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  /** Something is behind it that was not read. */
  readonly partial: boolean;
}

/** Lines that are put into quarantine of an input that no format knows: enough to see what it is. It stays where it is, and can be imported by name. */
export const UNKNOWN_LINES_MAX = 1000;

/** Reads an input to its end, or to where it can't be read any further: then `stopped` is told, and what came before is whole. */
export async function* stepsOf(reading: Reading, options: ReadingOptions, stopped: (what: Stop) => void): AsyncGenerator<Step> {
  const { input, unknown, format } = reading;
  const context: Context = { writtenMs: input.writtenMs, zone: options.zone, options: options.options };
  const reader = openReader(format, context);
  const limit = unknown === undefined ? Infinity : limitOf(unknown);
  let line = 1;
  let records = 0;
  let broken: UnreadableInput | undefined;
  const step = (bytes: Uint8Array, all: readonly Result[], atEnd: boolean): Step => {
    const results = records + all.length > limit ? all.slice(0, limit - records) : all;
    line = results.at(-1)?.lastLine ?? line;
    records += results.length;
    return { bytes, results, atEnd };
  };
  try {
    for await (const bytes of reading.stream) {
      yield step(bytes, reader.push(bytes), false);
      if (records >= limit) break;
    }
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    broken = error;
  }
  const partial = broken !== undefined || records >= limit;
  if (records < limit) yield step(NO_BYTES, reader.end({ broken: broken !== undefined }), true);
  if (broken !== undefined) stopped({ line, code: broken.code, reason: broken.message, partial });
  else if (unknown !== undefined) stopped({ line, code: unknown, reason: REASONS[unknown], partial });
}

const NO_BYTES = new Uint8Array(0);

const REASONS: Readonly<Record<Unknown, string>> = {
  unknown_format: 'no format that is known; name one by --format',
  binary: 'this is no text; name a format by --format if it is one',
};

function limitOf(unknown: Unknown): number {
  return unknown === 'binary' ? 1 : UNKNOWN_LINES_MAX;
}

/** Reads nothing and knows no record: for an input that is empty. */
const EMPTY: Format = formatOf('unknown_format', 'auto');
const UNKNOWN: Format = formatOf('unknown_format', 'auto');
const BINARY: Format = formatOf('binary', 'auto');

function formatOf(code: Unknown, name: string): Format {
  return {
    name,
    title: 'no format that is known',
    source: 'unknown',
    framing: 'lines',
    keepsOriginal: true,
    recognise: () => 0,
    open: stateless(() => quarantine(code, REASONS[code])),
    mapping: [],
  };
}
