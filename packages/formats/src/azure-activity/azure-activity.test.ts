import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { azureActivity } from './azure-activity.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(azureActivity, import.meta.dirname);
});
