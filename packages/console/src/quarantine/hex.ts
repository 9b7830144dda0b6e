/** As much as a person reads. */
const ROWS_MAX = 32;
const ROW_BYTES = 16;

/** Bytes that are no text, sixteen a row: place, numbers, and the letters among them. */
export function hexRows(base64: string): { readonly rows: readonly string[]; readonly bytes: number } {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const rows: string[] = [];
  for (let at = 0; at < bytes.length && rows.length < ROWS_MAX; at += ROW_BYTES) {
    const row = Array.from(bytes.subarray(at, at + ROW_BYTES));
    const numbers = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    rows.push(`${at.toString(16).padStart(6, '0')}  ${numbers.padEnd(3 * ROW_BYTES - 1)}  ${letters}`);
  }
  return { rows, bytes: bytes.length };
}
