import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { cloudtrail } from './cloudtrail.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(cloudtrail, import.meta.dirname);
});
