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
  const { message } = object;
  if (typeof message === 'string' && message.startsWith('{') && isShippedLine(object)) return inText(message, 'message');
  for (const member of ['message', 'log', '@message']) {
    const text = object[member];
    // Logs Insights' downloads have the message parsed.
    if (isRecord(text) && only(object, TEXT_MEMBERS)) return { object: text, member };
    if (typeof text !== 'string' || !text.startsWith('{') || !only(object, TEXT_MEMBERS)) continue;
    return inText(text, member);
  }
  return undefined;
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

const SPLUNK_MEMBERS = new Set(['event', 'time', 'host', 'source', 'sourcetype', 'index', 'fields']);
/** A line of a file as Filebeat, Elastic Agent, Logstash and Vector ship it, with what they say of the file and themselves beside it. */
function isShippedLine(object: JsonRecord): boolean {
  if (isRecord(object['agent']) ? isRecord(object['ecs']) : isRecord(object['beat']) || typeof object['@version'] === 'string')
    return only(object, BEAT_MEMBERS);
  return typeof object['source_type'] === 'string' && only(object, VECTOR_MEMBERS);
}

const BEAT_MEMBERS = new Set([
  '@timestamp', '@metadata', '@version', 'message', 'log', 'agent', 'ecs', 'input', 'host', 'event', 'tags', 'cloud', 'container', 'kubernetes', 'docker',
  'aws', 'awscloudwatch', 'azure', 'gcp', 'fileset', 'service', 'stream', 'data_stream', 'elastic_agent', 'orchestrator', 'offset', 'source', 'prospector',
  'beat', 'path', 'type',
]); // biome-ignore format: a word list
const VECTOR_MEMBERS = new Set(['message', 'source_type', 'file', 'host', 'timestamp', 'offset', 'pod', 'stream', 'kubernetes']);
/** CloudWatch Logs (events, exports, subscriptions, Insights), Docker's json-file, Fluent Bit's and Fluentd's kubernetes filter. */
const TEXT_MEMBERS = new Set([
  'message', 'timestamp', 'ingestionTime', 'eventId', 'id', 'logStreamName', 'logStream', 'logGroup', 'logGroupName', 'owner', '@message', '@timestamp',
  '@ptr', '@logStream', '@log', '@ingestionTime', 'log', 'stream', 'time', 'attrs', 'kubernetes', '_p', 'docker', 'date', 'tag', 'extractedFields', 'log_processed', '@logGroup', '@account',
]); // biome-ignore format: a word list

function only(object: JsonRecord, names: ReadonlySet<string>): boolean {
  for (const name in object) if (!names.has(name)) return false;
  return true;
}
