import { expect } from 'vitest';
import * as fc from 'fast-check';
import { type Context, type Format, openReader, type Result, UTC } from './index.ts';

/** The second of January 2024, UTC, without options. */
export const CONTEXT: Context = { writtenMs: Date.UTC(2024, 0, 2), zone: UTC, options: {} };

/** Reads a whole input, handed over in two pieces when `cut` says where. */
export function read(format: Format, input: string | Uint8Array, options: { cut?: number; context?: Context } = {}): Result[] {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  const reader = openReader(format, options.context ?? CONTEXT);
  const cut = options.cut ?? bytes.length;
  return [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut)), ...reader.end()];
}

/** The same results wherever the input is cut in two. */
export function expectCutsHold(format: Format, input: string | Uint8Array): void {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  const whole = read(format, bytes);
  for (let cut = 0; cut <= bytes.length; cut++) expect(read(format, bytes, { cut }), `cut at ${cut}`).toEqual(whole);
}

/** Nothing makes it throw: rubbish, and rubbish in the midst of what it knows. Each byte of the input is in exactly one place or none. */
export function expectNeverThrows(format: Format, seed: string, runs = 200): void {
  const bytes = new TextEncoder().encode(seed);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(bytes.length), fc.nat(40), (rubbish, at, dropped) => {
      const input = new Uint8Array([...bytes.subarray(0, at), ...rubbish, ...bytes.subarray(Math.min(bytes.length, at + dropped))]);
      for (const { offset, end, line, lastLine, result, event, code } of [...read(format, rubbish), ...read(format, input)]) {
        expect(end).toBeGreaterThan(offset);
        expect(lastLine).toBeGreaterThanOrEqual(line);
        expect(result === 'event' ? event !== undefined : code !== undefined).toBe(true);
      }
    }),
    { numRuns: runs },
  );
}
