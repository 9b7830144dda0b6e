import type { EntryKind } from '@daybook/protocol';

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
