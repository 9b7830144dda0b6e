import { assert, property, string } from 'fast-check';
import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { qrCodeOf } from './qr-code.ts';

const QUIET = 4;
const SCALE = 3;

/** What a reader of another make sees in it, drawn in black and white. */
function read(text: string): string | undefined {
  const code = qrCodeOf(text);
  const width = (code.length + 2 * QUIET) * SCALE;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [y, row] of code.entries())
    for (const [x, dark] of row.entries()) {
      if (!dark) continue;
      for (let i = 0; i < SCALE * SCALE; i++) {
        const at = (((y + QUIET) * SCALE + Math.floor(i / SCALE)) * width + (x + QUIET) * SCALE + (i % SCALE)) * 4;
        pixels.fill(0, at, at + 3);
      }
    }
  return jsQR(pixels, width, width)?.data;
}

describe('a QR code', () => {
  it.each([1, 14, 15, 26, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666])(
    'of %i bytes is read again',
    (length) => {
      const text = 'otpauth://totp/'.repeat(50).slice(0, length);
      expect(read(text)).toBe(text);
    },
  );

  it('holds any text', () => {
    assert(
      property(string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (text) => {
        expect(read(text)).toBe(text);
      }),
      { numRuns: 25 },
    );
  });

  it('is refused for what does not fit', () => {
    expect(() => qrCodeOf('x'.repeat(700))).toThrow('too long');
  });
});
