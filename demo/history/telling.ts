import type { DaybookEvent } from '@daybook/sdk';
import { type Deed, deedOf } from '../applications/deeds.ts';
import { AUDIT_TRAIL, type Sql } from '../applications/statements.ts';
import type { Chance } from '../chance.ts';
import { REASON, STATUS, type Step } from '../habits/step.ts';
import { statementOf } from '../../packages/sdk/src/sql/statement.ts';

/** A step told as the events that its application records of it: the request, and the statements that it brings about. */
export function eventsOf(step: Step, chance: Chance, isTrailGone: boolean): readonly DaybookEvent[] {
  const deed = deedOf(step.deed);
  const ms = Math.round(deed.ms * (0.5 + chance.wait(0.5)) * 1000) / 1000;
  const own =
    deed.method === 'JOB'
      ? taskOf(step, deed, ms)
      : requestOf(step, deed, { ms, bytes: Math.round(deed.bytes * chance.between(0.7, 1.3)) });
  if (step.ending !== 'done' || deed.sql.length === 0) return [own];
  return [own, ...deed.sql.map((sql) => statementEvent(step, sql, { deed, ms: ms * 0.6, isTrailGone }))];
}

const ACTIONS: Readonly<Record<string, DaybookEvent['action']>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** As the middlewares record it. */
function requestOf(step: Step, deed: Deed, { ms, bytes }: { readonly ms: number; readonly bytes: number }): DaybookEvent {
  const { ending, id, from } = step;
  const status = ending === 'done' ? deed.status : STATUS[ending];
  return {
    timestamp: timeOf(step.at),
    observed_at: timeOf(step.at + Math.ceil(ms)),
    ...actorOf(step),
    event_type: `${deed.method} ${deed.route}`,
    action: ACTIONS[deed.method],
    category: 'http',
    resource: id === '' ? deed.route : deed.route.replace(':id', id),
    resource_id: id === '' ? undefined : id,
    ip_address: from.address,
    country_code: from.country,
    user_agent: from.agent,
    protocol: 'http',
    method: deed.method,
    outcome: outcomeOf(status),
    status_code: String(status),
    reason: ending === 'done' ? undefined : REASON[ending],
    duration_ms: ms,
    bytes_out: ending === 'done' ? bytes : 180,
    environment: 'production',
    attributes: id === '' ? { route: deed.route } : { route: deed.route, params: { id } },
    ...deed.about(id, step.input),
  };
}

const ANONYMOUS: DaybookEvent = { actor_type: 'anonymous' };

/** Who did not get in has no session, nor roles. */
function actorOf({ actor, ending }: Step): DaybookEvent {
  if (actor === undefined) return ANONYMOUS;
  return ending === 'wrong_password' || ending === 'disabled' ? { user_id: actor.user_id } : actor;
}

export function outcomeOf(status: number): 'success' | 'denied' | 'failure' {
  return status === 401 || status === 403 ? 'denied' : status >= 400 ? 'failure' : 'success';
}

/** As `audited` records it. */
function taskOf(step: Step, deed: Deed, ms: number): DaybookEvent {
  const { ending } = step;
  return {
    timestamp: timeOf(step.at),
    observed_at: timeOf(step.at + Math.ceil(ms)),
    ...step.actor,
    event_type: deed.route,
    outcome: ending === 'done' ? 'success' : 'failure',
    reason: ending === 'done' ? undefined : REASON[ending],
    duration_ms: ms,
    environment: 'production',
    ...deed.about(step.id, step.input),
  };
}

const DATABASE = 'company';

/** As `pgAudit` records it. */
function statementEvent(
  step: Step,
  sql: Sql,
  { deed, ms, isTrailGone }: { readonly deed: Deed; readonly ms: number; readonly isTrailGone: boolean },
): DaybookEvent {
  const statement = statementOf(sql.text(step.input));
  const isLost = isTrailGone && statement.verb === 'INSERT' && statement.table === AUDIT_TRAIL;
  return {
    timestamp: timeOf(step.at + 1),
    observed_at: timeOf(step.at + 1 + Math.ceil(ms)),
    ...step.actor,
    ...(step.actor === undefined ? { user_id: deed.application, actor_type: 'service' } : undefined),
    event_type: statement.verb.toLowerCase(),
    action: statement.action,
    category: 'data',
    resource: statement.table || DATABASE,
    resource_type: statement.table === '' ? 'database' : 'table',
    resource_parent: DATABASE,
    query_text: statement.text,
    query_hash: statement.hash,
    ip_address: deed.method === 'JOB' ? undefined : step.from.address,
    user_agent: deed.method === 'JOB' ? undefined : step.from.agent,
    protocol: 'postgres',
    method: statement.verb,
    row_count: isLost ? undefined : sql.rows,
    outcome: isLost ? 'failure' : 'success',
    status_code: isLost ? '42P01' : undefined,
    reason: isLost ? 'error' : undefined,
    duration_ms: Math.round(ms * 1000) / 1000,
    environment: 'production',
  };
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
