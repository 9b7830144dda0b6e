import { BlockList, isIP } from 'node:net';
import { LIST_ITEMS_MAX } from '../bounds.ts';

// Proxies that are believed when they say where a request came from; `true` is refused, for anyone can claim a chain.
export type TrustProxy = boolean | number | string | readonly string[];

/** Given the address of the connection and the claimed chain, nearest last: the address that we trust to be the origin. */
export type Origin = (remote: string, claimed: readonly string[]) => string;

const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10', '127.0.0.0/8', '::1/128'],
};

/** Throws TypeError when a range is none. */
export function originOf(trust: TrustProxy | undefined): Origin {
  if (trust === undefined || trust === false || trust === 0) return (remote) => remote;
  if (trust === true)
    throw new TypeError('trustProxy: say how many proxies stand before the application, or their addresses; anyone can claim a chain');
  if (typeof trust === 'number')
    return (remote, claimed) => (claimed.length === 0 ? remote : (claimed[Math.max(0, claimed.length - trust)] ?? remote));
  const trusted = blockList(typeof trust === 'string' ? trust.split(',') : trust);
  const isTrusted = (address: string) => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  return (remote, claimed) => {
    let origin = remote;
    // From the nearest outwards: what a proxy that we trust says is true, the first that we don't is the origin.
    for (let i = claimed.length - 1; i >= 0 && isTrusted(origin); i--) origin = claimed[i] ?? origin;
    return origin;
  };
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges.flatMap((name) => NAMED[name.trim()] ?? [name.trim()])) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address);
    if (family === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new TypeError(`trustProxy: ${range} is no range of addresses`);
    list.addSubnet(address, bits === undefined ? (family === 6 ? 128 : 32) : Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** An address without what others put around it: a port, brackets, a zone, the IPv4 in IPv6. */
export function plainAddress(text: string): string {
  let address = text;
  if (address.startsWith('[')) address = address.slice(1, address.includes(']') ? address.indexOf(']') : undefined);
  else if (address.includes('.') && address.includes(':') && !address.startsWith(':')) address = address.slice(0, address.indexOf(':'));
  if (address.startsWith('::ffff:') && address.includes('.')) address = address.slice(7);
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

/** The chain that `X-Forwarded-For` claims: the client's own words and each proxy's, nearest last. */
export function claimedChain(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined || header.length === 0) return NONE;
  const text = typeof header === 'string' ? header : header.join(',');
  if (text.length > CHAIN_CHARS_MAX) return chainOf(text.slice(-CHAIN_CHARS_MAX)).slice(1);
  return chainOf(text);
}

/** The nearest hops are the ones that are true: of a long chain these are kept. */
function chainOf(text: string): string[] {
  return text
    .split(',')
    .slice(-LIST_ITEMS_MAX)
    .map((hop) => plainAddress(hop.trim().slice(0, ADDRESS_CHARS_MAX)))
    .filter((hop) => hop !== '');
}

const NONE: readonly string[] = [];
/** An IPv6 address with brackets, zone and port. */
const ADDRESS_CHARS_MAX = 64;
const CHAIN_CHARS_MAX = LIST_ITEMS_MAX * ADDRESS_CHARS_MAX;
