import { field } from './record.ts';

/** Who acted, of the ids in a record. */
export interface Who {
  readonly user: string | undefined;
  readonly actor: 'user' | 'system' | 'unknown';
  readonly effective: string | undefined;
  readonly session: string | undefined;
  /** Whether the login's user is known, who stays the same through su and sudo. */
  readonly byLogin: boolean;
}

const UNSET = new Set(['4294967295', '-1', 'unset']);

/** A field that is set: auid and ses are 2^32-1 before anyone logged in. */
function id(text: string, name: string): string | undefined {
  const value = field(text, name);
  return value === undefined || UNSET.has(value) ? undefined : value;
}

/**
 * The user who logged in (auid) is who; euid, where it differs, is in whose name. Where nobody logged in it is the machine's own doing, and the process's
 * uid says as whom. Names are those that auditd looked up when it wrote the record, else the numbers.
 */
export function whoOf(outer: string, enriched: string): Who {
  const auid = id(outer, 'auid');
  const uid = id(outer, 'uid');
  const euid = id(outer, 'euid');
  const session = id(outer, 'ses');
  const named = (name: string, number: string | undefined): string | undefined =>
    number === undefined ? undefined : (id(enriched, name) ?? number);
  const user = named('AUID', auid) ?? named('UID', uid);
  const inForce = euid === undefined ? { number: uid, name: named('UID', uid) } : { number: euid, name: named('EUID', euid) };
  const effective = inForce.number === undefined || inForce.number === (auid ?? uid) ? undefined : inForce.name;
  return {
    user,
    actor: user === undefined ? 'unknown' : auid === undefined ? 'system' : 'user',
    effective,
    session,
    byLogin: auid !== undefined,
  };
}
