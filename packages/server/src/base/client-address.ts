/**
 * The address of a client's socket in the form in which events have it: an IPv4 address that came over an IPv6 socket as what it is, and without the zone of a link-local
 * one (`fe80::1%eth0`), which names an interface of this machine and is no part of an address.
 */
export function clientAddress(ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}
