const MAPPED_V4 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;
const GROUP = /^[0-9a-f]{1,4}$/i;
const OCTET = /^\d{1,3}$/;

/** The 16 bytes of an address as ClickHouse's IPv6 has them, v4 as ::ffff:a.b.c.d; undefined when the text is no address. */
export function addressBytes(text: string): readonly number[] | undefined {
  if (!text.includes(':')) {
    const v4 = v4Bytes(text);
    return v4 === undefined ? undefined : [...MAPPED_V4, ...v4];
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = '', tail] = halves;
  const front = groupBytes(head, tail === undefined);
  const back = groupBytes(tail ?? '', true);
  if (front === undefined || back === undefined) return undefined;
  const gap = 16 - front.length - back.length;
  if (tail === undefined ? gap !== 0 : gap < 0) return undefined;
  return [...front, ...Array.from({ length: gap }, () => 0), ...back];
}

/** Groups between colons; the last of an address may be a dotted quad. */
function groupBytes(part: string, last: boolean): number[] | undefined {
  if (part === '') return [];
  const groups = part.split(':');
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    if (GROUP.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const v4 = last && i === groups.length - 1 ? v4Bytes(group) : undefined;
    if (v4 === undefined) return undefined;
    bytes.push(...v4);
  }
  return bytes;
}

function v4Bytes(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => (OCTET.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}
