import type { Client } from './client.ts';
import type { DaybookEvent, Outcome } from './event.ts';
import { TEXT_CHARS_MAX } from './bounds.ts';
import { codeOf, membersOf, settled } from './objects.ts';
import { momentNow } from './outside.ts';

export interface AuditedMembers extends DaybookEvent {
  /** Also records the attempt, before it begins. */
  readonly attempt?: boolean;
}

// `audited('role.grant', { target_user_id, resource }, fn)`: one event at its end, success, or failure or denied with the error as reason, and how long
// it took. Returns what `fn` returns, throws what it throws. An attempt has outcome unknown: it is for what may take the process with it.
export type Audited = <T>(
  eventType: string,
  members: AuditedMembers | ((result: Awaited<T> | undefined) => AuditedMembers),
  fn: () => T,
) => T;

/** As a method, so that a function of any one result can stand here. */
type OfResult = { of(result: unknown): AuditedMembers }['of'];

export function audited<T>(
  client: Pick<Client, 'record'>,
  { eventType, members, fn }: { readonly eventType: string; readonly members: AuditedMembers | OfResult; readonly fn: () => T },
): T {
  const { timestamp, elapsedMs } = momentNow();
  const say = (end: DaybookEvent, result?: unknown) => {
    const { attempt: _, ...own } = toldBy(members, result);
    client.record({ event_type: eventType, timestamp, ...end, ...own });
  };
  const ended = (outcome: Outcome, more: DaybookEvent, result?: unknown) => say({ outcome, duration_ms: elapsedMs(), ...more }, result);
  const failed = (error: unknown) => ended(outcomeOfError(error), { reason: reasonOf(error) });
  if (typeof members !== 'function' && members.attempt === true) say({ outcome: 'unknown', reason: 'attempt' });
  let result: T;
  try {
    result = settled(fn());
  } catch (error) {
    failed(error);
    throw error;
  }
  // The caller gets the very promise; ours only listens, and handles no rejection in its place.
  if (result instanceof Promise) result.then((value) => ended('success', {}, value), failed);
  else ended('success', {}, result);
  return result;
}

function toldBy(members: AuditedMembers | OfResult, result: unknown): AuditedMembers {
  if (typeof members !== 'function') return members;
  try {
    return members(result);
  } catch (error) {
    return { attributes: { members_failed: reasonOf(error) } };
  }
}

/** Refusals of HTTP, of the system, of PostgreSQL: somebody was not allowed to. */
const DENIED: ReadonlySet<string> = new Set(['401', '403', 'EACCES', 'EPERM', '42501', '28000', '28P01']);

export function outcomeOfError(error: unknown, code = membersOf(error)['code']): Outcome {
  const { status, statusCode } = membersOf(error);
  return [status, statusCode, code].some((value) => DENIED.has(String(value))) ? 'denied' : 'failure';
}

/** Name, code and message, cut. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, TEXT_CHARS_MAX);
  return `${`${error.name} ${codeOf(error)}`.trimEnd()}: ${error.message}`.slice(0, TEXT_CHARS_MAX);
}
