import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { okta } from './okta.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(okta, import.meta.dirname);
});
