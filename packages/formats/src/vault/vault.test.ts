import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { vault } from './vault.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(vault, import.meta.dirname);
});
