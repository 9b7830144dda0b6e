import type { EventFields, Verdict } from '../result.ts';
import { addressOf } from '../addresses.ts';
import type { LogRecord } from './log-record.ts';
import type { Session } from './sessions.ts';

/** Members of `attributes` that are texts; empty ones are left out. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * An event of a session: who, where from and when are the same for all; `fields` and `attributes` say the rest. Absent values are left out here, in
 * one pass: this runs once a line.
 */
export function access(record: LogRecord, session: Session, fields: EventFields, attributes: Attributes = {}): Verdict {
  const user = record.user === '' ? session.user : record.user;
  const host = record.remoteHost === '' ? session.host : record.remoteHost;
  const database = record.database === '' ? session.database : record.database;
  const address = addressOf(host);
  const event: Record<string, unknown> = {
    actor_type: user !== '' || fields['user_id'] !== undefined ? 'user' : 'unknown',
    protocol: 'postgres',
    resource: database === '' ? 'postgres' : database,
    resource_type: database === '' ? 'server' : 'database',
  };
  put(event, 'timestamp', record.time?.text);
  put(event, 'user_id', user);
  put(event, 'session_id', record.sessionId);
  if (record.sessionId !== '' && record.lineNumber !== '') event['source_event_id'] = `${record.sessionId}/${record.lineNumber}`;
  put(event, 'ip_address', address);
  put(event, 'host', record.serverHost);
  put(event, 'user_agent', record.application === '' ? session.application : record.application);
  if (record.sqlState !== '00000') put(event, 'status_code', record.sqlState);
  for (const name in fields) put(event, name, fields[name]);
  const rest = attributesOf(record, session, address === undefined ? host : '');
  for (const name in attributes) put(rest, name, attributes[name]);
  for (const _ in rest) {
    event['attributes'] = rest;
    break;
  }
  return { result: 'event', event };
}

/** Fields of an object in the session's database, over those of the database itself. */
export function inDatabase(record: LogRecord, session: Session, object: string, objectType: string): EventFields {
  if (object === '') return {};
  return { resource: object, resource_type: objectType, resource_parent: record.database === '' ? session.database : record.database };
}

/** What no field takes, under the names of csvlog's columns. */
function attributesOf(record: LogRecord, session: Session, host: string): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  put(attributes, 'client_host', host);
  put(attributes, 'client_port', record.remotePort === '' ? session.port : record.remotePort);
  put(attributes, 'process_id', record.pid);
  put(attributes, 'command_tag', record.commandTag);
  put(attributes, 'session_start_time', record.sessionStart);
  put(attributes, 'virtual_transaction_id', record.virtualTransaction);
  put(attributes, 'transaction_id', record.transaction);
  put(attributes, 'backend_type', record.backendType);
  put(attributes, 'leader_pid', record.leaderPid);
  put(attributes, 'query_id', record.queryId);
  put(attributes, 'location', record.location);
  if (record.time?.guessed !== undefined) attributes['time_guessed'] = record.time.guessed;
  if (record.ambiguous.length > 0) attributes['ambiguous'] = record.ambiguous;
  return attributes;
}

function put(members: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== '' && value !== undefined) members[name] = value;
}
