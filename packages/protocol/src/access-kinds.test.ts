import { expect, it } from 'vitest';
import { ACCESS_KINDS } from './access-kinds.ts';
import { ACTIONS, CATEGORIES, OUTCOMES } from './fields.ts';
import { parseFilter } from './filter.ts';

it('every access has exactly one kind', () => {
  const kinds = ACCESS_KINDS.map(({ name, filter }) => ({ name, conditions: parseFilter(filter) }));
  const wrong: string[] = [];
  for (const action of ACTIONS)
    for (const category of CATEGORIES)
      for (const outcome of OUTCOMES) {
        const event: Readonly<Record<string, string>> = { action, category, outcome };
        const of = kinds.filter(({ conditions }) =>
          conditions.every(({ field = '', not, values }) => values.some(({ text }) => text === event[field]) !== not),
        );
        if (of.length !== 1) wrong.push(`${action} ${category} ${outcome}: ${of.map(({ name }) => name).join(', ') || 'none'}`);
      }
  expect(wrong).toEqual([]);
});
