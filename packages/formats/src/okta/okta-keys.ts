import { isRecord, type JsonRecord } from '@daybook/protocol';
import { put } from '../json/attributes.ts';

/**
 * Collectors rewrite the keys of a LogEvent: `event_type`, `EventType`, `eventtype`. Here they get Okta's own spelling back, of those that are read;
 * others stay as they are.
 */
const KEYS: ReadonlyMap<string, string> = new Map(
  (
    'eventType uuid published version severity displayMessage legacyEventType actor client target outcome transaction debugContext debugData ' +
    'authenticationContext securityContext request id type alternateId displayName detailEntry ipAddress userAgent rawUserAgent os browser zone device ' +
    'geographicalContext city state country postalCode geolocation result reason ipChain ip source externalSessionId rootSessionId credentialType ' +
    'credentialProvider authenticationProvider authenticationStep interface issuer asNumber asOrg isp domain isProxy factor requestUri url detail requestApiTokenId'
  )
    .split(' ')
    .map((key) => [fold(key), key]),
);
const DEPTH_MAX = 4;

function fold(key: string): string {
  return key.toLowerCase().replace(/[_-]/g, '');
}

/** Whether the keys of an object are Okta's in their own spelling; most are. */
export function isOwnSpelling(object: JsonRecord): boolean {
  return typeof object['eventType'] === 'string' && typeof object['published'] === 'string';
}

export function inOwnSpelling(object: JsonRecord, depth = 0): JsonRecord {
  const renamed: Record<string, unknown> = {};
  for (const key in object) {
    const value = object[key];
    const own = KEYS.get(fold(key)) ?? key;
    put(renamed, own in renamed && own !== key ? key : own, respelt(value, depth + 1));
  }
  return renamed;
}

function respelt(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => respelt(item, depth + 1));
  return isRecord(value) ? inOwnSpelling(value, depth) : value;
}
