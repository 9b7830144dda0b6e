import { isRecord, type JsonRecord } from '@daybook/protocol';
import { objectIn } from './json-text.ts';

/** A carrier within a carrier within a carrier is the most that was ever seen. */
export const CARRIERS_MAX = 3;

/** What an object carries that is not itself a record, and the object without it. */
export interface Carried {
  readonly object: JsonRecord;
  /** Name of the member that held it. */
  readonly member: string;
}

/**
 * Unpacks what collectors and buses wrap around a record. A text is unpacked only from objects that have no other members than a carrier's: else any
 * application's log with somebody's words in `message` could bring in records of its own making.
 */
export function carriedBy(object: JsonRecord): Carried | undefined {
  // Amazon EventBridge.
  if (typeof object['detail-type'] === 'string' && isRecord(object['detail'])) return { object: object['detail'], member: 'detail' };
  // CloudEvents 1.0.
  if (typeof object['specversion'] === 'string' && isRecord(object['data'])) return { object: object['data'], member: 'data' };
  // Elasticsearch's and OpenSearch's hits.
  if (typeof object['_index'] === 'string' && isRecord(object['_source'])) return { object: object['_source'], member: '_source' };
  // Splunk's HTTP event collector.
  if (isRecord(object['event']) && only(object, SPLUNK_MEMBERS)) return { object: object['event'], member: 'event' };
  // Amazon SNS, as a queue or an endpoint receives it.
  if (typeof object['TopicArn'] === 'string' && typeof object['Message'] === 'string' && only(object, SNS_MEMBERS))
    return inText(object['Message'], 'Message');
  // Splunk's add-ons for Pub/Sub and for Event Hubs have the message read already.
  if (isRecord(object['data']) && 'publish_time' in object && only(object, MESSAGE_MEMBERS))
    return { object: object['data'], member: 'data' };
  if ('x-opt-sequence-number' in object && isRecord(object['body'])) return { object: object['body'], member: 'body' };
  const published = publishedBy(object);
  if (published !== undefined) return published;
  // Results that Splunk exports.
  const raw = isRecord(object['result']) && only(object, EXPORTED_MEMBERS) ? object['result']['_raw'] : undefined;
  if (typeof raw === 'string') return inText(raw, 'result');
  // Answers of CloudTrail's LookupEvents.
  const looked = typeof object['EventId'] === 'string' ? object['CloudTrailEvent'] : undefined;
  if (typeof looked === 'string') return inText(looked, 'CloudTrailEvent');
  // Microsoft 365: what Search-UnifiedAuditLog and Microsoft Graph's audit log queries give out.
  const searched = object['AuditData'] ?? object['auditData'];
  if (typeof searched === 'string' && ('Operations' in object || 'Operation' in object || 'RecordId' in object))
    return inText(searched, 'AuditData');
  if (isRecord(searched) && ('operation' in object || 'Operations' in object))
    return { object: searched, member: 'auditData' in object ? 'auditData' : 'AuditData' };
  const held = shippedBy(object) ?? storedBy(object);
  if (held !== undefined) return held;
  for (const member of ['message', 'log', '@message']) {
    const text = object[member];
    // Logs Insights' downloads have the message parsed.
    if (isRecord(text) && only(object, TEXT_MEMBERS)) return { object: text, member };
    if (typeof text !== 'string' || !text.startsWith('{') || !only(object, TEXT_MEMBERS)) continue;
    return inText(text, member);
  }
  return undefined;
}

/** Beats, Elastic Agent and Logstash; Vector; the lines that logcli gives out of Loki. */
function shippedBy(object: JsonRecord): Carried | undefined {
  const { kubernetes, message, line } = object;
  // Elastic's integration of Kubernetes keeps an audit event here.
  if (typeof object['@timestamp'] === 'string' && isRecord(kubernetes) && isRecord(kubernetes['audit']) && only(kubernetes, AUDIT))
    return { object: kubernetes['audit'], member: 'kubernetes' };
  if (typeof line === 'string') return line.startsWith('{') && only(object, LOGCLI_MEMBERS) ? inText(line, 'line') : undefined;
  if (typeof message !== 'string' || !message.startsWith('{')) return undefined;
  // An event that says what was done speaks for itself.
  const speaks = isRecord(object['event']) && 'action' in object['event'];
  const shipped = isRecord(object['agent']) ? isRecord(object['ecs']) : isRecord(object['beat']) || typeof object['@version'] === 'string';
  const beat = shipped && !speaks && only(object, BEAT_MEMBERS);
  const vector = typeof object['source_type'] === 'string' && only(object, VECTOR_MEMBERS);
  return beat || vector ? inText(message, 'message') : undefined;
}

/** Where Teleport keeps its events: its own log, rows of Athena and of DynamoDB. */
function storedBy(object: JsonRecord): Carried | undefined {
  const { fields, event_type, event_data, FieldsMap, Fields, EventType } = object;
  if (typeof event_type === 'string' && isRecord(fields) && typeof object['caller'] === 'string')
    return { object: fields, member: 'fields' };
  if (typeof event_data === 'string' && typeof event_type === 'string' && only(object, ATHENA_MEMBERS))
    return inText(event_data, 'event_data');
  if (typeof EventType !== 'string') return undefined;
  if (isRecord(FieldsMap)) return { object: FieldsMap, member: 'FieldsMap' };
  return typeof Fields === 'string' && only(object, DYNAMO_MEMBERS) ? inText(Fields, 'Fields') : undefined;
}

function inText(text: string, member: string): Carried | undefined {
  const object = objectIn(text);
  return object === undefined ? undefined : { object, member };
}

const SNS_MEMBERS = new Set([
  'Type', 'MessageId', 'TopicArn', 'Subject', 'Message', 'Timestamp', 'SignatureVersion', 'Signature', 'SigningCertURL', 'UnsubscribeURL', 'MessageAttributes',
  'SequenceNumber',
]); // biome-ignore format: a word list
const EXPORTED_MEMBERS = new Set(['preview', 'offset', 'lastrow', 'result']);
const PULLED_MEMBERS = new Set(['ackId', 'message', 'subscription', 'deliveryAttempt']);
const MESSAGE_MEMBERS = new Set([
  'data', 'attributes', 'messageId', 'message_id', 'publishTime', 'publish_time', 'orderingKey', '@type',
]); // biome-ignore format: a word list
const BASE64 = /^[A-Za-z\d+/]+={0,2}$/;
const decoder = new TextDecoder();

/** Google's Pub/Sub: a message that was pulled or pushed, or the message alone; its data is Base64. */
function publishedBy(object: JsonRecord): Carried | undefined {
  const { message } = object;
  if (isRecord(message) && only(object, PULLED_MEMBERS) && isMessage(message)) return inBase64(message, 'message');
  return isMessage(object) ? inBase64(object, 'data') : undefined;
}

function isMessage(object: JsonRecord): boolean {
  const named = typeof object['messageId'] === 'string' || typeof object['message_id'] === 'string';
  return named && typeof object['data'] === 'string' && only(object, MESSAGE_MEMBERS);
}

function inBase64(message: JsonRecord, member: string): Carried | undefined {
  const data = message['data'];
  // `{"` begins every object that a sink publishes.
  if (typeof data !== 'string' || !data.startsWith('ey') || data.length % 4 !== 0 || !BASE64.test(data)) return undefined;
  return inText(decoder.decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0))), member);
}

const AUDIT = new Set(['audit']);
const BEAT_MEMBERS = new Set([
  '@timestamp', '@version', '@metadata', 'agent', 'aws', 'awscloudwatch', 'azure', 'beat', 'cloud', 'container', 'data_stream', 'docker', 'ecs', 'elastic_agent', 'event', 'fields', 'fileset',
  'gcp', 'host', 'input', 'kubernetes', 'labels', 'log', 'message', 'offset', 'orchestrator', 'path', 'prospector', 'service', 'source', 'stream', 'tags', 'type',
]); // biome-ignore format: a word list
const VECTOR_MEMBERS = new Set([
  'file', 'host', 'kubernetes', 'message', 'offset', 'source_type', 'stream', 'timestamp', 'timestamp_end', 'container_created_at', 'container_id', 'container_name', 'image',
  'label', 'path', 'pod', 'port',
]); // biome-ignore format: a word list
const ATHENA_MEMBERS = new Set(['uid', 'session_id', 'event_type', 'user', 'event_time', 'event_date', 'event_data']);
const DYNAMO_MEMBERS = new Set([
  'SessionID',
  'EventIndex',
  'EventType',
  'CreatedAt',
  'CreatedAtDate',
  'Expires',
  'Fields',
  'EventNamespace',
]);
const LOGCLI_MEMBERS = new Set(['labels', 'line', 'timestamp', 'date', 'fields']);
const SPLUNK_MEMBERS = new Set(['event', 'time', 'host', 'source', 'sourcetype', 'index', 'fields']);
/** CloudWatch Logs (events, exports, subscriptions, Insights), Docker's json-file, Fluent Bit's and Fluentd's kubernetes filter. */
const TEXT_MEMBERS = new Set([
  'message', 'timestamp', 'ingestionTime', 'eventId', 'id', 'logStreamName', 'logStream', 'logGroup', 'logGroupName', 'owner', '@message', '@timestamp',
  '@ptr', '@logStream', '@log', '@ingestionTime', 'log', 'stream', 'time', 'attrs', 'kubernetes', '_p', 'docker', 'date', 'tag', 'extractedFields', 'log_processed', '@logGroup', '@account',
]); // biome-ignore format: a word list

function only(object: JsonRecord, names: ReadonlySet<string>): boolean {
  for (const name in object) if (!names.has(name)) return false;
  return true;
}
