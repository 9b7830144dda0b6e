import { expect, it } from 'vitest';
import { parseRecord } from '@daybook/protocol';
import { type Change, changeLine } from './change-event.ts';

const ORIGIN = { src: 'shop/pg-1', source: 'rows', database: 'shop' };
const CHANGE: Change = {
  id: '7', sseq: '12', event_id: 'u/7', at: '2026-01-02T03:04:05.000006Z', xid: '99', verb: 'UPDATE', relation: 'public.people', row_key: '1',
  row_before: '{"name": "Bob"}', row_after: '{"name": "Rob"}', note: null, acting_user: 'ana', request_id: 'r', account: 'app', role: null,
  application: 'books', address: '10.0.0.1',
}; // biome-ignore format: a row

function lineOf(change: Partial<Change>): Readonly<Record<string, unknown>> {
  return parseRecord(changeLine({ ...CHANGE, ...change }, ORIGIN)) ?? {};
}

it('is an event with who acts, by which account, and what changed', () => {
  expect(lineOf({})).toEqual({
    source: 'rows', event_id: 'u/7', src: 'shop/pg-1', sseq: 12, timestamp: '2026-01-02T03:04:05.000006Z', event_type: 'update', action: 'update', category: 'data',
    outcome: 'success', user_id: 'ana', actor_type: 'user', effective_user_id: 'app', resource: 'public.people', resource_type: 'table', resource_id: '1',
    resource_parent: 'shop', protocol: 'postgres', method: 'UPDATE', row_count: 1, request_id: 'r', user_agent: 'books', ip_address: '10.0.0.1',
    attributes: { transaction_id: '99', database_account: 'app' }, changes: { before: { name: 'Bob' }, after: { name: 'Rob' } },
  }); // biome-ignore format: an event
});

it('is of the account where nobody says who acts, and of the role where one is set', () => {
  expect(lineOf({ acting_user: null })).toMatchObject({ user_id: 'app' });
  expect(lineOf({ acting_user: null })['effective_user_id']).toBeUndefined();
  expect(lineOf({ role: 'admin' })).toMatchObject({ user_id: 'ana', effective_user_id: 'admin' });
});

it('has no row where there is none', () => {
  const truncated = lineOf({ verb: 'TRUNCATE', row_key: null, row_before: null, row_after: null });
  expect(truncated).toMatchObject({ event_type: 'truncate', action: 'delete' });
  expect(truncated).not.toHaveProperty('changes');
  expect(truncated).not.toHaveProperty('row_count');
  expect(lineOf({ row_before: null })['changes']).toEqual({ after: { name: 'Rob' } });
});
