import { isRecord, type JsonRecord } from '@daybook/protocol';
import { put, REDACTED, redactSecretObject } from '../json/attributes.ts';

/**
 * Removes, in place, the values that a Secret hides from a member that holds an object of a request or answer: the object itself, a list's items, a JSON patch's
 * values (RFC 6902), all of a text. `secrets`: the request was about secrets, whatever the object says it is.
 */
export function hideSecrets(holder: JsonRecord, member: string, secrets: boolean): void {
  const object = holder[member];
  if (typeof object === 'string' && object !== '' && secrets) put(holder, member, REDACTED);
  if (Array.isArray(object)) {
    if (secrets) for (const step of object) if (isRecord(step) && 'value' in step) put(step, 'value', REDACTED);
    return;
  }
  if (!isRecord(object)) return;
  if (secrets || object['kind'] === 'Secret') redactSecretObject(object);
  const items = object['items'];
  if (Array.isArray(items))
    for (const item of items) if (isRecord(item) && (secrets || item['kind'] === 'Secret')) redactSecretObject(item);
}
