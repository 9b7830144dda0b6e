import { type EntryKind, FIELDS, type FieldSet } from '@daybook/protocol';

/** OCSF: 1 is informational. */
const INFORMATIONAL = 1;

/** The event of a control or reader-audit entry: what the caller says, and what every row of `access_logs` has. */
export function controlEvent(kind: EntryKind, event: Readonly<Record<string, unknown>>, rt: string): Readonly<Record<string, unknown>> {
  return {
    action: 'other',
    actor_type: 'system',
    category: 'audit',
    channel: 'api',
    event_type: kind,
    importance: 'important',
    observed_at: rt,
    outcome: 'unknown',
    resource: 'daybook',
    severity: INFORMATIONAL,
    source: 'daybook',
    timestamp: rt,
    ...event,
  };
}

const BITS = new Map(FIELDS.map(({ name }, i) => [name, i]));

/** Which fields an event has, as the indexer wants to know. */
export function fieldsOf(event: Readonly<Record<string, unknown>>): FieldSet {
  let lo = 0;
  let hi = 0;
  for (const name of Object.keys(event)) {
    const bit = BITS.get(name);
    if (bit === undefined) continue;
    if (bit < 32) lo |= 1 << bit;
    else hi |= 1 << (bit - 32);
  }
  return { lo: lo >>> 0, hi: hi >>> 0 };
}
