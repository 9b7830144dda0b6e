import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

test('an address of a client as events have it', () => {
  const f = (ip: string, expected: string) => expect(clientAddress(ip)).toBe(expected);
  f('192.0.2.7', '192.0.2.7');
  f('::ffff:192.0.2.7', '192.0.2.7');
  f('::FFFF:192.0.2.7', '192.0.2.7');
  f('2001:db8::1', '2001:db8::1');
  f('fe80::1%eth0', 'fe80::1');
  f('::ffff:c000:207', '::ffff:c000:207');
});
