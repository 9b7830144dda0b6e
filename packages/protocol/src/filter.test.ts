import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELDS } from './fields.ts';
import { type Condition, FilterError, formatFilter, parseFilter } from './filter.ts';

const is = (field: string | undefined, ...texts: string[]): Condition => ({
  field,
  operator: ':',
  not: false,
  values: texts.map((text) => ({ text, pattern: false })),
});

describe('the filter that people type', () => {
  it('reads conditions, alternatives, exclusions, words, comparisons', () => {
    expect(parseFilter('outcome:denied user_id:(ann "b c") "customer 4711"')).toEqual([
      is('outcome', 'denied'),
      is('user_id', 'ann', 'b c'),
      is(undefined, 'customer 4711'),
    ]);
    expect(parseFilter('-source:crm severity>=3')).toEqual([
      { ...is('source', 'crm'), not: true },
      { ...is('severity', '3'), operator: '>=' },
    ]);
    expect(parseFilter('resource:/customers/*')).toEqual([{ ...is('resource'), values: [{ text: '/customers/*', pattern: true }] }]);
    expect(parseFilter('resource:"/a*"')).toEqual([is('resource', '/a*')]);
    expect(parseFilter('ip_address:2001:db8::1 attributes.shop.id:7')).toEqual([
      is('ip_address', '2001:db8::1'),
      is('attributes.shop.id', '7'),
    ]);
    expect(parseFilter('   ')).toEqual([]);
  });

  it.each([
    ['no_such:1', 0],
    ['outcome:', 8],
    ['user_id:(a b', 12],
    ['user_id:()', 10],
    ['a "b', 2],
    ['user_id>5', 0],
  ])('says what is wrong with %s, and where', (text, at) => {
    const error = caught(() => parseFilter(text));
    expect(error).toBeInstanceOf(FilterError);
    expect((error as FilterError).at).toBe(at);
  });

  it('has bounds', () => {
    expect(() => parseFilter('a '.repeat(60))).toThrow('conditions');
    expect(() => parseFilter('a'.repeat(5000))).toThrow('characters');
  });

  it('writes what it reads, whatever the values are', () => {
    const value = fc.record({ text: fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }), pattern: fc.constant(false) });
    const condition = fc.record({
      field: fc.constantFrom(undefined, ...FIELDS.filter(({ type }) => type === 'string').map(({ name }) => name)),
      operator: fc.constant(':' as const),
      not: fc.boolean(),
      values: fc.array(value, { minLength: 1, maxLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 5 }), (all) => {
        expect(parseFilter(formatFilter(all))).toEqual(all);
      }),
    );
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
