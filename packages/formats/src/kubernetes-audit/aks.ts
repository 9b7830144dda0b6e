import { type JsonRecord, recordOf } from '@daybook/protocol';
import { attributesOf } from '../json/attributes.ts';
import { objectIn } from '../json/json-text.ts';
import { event, noise, quarantine, type Verdict } from '../result.ts';
import { isAuditEvent, judgeAuditEvent } from './audit-event.ts';

/*
 * Azure Kubernetes Service sends the API server's log as resource log records (learn.microsoft.com/azure/aks/monitor-aks-reference): category kube-audit
 * or kube-audit-admin, the Event as text in `properties.log` (storage, Event Hub) or `log_s` (AzureDiagnostics table); or taken apart into the columns
 * of the tables AKSAudit and AKSAuditAdmin.
 */
export function isAksRecord(object: JsonRecord): boolean {
  const category = object['category'] ?? object['Category'];
  if (category === 'kube-audit' || category === 'kube-audit-admin') return logText(object) !== undefined;
  return typeof object['AuditId'] === 'string' && typeof object['Stage'] === 'string' && typeof object['RequestUri'] === 'string';
}

export function eventOfAks(record: JsonRecord): Verdict {
  const text = logText(record);
  if (text === undefined) return eventOfTable(record);
  const inner = objectIn(text);
  if (inner === undefined) return quarantine('not_json', 'the log member of this AKS record is no JSON object');
  if (!isAuditEvent(inner)) return noise('other_kubernetes_log');
  const { log_s: _, properties, ...carrier } = record;
  const { log: __, ...others } = recordOf(properties);
  return withCarrier(judgeAuditEvent(inner), { ...carrier, ...others });
}

/** All that is not the Event stays beside it. */
function withCarrier(verdict: Verdict, carrier: JsonRecord): Verdict {
  if (verdict.event === undefined) return verdict;
  return event({ ...verdict.event, attributes: { ...recordOf(verdict.event['attributes']), carrier: attributesOf({ ...carrier }) } });
}

function logText(record: JsonRecord): string | undefined {
  const log = recordOf(propertiesOf(record))['log'] ?? record['log_s'];
  return typeof log === 'string' ? log : undefined;
}

/** Some exports keep `properties` as text. */
function propertiesOf(record: JsonRecord): unknown {
  const properties = record['properties'] ?? record['Properties'];
  return typeof properties === 'string' ? objectIn(properties) : properties;
}

/** Column of the tables → member of an Event. */
const COLUMNS: Readonly<Record<string, string>> = {
  AuditId: 'auditID',
  Stage: 'stage',
  RequestUri: 'requestURI',
  Verb: 'verb',
  User: 'user',
  ImpersonatedUser: 'impersonatedUser',
  SourceIps: 'sourceIPs',
  UserAgent: 'userAgent',
  ObjectRef: 'objectRef',
  ResponseStatus: 'responseStatus',
  RequestObject: 'requestObject',
  ResponseObject: 'responseObject',
  RequestReceivedTime: 'requestReceivedTimestamp',
  StageReceivedTime: 'stageTimestamp',
  Annotations: 'annotations',
  Level: 'level',
};

function eventOfTable(row: JsonRecord): Verdict {
  const made: Record<string, unknown> = {};
  const carrier: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) {
    const name = Object.hasOwn(COLUMNS, column) ? COLUMNS[column] : undefined;
    if (name === undefined) carrier[column === '__proto__' ? 'proto' : column] = value;
    else made[name] = unpacked(value);
  }
  made['requestReceivedTimestamp'] ??= row['TimeGenerated'];
  return withCarrier(judgeAuditEvent(made), carrier);
}

/** Columns of the dynamic type are exported as text, too. */
function unpacked(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith('{')) return objectIn(value) ?? value;
  const list = value.startsWith('[') ? objectIn(`{"list":${value}}`)?.['list'] : undefined;
  return Array.isArray(list) ? list : value;
}
