import { expect } from 'vitest';
import { read } from '../test-formats.ts';
import { AUTH_LOG } from './auth-log.ts';

/** The fields of the event that a line of this program makes, or the code of its noise or quarantine. */
export function said(program: string, text: string): Record<string, unknown> | string {
  const [result] = read(AUTH_LOG, `Jan  1 10:00:00 web ${program}[77]: ${text}\n`);
  if (result === undefined) return 'nothing';
  return result.event ?? `${result.result} ${result.code ?? ''}`;
}

/** `action outcome user address` of the event with `-` for what it lacks; of anything else its code. */
export function short(program: string, text: string): string {
  const made = said(program, text);
  if (typeof made === 'string') return made;
  return [made['action'], made['outcome'], made['user_id'], made['ip_address']]
    .map((value) => (typeof value === 'string' ? value : '-'))
    .join(' ');
}

/** Holds what `short` says, and any fields given. */
export function f(program: string, text: string, expected: string, fields: Readonly<Record<string, unknown>> = {}): void {
  expect([text, short(program, text)]).toEqual([text, expected]);
  if (Object.keys(fields).length > 0) expect(said(program, text)).toMatchObject(fields);
}
