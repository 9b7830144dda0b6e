import { describe, expect, it } from 'vitest';
import { HalfSip } from './half-sip.ts';

describe('HalfSip', () => {
  // From the reference implementation's table for 64 bits of output: key 00 01 … 07, message 00 01 02 …
  const f = (text: string, hex: string) =>
    it(`hashes ${text.length * 2} bytes as the reference does`, () => {
      const sip = new HalfSip(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
      sip.hash(text);
      const out = Buffer.alloc(8);
      out.writeUInt32LE(sip.low, 0);
      out.writeUInt32LE(sip.high, 4);
      expect(out.toString('hex')).toBe(hex);
    });
  f('', '218d1f59b9b83cc8');
  f('\u0100', '064f39ef7c50eb57');
  f('\u0100\u0302', 'd5e78a175be52ea1');
  f('\u0100\u0302\u0504', 'ce3e91358aa2bc25');
  f('\u0100\u0302\u0504\u0706', 'edfee820bce4858c');
});
