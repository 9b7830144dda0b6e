/**
 * Rows of an answer, counted from its bytes as they pass. Formats that escape line feeds have a row a line; the JSON formats end with their own count. Of binary
 * formats and of CSV, whose fields may hold line feeds, nothing is said rather than something wrong.
 */
export interface RowCounter {
  add(chunk: Buffer): void;
  /** Known when the answer has ended. */
  rows(): number | undefined;
}

const LINE_FEED = 10;
/** The count and the statistics behind the rows of `FORMAT JSON` fit well into this. */
const TAIL_BYTES = 2_048;

export function rowCounter(format: string): RowCounter {
  if (/^JSON(?:Compact)?(?:Strings)?$|^JSONColumnsWithMetadata$/.test(format)) return tailCounter();
  const headerLines = headerLinesOf(format);
  return headerLines === undefined ? { add: () => undefined, rows: () => undefined } : lineCounter(headerLines);
}

function headerLinesOf(format: string): number | undefined {
  if (
    !/^(?:TSV|TabSeparated|TSKV|JSON\w*EachRow|JSONLines|NDJSON|JSONCompactStringsEachRow)/.test(format) ||
    /Raw|Progress|^JSONObjectEachRow/.test(format)
  )
    return undefined;
  return format.endsWith('WithNamesAndTypes') ? 2 : format.endsWith('WithNames') ? 1 : 0;
}

function lineCounter(headerLines: number): RowCounter {
  let lines = 0;
  return {
    add(chunk) {
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines += 1;
    },
    rows: () => Math.max(0, lines - headerLines),
  };
}

function tailCounter(): RowCounter {
  let tail: Buffer = Buffer.alloc(0);
  return {
    add(chunk) {
      tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    },
    rows() {
      // A value that looks like the count is inside of quotes, which are escaped there: the last bare one is the count.
      const last = [...tail.toString('latin1').matchAll(/\n\t?"rows": ?(\d+)/g)].at(-1)?.[1];
      return last === undefined ? undefined : Number(last);
    },
  };
}
