import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { gcpAudit } from './gcp-audit.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(gcpAudit, import.meta.dirname);
});
