import { expect, it } from 'vitest';
import { addressOf } from './addresses.ts';

it('takes whole addresses only', () => {
  for (const good of ['1.2.3.4', '255.255.255.255', '::1', 'fe80::1', '::ffff:1.2.3.4', '2001:db8:0:0:0:0:0:1'])
    expect(addressOf(good)).toBe(good);
  expect(addressOf('fe80::1%eth0')).toBe('fe80::1');
  const bad = [
    '1.2.3.4.',
    '1.2.3',
    '1.2.3.',
    '1.2.3.256',
    '.1.2.3.4',
    '1.2.3.4.5',
    '',
    ':::',
    ':1::2',
    '1::2:',
    '1:2',
    'host.example',
    '::ffff:1.2.3.4.',
  ];
  expect(bad.filter((text) => addressOf(text) !== undefined)).toEqual([]);
});
