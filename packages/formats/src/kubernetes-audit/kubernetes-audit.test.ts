import { it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { kubernetesAudit } from './kubernetes-audit.ts';

it('reads its fixture as the golden file says', () => {
  expectGolden(kubernetesAudit, import.meta.dirname);
});
