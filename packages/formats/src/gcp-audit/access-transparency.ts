import { actionOf, isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { eventOf } from '../json/event-of.ts';
import { firstOf, str, time } from '../json/values.ts';
import { quarantine, type Verdict } from '../result.ts';
import { logOf } from './log-entry.ts';

/*
 * Access Transparency (cloud.google.com/assured-workloads/access-transparency/docs/reading-logs): what people of Google did with a customer's content. Entries whose
 * jsonPayload is a TransparencyLog:
 *
 *   accesses [{methodName, resourceName}], location {principalOfficeCountry, principalPhysicalLocationCountry, principalEmployingEntity}, principalJobTitle,
 *   product, reason [{type, detail}], eventId
 */
const TRANSPARENCY_LOG = 'type.googleapis.com/google.cloud.audit.TransparencyLog';
const MAPPED = new Set(['timestamp', 'insertId', 'trace']);

export function isTransparencyEntry(object: JsonRecord): boolean {
  const payload = object['jsonPayload'];
  return isRecord(payload) && payload['@type'] === TRANSPARENCY_LOG && logOf(str(object['logName'])) === 'access_transparency';
}

export function judgeTransparencyEntry(entry: JsonRecord): Verdict {
  const timestamp = time(entry['timestamp'] ?? entry['receiveTimestamp']);
  if (timestamp === undefined) return quarantine('no_time', 'this log entry has no time');
  const payload = recordOf(entry['jsonPayload']);
  const access = firstIn(payload['accesses']);
  const reason = firstIn(payload['reason']);
  const place = recordOf(payload['location']);
  const country = firstOf(place['principalPhysicalLocationCountry'], place['principalOfficeCountry']);
  const method = firstOf(access['methodName'], 'access') ?? '';
  const name = firstOf(access['resourceName'], payload['product']) ?? 'Google Cloud';
  return eventOf({
    timestamp,
    source_event_id: str(entry['insertId']),
    request_id: str(recordOf(entry['operation'])['id']),
    trace_id: str(entry['trace']),
    // Google tells where its people are, and never who.
    actor_type: 'unknown',
    event_type: method,
    action: actionOf(method),
    category: 'data',
    resource: maskText(name),
    resource_type: str(recordOf(entry['resource'])['type']),
    resource_id: name.slice(name.lastIndexOf('/') + 1),
    resource_parent: str(recordOf(recordOf(entry['resource'])['labels'])['project_id']),
    location: country,
    country_code: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
    purpose: [str(reason['type']), str(reason['detail'])].filter((part) => part !== undefined).join(': '),
    outcome: 'success',
    attributes: attributesOf(without(entry, MAPPED)),
  });
}

function firstIn(list: unknown): JsonRecord {
  return recordOf(Array.isArray(list) ? list[0] : undefined);
}
