import type { JsonRecord } from '@daybook/protocol';

/*
 * `journalctl -o verbose` (systemd src/shared/logs-show.c output_verbose()): a line with the time and the cursor, behind it a field a line, four blanks
 * before it. Further lines of a value are indented as far as its beginning, which is beyond any field's.
 */
const HEAD = /^[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [A-Za-z\d:+-]{1,32})? \[(s=[\da-f]{1,64};[\da-z=;]{1,256})\]$/;
const FIELD = /^ {4}([A-Z_][A-Z\d_]{0,63})=(.*)$/;
/** Of the cursor: microseconds since 1970, in hexadecimal. */
const REALTIME = /;t=([\da-f]{1,16})(?:;|$)/;

export function isVerboseHead(line: string): boolean {
  return line.endsWith(']') && HEAD.test(line);
}

export const isVerboseField = (line: string): boolean => line.startsWith('    ');

/** The lines of one entry as the object that `-o json` writes. */
export function verboseEntry([head = '', ...lines]: readonly string[]): JsonRecord {
  const cursor = HEAD.exec(head)?.[1] ?? '';
  const realtime = REALTIME.exec(cursor)?.[1];
  const fields = new Map<string, string | string[]>([['__CURSOR', cursor]]);
  if (realtime !== undefined) fields.set('__REALTIME_TIMESTAMP', String(Number.parseInt(realtime, 16)));
  let open: string | undefined;
  for (const line of lines) {
    const found = FIELD.exec(line);
    if (found !== null) {
      open = found[1] ?? '';
      const before = fields.get(open);
      const value = found[2] ?? '';
      fields.set(open, before === undefined ? value : [before, value].flat());
    } else if (open !== undefined) {
      const text = `\n${line.slice(5 + open.length)}`;
      const before = fields.get(open) ?? '';
      fields.set(open, typeof before === 'string' ? before + text : [...before.slice(0, -1), (before.at(-1) ?? '') + text]);
    }
  }
  return Object.fromEntries(fields);
}
