/** Where the next page begins: behind this entry. It holds a place, no snapshot: it never expires, and events that come later and are newer do not shift it. */
export interface Cursor {
  readonly micros: number;
  readonly log: string;
  readonly idx: number;
}

const FORM = /^1 (-?\d{1,16}) ([a-z][a-z0-9_-]{0,31}) (\d{1,16})$/;

/** Opaque to clients, so that its form can change; it opens nothing that a filter would not. */
export function cursorText({ micros, log, idx }: Cursor): string {
  return Buffer.from(`1 ${micros} ${log} ${idx}`, 'latin1').toString('base64url');
}

export function parseCursor(text: string): Cursor | undefined {
  const match = FORM.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (match === null) return undefined;
  const cursor = { micros: Number(match[1]), log: match[2] ?? '', idx: Number(match[3]) };
  return Number.isSafeInteger(cursor.micros) && Number.isSafeInteger(cursor.idx) && cursorText(cursor) === text ? cursor : undefined;
}
