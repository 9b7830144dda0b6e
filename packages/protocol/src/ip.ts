/** IP addresses as the event holds them: IPv4 as a dotted quad, IPv6 as RFC 5952 writes it, mapped IPv4 as IPv4. */

/** The canonical text of an address, also when it stands in brackets or before a port; undefined when it is none. */
export function canonicalIp(claim: string): string | undefined {
  if (claim.length > IP_CHARS_MAX) return undefined;
  const text = hostOf(claim.trim());
  if (IPV4.test(text)) return text;
  const groups = text.includes(':') ? groupsOf(text) : undefined;
  return groups === undefined ? undefined : textOfGroups(groups);
}

/** Whether `bytes[from, to)` is a canonical IPv4 address: the common case without making a string. */
export function isIpv4(bytes: Uint8Array, from: number, to: number): boolean {
  let parts = 1;
  let value = 0;
  let digits = 0;
  for (let at = from; at < to; at++) {
    const c = bytes[at] ?? 0;
    if (c === POINT) {
      if (digits === 0) return false;
      parts++;
      value = 0;
      digits = 0;
    } else if (c >= ZERO && c <= ZERO + 9) {
      // A leading zero is octal to some and decimal to others: not canonical.
      if (digits > 0 && value === 0) return false;
      value = value * 10 + c - ZERO;
      digits++;
      if (value > 255) return false;
    } else {
      return false;
    }
  }
  return parts === 4 && digits > 0;
}

const POINT = 0x2e;
const ZERO = 0x30;
/** The longest address with brackets, zone and port. */
const IP_CHARS_MAX = 80;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

function hostOf(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1];
  const host = bracketed ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  // A zone (`fe80::1%eth0`) names an interface of some machine, not an address.
  return host.split('%', 1)[0] ?? host;
}

function groupsOf(text: string): number[] | undefined {
  const quad = /^(.*:)((?:\d{1,3}\.){3}\d{1,3})$/.exec(text);
  let hex = text;
  if (quad !== null) {
    if (!IPV4.test(quad[2] ?? '')) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = (quad[2] ?? '').split('.').map(Number);
    hex = `${quad[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const halves = hex.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (![...head, ...tail].every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...tail].map((group) =>
    Number.parseInt(group, 16),
  );
}

function textOfGroups(groups: readonly number[]): string {
  const [g6 = 0, g7 = 0] = groups.slice(6);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return [g6 >> 8, g6 & 255, g7 >> 8, g7 & 255].join('.');
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
