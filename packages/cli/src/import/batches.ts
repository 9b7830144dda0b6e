import { createHash } from 'node:crypto';
import type { JsonItem } from './cutter.ts';

/** One request: items of one file that follow one another. */
export interface Batch {
  /** NDJSON. */
  readonly body: Buffer;
  /** Line of each item. */
  readonly lines: readonly number[];
  /** Producer instance: `import-<hash>`; the same items at the same place of the same file give the same, whenever they are sent. */
  readonly instance: string;
  /** Counter of the first item within the instance. */
  readonly firstSeq: number;
}

/** Requests that keep the server's group commit full without holding much in memory. */
export const BATCH_ITEMS_MAX = 2000;
const BATCH_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Items per instance. The server remembers one range of counters per instance, for ever: many items per instance keep that small. The client
 * holds a stretch in memory to hash it: 20,000 items are some 7 MB. A file that has grown since it was imported adds at most its last,
 * then incomplete stretch once more.
 */
export const STRETCH_ITEMS_MAX = 20_000;
const STRETCH_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Cuts items into batches and names them. The name of a stretch is the hash of everything in the file up to its end: equal items elsewhere in the
 * file, or in another file, get another name and are kept; the same file sent again gets the same names and adds nothing. The name does not
 * depend on path, time or machine.
 */
export async function* batches(items: AsyncIterable<JsonItem>): AsyncGenerator<Batch> {
  let before = '';
  let stretch: JsonItem[] = [];
  let bytes = 0;
  for await (const item of items) {
    stretch.push(item);
    bytes += item.bytes.length;
    if (stretch.length < STRETCH_ITEMS_MAX && bytes < STRETCH_BYTES_MAX) continue;
    before = nameOf(before, stretch);
    yield* cut(stretch, before);
    stretch = [];
    bytes = 0;
  }
  if (stretch.length > 0) yield* cut(stretch, nameOf(before, stretch));
}

function nameOf(before: string, stretch: readonly JsonItem[]): string {
  const hash = createHash('sha256').update(before);
  for (const item of stretch) hash.update('\n').update(item.bytes);
  // 128 bits: two files never get one name by chance.
  return hash.digest('hex').slice(0, 32);
}

function* cut(stretch: readonly JsonItem[], name: string): Generator<Batch> {
  let from = 0;
  let bytes = 0;
  for (let i = 0; i < stretch.length; i++) {
    bytes += stretch[i]?.bytes.length ?? 0;
    if (i + 1 - from < BATCH_ITEMS_MAX && bytes < BATCH_BYTES_MAX && i + 1 < stretch.length) continue;
    const part = stretch.slice(from, i + 1);
    yield { body: ndjson(part), lines: part.map((item) => item.line), instance: `import-${name}`, firstSeq: from + 1 };
    from = i + 1;
    bytes = 0;
  }
}

function ndjson(items: readonly JsonItem[]): Buffer {
  return Buffer.concat(items.flatMap((item) => [item.bytes, LINE_END]));
}

const LINE_END = Buffer.from('\n');
