import { bytesOf } from './record.ts';

/** The other end of a socket, of `saddr=`: the bytes of a struct sockaddr as the machine has it. */
export interface SocketAddress {
  readonly family: 'inet' | 'inet6' | 'local' | 'netlink' | 'other';
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
}

/** linux/socket.h. */
const FAMILIES: Readonly<Record<number, SocketAddress['family']>> = { 1: 'local', 2: 'inet', 10: 'inet6', 16: 'netlink' };
const HEX = /^(?:[\dA-Fa-f]{2})+$/;

/**
 *     AF_INET  family 2 (byte order of the machine), port 2 (network order), address 4
 *     AF_INET6 family 2, port 2, flow 4, address 16, scope 4
 *     AF_UNIX  family 2, path up to NUL; a NUL first is the abstract namespace
 */
export function socketAddress(hex: string): SocketAddress | undefined {
  if (!HEX.test(hex)) return undefined;
  const bytes = bytesOf(hex);
  if (bytes.length < 2) return undefined;
  const [low = 0, high = 0] = bytes;
  const family = FAMILIES[low === 0 ? high : low + high * 256] ?? 'other';
  const port = (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
  if (family === 'inet' && bytes.length >= 8) return { family, port, address: bytes.subarray(4, 8).join('.') };
  if (family === 'inet6' && bytes.length >= 24) return { family, port, address: v6(bytes.subarray(8, 24)) };
  if (family !== 'local') return { family };
  const abstract = bytes[2] === 0 && bytes.length > 3;
  const from = abstract ? 3 : 2;
  const end = bytes.indexOf(0, from);
  const path = new TextDecoder().decode(bytes.subarray(from, end < 0 ? bytes.length : end));
  return { family, path: abstract && path !== '' ? `@${path}` : path };
}

function v6(bytes: Uint8Array): string {
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return `::ffff:${bytes.subarray(12).join('.')}`;
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)).toString(16));
  const text = groups.join(':');
  // RFC 5952: the first of the longest runs of zeros is left out.
  let longest = '';
  for (const [run] of `:${text}:`.matchAll(/:(?:0:){2,}/g)) if (run.length > longest.length) longest = run;
  if (longest === '') return text;
  const short = `:${text}:`.replace(longest, '::');
  return short.replace(/^:(?!:)/, '').replace(/(?<!:):$/, '');
}
