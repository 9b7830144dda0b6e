import type { Json } from '@daybook/protocol';
import type { MapRule, Place, Webhook } from '../../base/webhook-settings.ts';
import { asideOf, at, type Delivery, eventOf, headerOf, isObject, type Verdict } from './delivery.ts';
import { fitting, isScalar } from './fitting.ts';

/** The items of a delivery by the operator's mapping. What no rule takes is in `attributes`, unchanged. */
export function mapped(map: NonNullable<Webhook['map']>, itemsAt: readonly string[] | undefined, delivery: Delivery): Verdict[] {
  const found = itemsAt === undefined ? delivery.body : at(delivery.body, ...itemsAt);
  if (found === undefined) return [asideOf('no_items', 'there is nothing at the place that `items` names')];
  const items = Array.isArray(found) ? found : [found];
  return items.map((item) =>
    isObject(item) ? itemOf(map, item, delivery) : asideOf('not_an_object', 'an item of this delivery is no JSON object'),
  );
}

function itemOf(map: NonNullable<Webhook['map']>, item: Json, { headers }: Delivery): Verdict {
  const fields: Record<string, unknown> = {};
  const unfit: Record<string, Json> = {};
  for (const [field, rule] of Object.entries(map)) {
    const value = valueOf(rule, item, headers);
    if (value === undefined || value === null || value === '') continue;
    const fit = fitting(field, value);
    if (fit === undefined) unfit[field] = value;
    else fields[field] = fit;
  }
  if (Object.keys(fields).length === 0) return asideOf('nothing_mapped', 'no rule of `map` finds anything in this item');
  const own = isObject(item) ? item : {};
  return eventOf({ ...fields, attributes: Object.keys(unfit).length === 0 ? own : { ...own, unfit } });
}

export function valueOf({ from, values, fallback }: MapRule, item: Json, headers: Delivery['headers']): Json | undefined {
  for (const place of from) {
    const found = read(place, item, headers);
    if (found === undefined || found === null || found === '') continue;
    if (values === undefined) return found;
    const word = String(isScalar(found) ? found : '');
    if (Object.hasOwn(values, word)) return values[word];
    return fallback ?? found;
  }
  return fallback;
}

function read(place: Place, item: Json, headers: Delivery['headers']): Json | undefined {
  return place.kind === 'header' ? headerOf(headers, place.name) : at(item, ...place.steps);
}
