import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { githubAudit } from './github-audit.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(githubAudit, import.meta.dirname);
});
