import { FIELDS, type Json, type JsonObject, KEYS } from '@daybook/protocol';
import { asideOf, type Delivery, eventOf, headerOf, isObject, textAt, type Verdict } from '../delivery.ts';
import { fitting } from '../fitting.ts';

/**
 * CloudEvents 1.0 over HTTP (cloudevents/spec: http-protocol-binding.md, json-format.md): structured (`application/cloudevents+json`), batched
 * (`application/cloudevents-batch+json`), or binary: attributes in `ce-…` headers, the data in the body.
 *
 * `source` and `id` together are unique. Members of `data` that have names of our fields become those fields; all of the data is kept.
 */
export function cloudevents({ headers, body }: Delivery): Verdict[] {
  if (headerOf(headers, 'ce-specversion') !== undefined) return [one(binary(headers, body))];
  return (Array.isArray(body) ? body : [body]).map((item) =>
    isObject(item) ? one(item) : asideOf('not_an_object', 'a CloudEvent is a JSON object'),
  );
}

function binary(headers: Delivery['headers'], data: Json): JsonObject {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') && typeof value === 'string' ? [[name.slice(3), decoded(value)] as const] : [],
  );
  return { ...Object.fromEntries(attributes), data };
}

/** Headers carry other signs than ASCII percent-encoded. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const OWN: ReadonlySet<string> = new Set(['specversion', 'id', 'source', 'type', 'subject', 'time', 'data', 'data_base64']);

function one(item: JsonObject): Verdict {
  const [version, id, source, type] = ['specversion', 'id', 'source', 'type'].map((name) => textAt(item, name));
  if (version === undefined || id === undefined || source === undefined || type === undefined)
    return asideOf('no_cloudevent', 'a CloudEvent has specversion, id, source and type');
  const { data, time } = item;
  const fields = isObject(data) ? dataFields(data) : {};
  const extensions = Object.fromEntries(Object.entries(item).filter(([name]) => !OWN.has(name)));
  const subject = textAt(item, 'subject');
  return eventOf({
    ...fields,
    event_type: type,
    event_id: `${source} ${id}`,
    source_event_id: id,
    ...(typeof time === 'string' ? { timestamp: time } : {}),
    resource: fields['resource'] ?? subject,
    attributes: {
      ...extensions,
      cloudevent_source: source,
      ...(subject === undefined || fields['resource'] === undefined ? {} : { subject }),
      ...(data === undefined || data === null ? {} : { data }),
      ...(item['data_base64'] === undefined ? {} : { data_base64: item['data_base64'] }),
    },
  });
}

/** Source, tenant and class are the token's and the server's to say, times and ids the envelope's. */
const NOT_TAKEN: ReadonlySet<string> = new Set(['source', 'tenant_id', 'importance', 'channel', 'attributes', 'event_type', 'event_id', 'source_event_id', 'timestamp', 'observed_at']); // biome-ignore format: a word list

function dataFields(data: JsonObject): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const ranks = new Map<string, number>();
  for (const [key, value] of Object.entries(data)) {
    const meaning = KEYS.get(key);
    const name = meaning?.kind === 'field' ? FIELDS[meaning.field]?.name : undefined;
    if (name === undefined || meaning?.kind !== 'field' || NOT_TAKEN.has(name) || typeof value === 'object') continue;
    if ((ranks.get(name) ?? Number.POSITIVE_INFINITY) <= meaning.rank) continue;
    ranks.set(name, meaning.rank);
    const fit = fitting(name, value);
    if (fit !== undefined && fit !== '') fields[name] = fit;
  }
  return fields;
}
