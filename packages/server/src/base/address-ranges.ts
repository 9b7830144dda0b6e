import { BlockList, isIP, isIPv4 } from 'node:net';
import { DaybookError } from '@daybook/protocol';
import { clientAddress } from './client-address.ts';

/** A list that a person keeps by hand. */
const RANGES_MAX = 100;

/** Addresses and ranges of both families: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`. */
export interface AddressRanges {
  has(address: string): boolean;
}

export function addressRanges(ranges: readonly string[]): AddressRanges {
  // A list per family: one for both takes an IPv4 address for the IPv6 one that it can be mapped to, so that `::/0` would hold it.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const range of ranges) {
    const { address, prefix } = mustParse(range);
    const type = isIPv4(address) ? 'ipv4' : 'ipv6';
    lists[type].addSubnet(address, prefix, type);
  }
  return {
    has(address) {
      // An IPv4 client of an IPv6 socket is an IPv4 client.
      const plain = clientAddress(address);
      const type = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
      return isIP(plain) !== 0 && lists[type].check(plain, type);
    },
  };
}

/** Checks ranges from outside. */
export function parseRanges(ranges: readonly string[]): readonly string[] {
  if (ranges.length === 0 || ranges.length > RANGES_MAX)
    throw new DaybookError('bad_request', `A list of addresses has 1 to ${RANGES_MAX} ranges; leave it out for any.`, {
      field: 'addresses',
    });
  for (const range of ranges) mustParse(range);
  return [...new Set(ranges)];
}

export function isRange(text: string): boolean {
  return parse(text) !== undefined;
}

function mustParse(text: string): { readonly address: string; readonly prefix: number } {
  const range = parse(text);
  if (range === undefined)
    throw new DaybookError('bad_request', `${text.slice(0, 60)} is no range of addresses, like 10.0.0.0/8 or 2001:db8::/32.`, {
      field: 'addresses',
    });
  return range;
}

function parse(text: string): { readonly address: string; readonly prefix: number } | undefined {
  const match = /^([0-9a-fA-F:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  const address = match?.[1] ?? '';
  const family = isIP(address);
  // `::ffff:10.0.0.0/104` would mean IPv4 in a second spelling: refused, so that nobody has to wonder.
  if (family === 0 || /^::ffff:/i.test(address)) return undefined;
  const most = family === 4 ? 32 : 128;
  const prefix = match?.[2] === undefined ? most : Number(match[2]);
  return prefix <= most ? { address, prefix } : undefined;
}
