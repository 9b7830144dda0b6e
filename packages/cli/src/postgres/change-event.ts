import type { Action } from '@daybook/protocol';

/** A row of daybook.outbox, with its number in the delivery. */
export interface Change {
  readonly id: string;
  readonly sseq: string;
  /** Stays the same in a copy of the database: what both hold is known as a double. */
  readonly event_id: string;
  /** RFC 3339, in UTC. */
  readonly at: string;
  readonly xid: string;
  readonly verb: string;
  readonly relation: string;
  readonly row_key: string | null;
  /** JSON texts. */
  readonly row_before: string | null;
  readonly row_after: string | null;
  readonly note: string | null;
  readonly acting_user: string | null;
  readonly request_id: string | null;
  readonly account: string;
  readonly role: string | null;
  readonly application: string | null;
  readonly address: string | null;
}

export interface Origin {
  /** The producer instance that numbers the changes: `shop/pg-0123456789abcdef`. */
  readonly src: string;
  readonly source: string;
  readonly database: string;
}

/** As it is read: the time as text, for a Date has milliseconds only. Images are texts, so that no number loses its digits. */
export const CHANGE_COLUMNS = `o.id::text, to_char(o.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, o.xid, o.verb, o.relation, o.row_key,
  o.row_before::text, o.row_after::text, o.note, o.acting_user, o.request_id, o.account, o.role, o.application, o.address`;

/** Both directions of a change end in a success: what was rolled back has no row in the outbox. */
const ACTIONS: Readonly<Record<string, Action>> = { INSERT: 'create', UPDATE: 'update', DELETE: 'delete', TRUNCATE: 'delete' };

/** The event as one line of JSON. */
export function changeLine(change: Change, { src, source, database }: Origin): string {
  const { verb, relation, account, acting_user: person } = change;
  const event = {
    source,
    event_id: change.event_id,
    // Counted by each change itself: a batch with a missing row would else give the others wrong numbers.
    src,
    sseq: Number(change.sseq),
    timestamp: change.at,
    event_type: verb.toLowerCase(),
    action: ACTIONS[verb] ?? 'other',
    category: 'data',
    outcome: 'success',
    // Who the application says is acting; else the account that it is connected by.
    user_id: person ?? account,
    actor_type: 'user',
    effective_user_id: change.role ?? (person === null ? undefined : account),
    resource: relation,
    resource_type: 'table',
    resource_id: change.row_key ?? undefined,
    resource_parent: database,
    protocol: 'postgres',
    method: verb,
    row_count: verb === 'TRUNCATE' ? undefined : 1,
    request_id: change.request_id ?? undefined,
    user_agent: change.application ?? undefined,
    ip_address: change.address ?? undefined,
    attributes: { transaction_id: change.xid, note: change.note ?? undefined, database_account: account },
  };
  return withChanges(JSON.stringify(event), change);
}

/** The images are JSON already, and go in as they are: read and written again, numbers beyond 2^53 would be others. */
function withChanges(json: string, { row_before: before, row_after: after }: Change): string {
  const members = [before === null ? '' : `"before":${before}`, after === null ? '' : `"after":${after}`].filter((member) => member !== '');
  return members.length === 0 ? json : `${json.slice(0, -1)},"changes":{${members.join(',')}}}`;
}
