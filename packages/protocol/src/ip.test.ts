import { isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalIp, isIpv4 } from './ip.ts';

describe('canonicalIp', () => {
  const f = (claim: string, ip: string | undefined) => it(`takes ${claim} as ${ip}`, () => expect(canonicalIp(claim)).toBe(ip));
  f('192.168.0.1', '192.168.0.1');
  f('0.0.0.0', '0.0.0.0');
  f('256.0.0.1', undefined);
  f('01.2.3.4', undefined);
  f('1.2.3', undefined);
  f('1.2.3.4.', undefined);
  f('1.2.3.4:80', '1.2.3.4');
  f('[2001:db8::1]:443', '2001:db8::1');
  f('2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1');
  f('::', '::');
  f('::1', '::1');
  f('1::', '1::');
  f('2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1');
  f('2001:0:0:1:0:0:0:1', '2001:0:0:1::1');
  f('2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1');
  f('::ffff:10.1.2.3', '10.1.2.3');
  f('::ffff:0a01:0203', '10.1.2.3');
  f('64:ff9b::10.1.2.3', '64:ff9b::a01:203');
  f('fe80::1%eth0', 'fe80::1');
  f('1:2:3:4:5:6:7:8:9', undefined);
  f('1::2::3', undefined);
  f(':::', undefined);
  f('12345::', undefined);
  f('localhost', undefined);
  f('', undefined);
  f(':'.repeat(79), undefined);

  it('accepts what node:net accepts, and is its own canonical form', () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        const canonical = canonicalIp(ip);
        expect(canonical !== undefined).toBe(isIPv6(ip));
        expect(canonicalIp(canonical ?? '')).toBe(canonical);
      }),
    );
  });

  it('agrees with the test on bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.string()), (text) => {
        const bytes = Buffer.from(text);
        expect(isIpv4(bytes, 0, bytes.length)).toBe(canonicalIp(text) === text && !text.includes(':'));
      }),
    );
  });
});
