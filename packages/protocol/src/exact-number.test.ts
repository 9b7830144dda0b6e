import { describe, expect, it } from 'vitest';
import { exactNumber } from './exact-number.ts';

describe('exactNumber', () => {
  const f = (literal: string, value: number | undefined) =>
    it(`takes ${literal} as ${value}`, () => expect(exactNumber(literal)).toBe(value));
  f('0', 0);
  f('-0', -0);
  f('1.10', 1.1);
  f('100e-2', 1);
  f('9007199254740991', 9_007_199_254_740_991);
  f('9007199254740992', undefined);
  f('1e21', 1e21);
  f('1e20', undefined);
  f('0.1', 0.1);
  f('3.141592653589793', 3.141592653589793);
  f('3.14159265358979311599796346854', undefined);
  f('0.000000000000000000000000', 0);
  f('5e-324', 5e-324);
});
