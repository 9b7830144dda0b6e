import { DaybookError } from '@daybook/protocol';

/** A time from outside in the form of all times of the control state, which are compared as text. */
export function checkedTime(text: string | null): string | null {
  if (text === null) return null;
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at.getTime()))
    throw new DaybookError('bad_request', 'expires_at is a time: 2026-01-31T00:00:00Z.', { field: 'expires_at' });
  return at.toISOString().replace('Z', '000Z');
}
