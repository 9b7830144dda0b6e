import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { teleport } from './teleport.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(teleport, import.meta.dirname);
});
