import { expect, it } from 'vitest';
import { shownTo } from './shown.ts';

const shows = (scope: Parameters<typeof shownTo>[0]) => ['shop', 'crm'].filter((name) => shownTo(scope).source(name));

it('whole sources show what is known of them, anything narrower only its own rows', () => {
  expect(shows(null)).toEqual(['shop', 'crm']);
  expect(shows({ any: [], own: { source: ['shop'] }, masks: [] })).toEqual(['shop']);
  expect(shows({ any: [{ source: ['shop', 'crm'] }], own: { source: ['crm'] }, masks: [] })).toEqual(['crm']);
  expect(shows({ any: [], own: { tenant_id: ['acme'] }, masks: [] })).toEqual([]);
  expect(shows({ any: [{ source: ['shop'] }, { tenant_id: ['acme'] }], own: null, masks: [] })).toEqual([]);
  expect(shows({ any: [{}], own: { source: ['shop'] }, masks: [] })).toEqual([]);
  expect(shows({ any: [], own: null, masks: ['ip_address'] })).toEqual(['shop', 'crm']);
});
